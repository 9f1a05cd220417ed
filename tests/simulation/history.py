"""Random histories: few companies with all their names, few families, everything that may happen to them.

Small on purpose: with six companies and a dozen families every seed makes names meet, versions cross and
lists contradict each other.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from giants.decoding import facts
from giants.domain.names import identity_key
from giants.domain.registry import company_id
from giants.kafka.log import Headers

TAXONOMY = "ctt74"

# Each row: the spellings of one company, or of two that a rename may unite.
_COMPANIES = (
    (
        "宁波佳尔灵气动机械有限公司",
        "宁波佳尓灵气动机械有限公司",
        "宁波佳尔灵气动机械股份有限公司",
    ),
    ("洛阳隆盛科技有限责任公司", "中航隆盛(洛阳)科技有限责任公司", "中航隆盛（洛阳）科技有限责任公司"),
    ("宝鸡市赛孚石油机械有限公司", "宝鸡赛孚石油机械有限公司"),
    ("上海闻泰电子科技有限公司",),
    ("河南中原辊轴股份有限公司", "河南中原辊轴有限公司"),
    ("哈密中车新能源电机有限公司", "哈密 中车新能源电机有限公司"),
)
_ENGLISH = (
    "Ningbo Jiaerling Pneumatic Co., Ltd.",
    "LUOYANG LONGSHENG TECH CO LTD",
    "Baoji Safe Petroleum Inc",
)
_SPELLINGS = ("US201200{:05}A1", "US2012{:06}A1", "US 2012/00{:05} A1", "us-2012{:06}-a1")
_STRANGERS = ("ACME GmbH", "深圳未列科技有限公司")
_SYMBOLS = (
    "H04B10/2519",
    "H04B10/00",
    "H04J14/02",
    "H01S5/02",
    "G01S13/88",
    "G01S7/02",
    "B64U10/10",
    "F03D1/06",
    "H01L21/02",
    "G01S2013/0245",
    "Y02E10/72",
)
_TECHNOLOGIES = {
    "advanced-optical-communication": ("H04B10/00", "H04J14/00", "H01S5/00"),
    "radar": ("G01S13/00", "G01S7/02", "G01S2013/0245"),
    "drones": ("B64U10/10", "F03D1/00"),
}
# Children of entries: one that nothing else takes, one that a whole group takes as well.
_CHILDREN = {"G01S7/02": ("H01L21/02", "G01S13/88"), "B64U10/10": ("Y02E10/72",)}
_AUTHORITIES = ("ZJ", "NB", "HA", None)
_CLASSES = ("miit", "authority", "supplementary")
_REASONS = (None, "focus_mismatch", "violation")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a producer sends: the topic's kind, a key as it should be, a value, headers."""

    kind: str
    key: str
    value: bytes
    headers: Headers = ()


def random_history(random: Random) -> list[Sent]:
    """Give a history of one programme with its families and taxonomies; anything comes late or twice."""
    names = [name for row in random.sample(_COMPANIES, random.randint(2, 5)) for name in row]
    chapters = (
        _lists(random, names),
        _name_records(random, names),
        _notes(random, names),
        _days(random),
        _families(random, names),
        _taxonomies(random),
        _rubbish(random),
    )
    sent = [one for chapter in chapters for one in chapter]
    sent += random.choices(sent, k=random.randint(0, len(sent) // 3))
    random.shuffle(sent)
    if (
        random.random() < 0.3
    ):  # taxonomies are in force when most of the rest is there: what comes first is last
        sent.sort(key=lambda one: one.kind != facts.TAXONOMIES)
    return sent


def _document(kind: str, key: str, body: dict[str, Any], random: Random) -> Sent:
    headers: Headers = (("giants-replayed", b"1"),) if random.random() < 0.1 else ()
    return Sent(kind, key, json.dumps(body, ensure_ascii=random.random() < 0.2).encode(), headers)


def _lists(random: Random, names: list[str]) -> Iterator[Sent]:
    for number in range(random.randint(2, 7)):
        list_id = f"l{number}"
        make = random.choice((_designation, _designation, _designation, _review, _review, _other_list))
        kind, body = make(random, names)
        for revision in range(1, random.choice((1, 1, 2, 3)) + 1):
            if revision > 1 and random.random() < 0.5:
                _, body = make(random, names)
            common = {
                "list_id": list_id,
                "revision": random.choice((revision, revision, 1)),
                "source": {"class": random.choice(_CLASSES)},
                "backfill": random.random() < 0.2,
            }
            if random.random() < 0.05:
                common["published_on"] = random.choice(("2034-06-01", "2039-06-01", "2044-01-01"))
            yield _document(kind, list_id, body | common, random)


def _designation(random: Random, names: list[str]) -> tuple[str, dict[str, Any]]:
    batch = random.randint(3, 7)
    return facts.ANNOUNCEMENTS, {
        "kind": "designation",
        "batch": batch,
        "stage": random.choice(("final", "final", "public_notice")),
        "published_on": f"{2018 + batch}-{random.randint(1, 12):02}-01",
        "authority": random.choice(_AUTHORITIES),
        "complete": random.random() < 0.5,
        "expected_count": random.choice((None, 2)),
        "unread_rows": random.choice((0, 0, 1)),
        "batch_total": random.choice((None, None, 2)),
        "entries": [
            {"name": name, "name_en": random.choice((None, None, random.choice(_ENGLISH)))}
            for name in random.sample(names, random.randint(0, min(4, len(names))))
        ],
    }


def _review(random: Random, names: list[str]) -> tuple[str, dict[str, Any]]:
    year = random.randint(2023, 2028)
    judged = random.sample(names, random.randint(0, min(4, len(names))))
    passed = random.randint(0, len(judged))
    return facts.REVIEWS, {
        "review_year": year,
        "stage": random.choice(("final", "final", "public_notice")),
        "published_on": f"{year}-{random.randint(1, 12):02}-15",
        "authority": random.choice(_AUTHORITIES),
        "complete": random.random() < 0.6,
        "expected_count": random.choice((None, None, 1)),
        "unread_rows": random.choice((0, 0, 0, 1)),
        "round_total": random.choice((None, None, 2)),
        "passed": [{"name": name} for name in judged[:passed]],
        "failed": [{"name": name, "reason": random.choice(_REASONS)} for name in judged[passed:]],
    }


def _other_list(random: Random, names: list[str]) -> tuple[str, dict[str, Any]]:
    return facts.ANNOUNCEMENTS, {
        "kind": random.choice(("revocation", "elevation")),
        "published_on": f"{random.randint(2022, 2027)}-06-01",
        "entries": [{"name": name} for name in random.sample(names, random.randint(1, 2))],
    }


def _name_records(random: Random, names: list[str]) -> Iterator[Sent]:
    for number in range(random.randint(0, 4)):
        record_id = f"r{number}"
        old, new = random.sample(names, 2)
        common = {"record_id": record_id, "source": {"class": random.choice(_CLASSES)}}
        bodies: tuple[dict[str, Any], ...] = (
            {"kind": "rename", "old_name": old, "new_name": new, "effective_on": "2024-03-01"},
            {
                "kind": "correction",
                "old_name": "宁波佳尓灵气动机械有限公司",
                "new_name": "宁波佳尔灵气动机械有限公司",
                "evidence": {
                    "not_found_under_original": random.random() < 0.8,
                    "confirmed_little_giant": random.random() < 0.8,
                },
            },
            {"kind": "english", "name": old, "english_names": random.sample(_ENGLISH, random.randint(1, 2))},
        )
        body = random.choice(bodies)
        yield _document(facts.NAMES, record_id, body | common, random)
        if random.random() < 0.3:
            yield _document(facts.NAMES, record_id, random.choice(bodies) | common | {"revision": 2}, random)


def _notes(random: Random, names: list[str]) -> Iterator[Sent]:
    """Tags and links of analysts, of companies that are known under any name and of some that are not."""
    for number in range(random.randint(0, 4)):
        record_id = f"a{number}"
        for revision in range(1, random.choice((1, 1, 2)) + 1):
            company = random.choice([*names, *_ENGLISH, *_STRANGERS])
            common = {
                "record_id": record_id,
                "revision": random.choice((revision, revision, 1)),
                "company": random.choice((company, company, company_id(f"~{identity_key(company)}"))),
                "on": f"2025-{random.randint(1, 12):02}-03",
                "withdrawn": random.random() < 0.2,
            }
            tag = {
                "kind": "tag",
                "category": random.choice(("discovery", "civil_military_fusion")),
                "evidence": random.choice(("a contract", "a paper")),
                "author": "desk-a",
            }
            link = {
                "kind": "link",
                "record": random.choice(("registry", "entity_list")),
                "title": "an entry",
                "url": "https://records.example/1",
                "source": {"class": random.choice(_CLASSES)},
            }
            yield _document(facts.RECORDS, record_id, random.choice((tag, link)) | common, random)


def _days(random: Random) -> Iterator[Sent]:
    for _ in range(random.randint(0, 4)):
        year = random.choice((*range(2021, 2030), 2044))  # now and then a worker's clock is wrong
        day = f"{year}-{random.choice(('01-01', '07-01', '12-31'))}"
        yield _document(facts.DAYS, day, {"day": day}, random)
        if random.random() < 0.2:
            yield _document(facts.DAYS, day, {"day": day, "withdrawn": True}, random)


def _families(random: Random, names: list[str]) -> Iterator[Sent]:
    common = random.sample(names, min(2, len(names)))  # large portfolios, lest every rating is very weak
    for number in range(random.choice((3, 8, 8, 15, 40))):
        family_id = f"f{number}"
        for version in random.sample(range(1, 5), random.choice((1, 1, 2, 3))):
            pool = random.choice((common, common, names, [*names, *_ENGLISH, *_STRANGERS]))
            symbols = random.sample(_SYMBOLS, random.randint(0, 4))
            body = {
                "family_id": family_id,
                "version": random.choice((version, version, version, 2)),
                "assignees": random.sample(pool, random.randint(1, min(2, len(pool)))),
                "cpc": symbols + symbols[:1],
                "filed_on": random.choice((None, *[f"{random.randint(2012, 2029)}-05-04"] * 9)),
                "publications": _publications(random, number),
                "withdrawn": random.random() < 0.1,
                "backfill": random.random() < 0.2,
            }
            yield _document(facts.FAMILIES, family_id, body, random)


def _publications(random: Random, number: int) -> list[str]:
    """Mostly none or a family's own; some that its neighbours have as well, in any spelling."""
    if random.random() < 0.4:
        return []
    shared = (number // 3, number // 3 + 1, 0)
    own = [f"CN1190{number:05}A"] * (random.random() < 0.7)
    found = own + [random.choice(_SPELLINGS).format(one) for one in shared if random.random() < 0.3]
    return [*found, *["n/a"] * (random.random() < 0.2)]


def _taxonomies(random: Random) -> Iterator[Sent]:
    for version in random.sample(range(1, 8), random.choice((0, 1, 1, 2, 6))):
        ids = random.sample(sorted(_TECHNOLOGIES), random.randint(1, 3))
        technologies = []
        for id_ in ids:
            cpc = random.sample(_TECHNOLOGIES[id_], random.randint(1, len(_TECHNOLOGIES[id_])))
            children = {entry: _CHILDREN[entry] for entry in cpc if entry in _CHILDREN}
            technologies.append({"id": id_, "name": id_, "cpc": cpc, "children": children})
        body = {
            "taxonomy": TAXONOMY,
            "version": random.choice((version, 1)),
            "technologies": technologies,
        }
        yield _document(facts.TAXONOMIES, TAXONOMY, body, random)


def _rubbish(random: Random) -> Iterator[Sent]:
    """Records that are refused."""
    for number in range(random.randint(0, 3)):
        kind = random.choice(
            (facts.ANNOUNCEMENTS, facts.REVIEWS, facts.NAMES, facts.RECORDS, facts.FAMILIES, facts.TAXONOMIES)
        )
        value = random.choice(
            (
                b"",
                b"{",
                b"\xff\xfe",
                b"[]",
                json.dumps({"family_id": "f0", "version": 9, "cpc": ["not a symbol"]}).encode(),
                json.dumps({"list_id": "l0", "revision": 9}).encode(),
                json.dumps(
                    {
                        "taxonomy": "another",
                        "version": 1,
                        "technologies": [{"id": "radar", "name": "r", "cpc": ["G01S13/00"]}],
                    }
                ).encode(),
            )
        )
        yield Sent(kind, f"rubbish-{number}", value)
    if random.random() < 0.3:  # from the future: whatever it looks like, it is not for this release
        body = json.dumps({"family_id": "f0", "version": 99, "assignees": [], "cpc": []}).encode()
        yield Sent(facts.FAMILIES, "f0", body, ((facts.SCHEMA_VERSION_HEADER, b"2"),))
