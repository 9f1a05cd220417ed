"""A made-up programme of full scale in the tables of the store, for `bench.api_load`.

What there are thousands of goes through the store's own rows; families, exposures and changes, millions of
them, are generated inside ClickHouse from numbers, with the bytes that the writer would have stored.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from itertools import islice
from typing import Any, Final

import orjson

from giants.domain.authorities import AUTHORITIES
from giants.domain.exposure import METHODOLOGY
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.kafka import topics
from giants.store.buffer import Buffer
from giants.store.client import Database
from giants.store.records import Incoming

SEED: Final = 20251020
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
START: Final = datetime(2024, 1, 1, tzinfo=UTC)
YEARS_MS: Final = 63_072_000_000  # two years, over which the changes are spread
ROWS_AT_ONCE: Final = 2_000
CHANGES_AT_ONCE: Final = 1_000_000
# Of so many companies one has signals.
SIGNALS_EVERY: Final = 4
# Changes that are stored at one instant.
BLOCK: Final = 1_000
# Coprime to any number of pairs that is used here: changes come to pairs in no order.
STRIDE: Final = 7_919
PLACES: Final = ("宁波", "杭州", "苏州", "深圳", "成都", "西安", "武汉", "沈阳", "长沙", "合肥")
TRADES: Final = ("光电", "雷达", "半导体", "精密机械", "新材料", "传感", "气动", "通信", "仪器", "电源")
BRANDS: Final = "星辰海川云峰华锐创新科远天启明达鼎盛泰和佳"
SETTLED: Final = (
    ("active", "new"),
    ("active", "maintained"),
    ("inactive", "lapsed"),
    ("unknown", "review_pending"),
)

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is: pairs are companies times technologies, families are per company on average."""

    companies: int = 20_000
    technologies: int = 72
    families: int = 30
    changes: int = 1_000_000

    @property
    def few(self) -> int:
        """Companies with large portfolios."""
        return max(self.companies // 100, 1)

    @property
    def pairs(self) -> int:
        """Pairs of company and technology."""
        return self.companies * self.technologies


def company_id(number: int) -> str:
    """Id of a company; ClickHouse computes the same."""
    return f"lg-{md5(str(number).encode(), usedforsecurity=False).hexdigest()[:16]}"


def fill(database: Database, scale: Scale, report: Report) -> None:
    """Store everything; the database is migrated and empty."""
    taxonomy = Taxonomy.compile(shipped_taxonomy())
    technologies = sorted(taxonomy.technologies)[: scale.technologies]
    report("companies")
    store_records(database, _records(scale, taxonomy, technologies))
    report("families and exposures")
    made = {
        "companies": scale.companies,
        "few": scale.few,
        "families": scale.families,
        "symbols": sorted({entry.symbol for entries in taxonomy.entries.values() for entry in entries}),
        "technologies": technologies,
        "taxonomy": taxonomy.id,
        "version": taxonomy.version,
        "methodology": METHODOLOGY.id,
        "seed": SEED,
    }
    for statement in (_FAMILIES, _EXPOSURES):
        database.execute(statement, made)
    # After everything that is stored already, as a back fill of ten thousand changes a second.
    stored_from = datetime.now(UTC) + timedelta(seconds=1)
    for first in range(0, scale.changes, CHANGES_AT_ONCE):
        report(f"changes from {first:,} on")
        asked = {
            "first": first,
            "count": min(CHANGES_AT_ONCE, scale.changes - first),
            "companies": scale.companies,
            "few": scale.few,
            "stride": STRIDE,
            "block": BLOCK,
            "start": START,
            "stored_from": stored_from,
            "step_us": YEARS_MS * 1_000 // max(scale.changes, 1),
            "technologies": technologies,
        }
        for statement in (_RATING_CHANGES, _RATING_MOVES, _FEED):
            database.execute(statement, asked)


def store_records(database: Database, records: Iterator[Incoming]) -> None:
    """Store records as the store does. Raises `ValueError` where it could not read one."""
    while chunk := list(islice(records, ROWS_AT_ONCE)):
        buffer = Buffer(LONG_AGO)
        for record in chunk:
            buffer.add(record)
        buffer.store(database)
    refused = database.rows("SELECT reason FROM store_rejects LIMIT 1")
    if refused:
        raise ValueError(f"the store could not read what was made here: {refused[0]['reason'][:500]}")


def _records(scale: Scale, taxonomy: Taxonomy, technologies: list[str]) -> Iterator[Incoming]:
    source = random.Random(SEED)
    definition = taxonomy.definition.model_dump(mode="json", by_alias=True)
    yield incoming(topics.TAXONOMIES, taxonomy.id, definition, 0)
    for number in range(scale.companies):
        company = company_document(source, number)
        yield incoming(topics.COMPANIES, company["company_id"], company, number)
        yield incoming(topics.STATUS_CHANGES, company["company_id"], _designated(company), number)
        if number % SIGNALS_EVERY == 0:
            signals = _signals(company["company_id"], technologies[number % len(technologies)])
            yield incoming(topics.SIGNALS, company["company_id"], signals, number)
    for number in range(scale.companies // 10):
        finding = _finding(source, number, scale)
        yield incoming(topics.FINDINGS, finding["finding_id"], finding, number)
        watched = {"watchlist_id": f"w-{number}", "owner": f"desk-{number % 50}", "technologies": ["radar"]}
        yield incoming(topics.WATCHLISTS, f"w-{number}", watched, number)
    for number in range(scale.companies):
        alert = _alert(number, scale)
        yield incoming(topics.ALERTS, alert["watchlist_id"], alert, number)
    for number in range(scale.companies // 10):
        headers = {
            "giants-error": b"not JSON",
            "giants-topic": b"giants.families.v1",
            "giants-partition": b"1",
        }
        headers["giants-offset"] = str(number).encode()
        yield Incoming(topics.DEAD_LETTERS.name, 0, number, b"k", b"{" * 200, _ms(number), headers)


def incoming(topic: topics.Topic, key: str, value: dict[str, Any], offset: int) -> Incoming:
    """A record as a topic brings it."""
    return Incoming(topic.name, 0, offset, key.encode(), orjson.dumps(value), _ms(offset), {})


def _ms(number: int) -> int:
    return int(START.timestamp() * 1000) + number * 60_000


def company_document(source: random.Random, number: int) -> dict[str, Any]:
    """The snapshot of a company, the same one for a number in every run."""
    batch = source.choices(range(1, 8), (1, 5, 8, 12, 10, 9, 8))[0]
    brand = "".join(source.choices(BRANDS, k=3))
    trade = source.choice(TRADES)
    name = f"{source.choice(PLACES)}{brand}{number}{trade}科技有限公司"
    authority = source.choice(AUTHORITIES).code.value if batch > 3 else None
    status, sub_state = source.choices(SETTLED, (40, 45, 13, 2))[0]
    ref, on = f"b{batch}@1", date(2018 + batch, 9, 1).isoformat()
    cause = {"kind": "designation", "ref": ref}
    spells = [{"since": on, "status": "active", "sub_state": "new", "cause": cause, "reason": None}]
    if sub_state != "new":
        since = f"{2021 + batch}-10-01"
        review = {"kind": "review", "ref": f"r{2021 + batch}@1"}
        spells.append(
            {"since": since, "status": status, "sub_state": sub_state, "cause": review, "reason": None}
        )
    outcome = {"maintained": "passed", "lapsed": "absent", "review_pending": "unknown"}.get(sub_state)
    year = 2021 + batch
    review_of = {"review_year": year, "authority": authority, "on": f"{year}-10-01", "ref": f"r{year}@1"}
    return {
        "company_id": company_id(number),
        "name": name,
        "name_en": f"Company {number} {brand.encode().hex()} Technology Co., Ltd." if number % 2 else None,
        "names": [{"name": name, "cause": "designation", "ref": ref, "since": on}],
        "names_en": [],
        "status": status,
        "sub_state": sub_state,
        "since": spells[-1]["since"],
        "next_review_year": 2021 + batch if sub_state == "new" else None,
        "authority": authority,
        "tier": None,
        "batches": [batch],
        "designations": [
            {
                "batch": batch,
                "stage": "final",
                "authority": authority,
                "on": on,
                "ref": ref,
                "confirmed": True,
            }
        ],
        "reviews": [review_of | {"outcome": outcome}] if outcome else [],
        "timeline": spells,
        "merged_from": [f"lg-old-{number}"] if number % 50 == 0 else [],
        "caveats": ["floor_not_ceiling"],
    }


def _designated(company: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"s-{company['company_id']}",
        "seq": 1,
        "company_id": company["company_id"],
        "name": company["name"],
        "name_en": company["name_en"],
        "kind": "designated",
        "previous": None,
        "current": {"status": "active", "tier": None, "name": company["name"]},
        "effective_on": company["designations"][0]["on"],
        "cause": {"kind": "designation", "ref": company["designations"][0]["ref"]},
        "reason": None,
        "stage": "final",
        "at": f"{company['designations'][0]['on']}T08:00:00Z",
        "backfill": True,
        "replayed": False,
        "epoch": 1,
        "caveats": [],
        "batches": company["batches"],
        "authority": company["authority"],
    }


def _signals(of: str, technology: str) -> dict[str, Any]:
    due = {"signal": "review-due", "review_year": 2026, "year": 2025}
    strong = {
        "signal": "elevation-candidate",
        "families": 30,
        "instances": 90,
        "matching": 60,
        "alignment": 0.667,
        "score": 71.2,
        "band": "strong",
        "taxonomy_version": 1,
        "classified": 30,
    }
    return {
        "company_id": of,
        "signals": [
            {"signal": evidence["signal"], "technology": about, "evidence": evidence, "text": "Numbers."}
            for evidence, about in ((strong, technology), (due, None))
        ],
        "methodology": "signals-1+exposure-2",
        "caveats": ["signal_not_finding"],
    }


def _finding(source: random.Random, number: int, scale: Scale) -> dict[str, Any]:
    return {
        "finding_id": f"f-{number}",
        "code": source.choice(("count_mismatch", "contradiction", "unknown_company")),
        "severity": "warning",
        "subject": company_id(source.randrange(scale.companies)),
        "detail": "one thing stands, another is set aside",
        "ref": "b7@1",
        "at": (START + timedelta(minutes=number)).isoformat(),
    }


def _alert(number: int, scale: Scale) -> dict[str, Any]:
    of = company_id(number)
    at = (START + timedelta(minutes=number)).isoformat()
    return {
        "id": f"a-{number}",
        "watchlist_id": f"w-{number % max(scale.companies // 10, 1)}",
        "owner": "desk-a",
        "kind": "designated",
        "company_id": of,
        "name": "某公司",
        "name_en": None,
        "technology": None,
        "text": "某公司 was designated a Little Giant.",
        "link": f"/companies/{of}",
        "change": _designated({**company_document(random.Random(number), number), "company_id": of}),
        "at": at,
        "caveats": [],
    }


# Large portfolios are few: of the average a hundredth of the companies has thirty times as many.
_FAMILIES: Final = """
INSERT INTO portfolio_rows (epoch, company_id, family_id, version, symbols, updated_at, precedence, deleted)
SELECT 1, concat('lg-', substring(lower(hex(MD5(toString(company)))), 1, 16)), concat('F', toString(number)),
       1, arrayDistinct(arrayMap(n -> {symbols:Array(String)}[1 + sipHash64(number, n)
                                                           % length({symbols:Array(String)})], range(3))),
       toDateTime64('2025-01-01 00:00:00', 3, 'UTC'), number, 0
FROM (
    SELECT number, if(number % 4 = 0, sipHash64(number) % {few:UInt64},
                      sipHash64(number) % {companies:UInt64}) AS company
    FROM numbers({companies:UInt64} * {families:UInt64})
)
"""
# Of a portfolio most technologies are touched by one instance or two and a few by most. The rules are those
# of `giants.domain.exposure`: Beta(2, 4) by its polynomial, the floor in integers, bands of twenty points.
_EXPOSURES: Final = """
INSERT INTO exposures_rows (epoch, company_id, families, classified, instances, confidence, taxonomy,
    taxonomy_version, methodology, technology, matching, alignment, score, band, profile, caveats,
    updated_at, precedence, deleted)
WITH {technologies:Array(String)} AS names, least(families / 100, 1) AS x,
     1 - pow(1 - x, 4) * (1 + 4 * x) AS certainty, greatest(families * 3, length(names)) AS total,
     arrayMap(t -> sipHash64(company_id, t, {seed:UInt64}) % 10000 / 10000, names) AS luck,
     arrayMap(l -> least(toUInt64(pow(1 - l, -1.1)), total), luck) AS matches,
     arrayMap(m -> m / total, matches) AS aligned,
     arrayMap((m, a) -> if(50 * m >= total, round(100 * sqrt(a * certainty), 4), NULL), matches, aligned)
         AS scores,
     ['very_weak', 'weak', 'moderate', 'strong', 'very_strong'] AS bands
SELECT 1, company_id, families, families, total, certainty, {taxonomy:String}, {version:UInt64},
       {methodology:String}, names, matches, arrayMap(a -> round(a, 6), aligned), scores,
       arrayMap(s -> if(s IS NULL, NULL, bands[1 + least(4, intDiv(toUInt64(ifNull(s, 0)), 20))]), scores),
       arrayMap((s, a) -> multiIf(s IS NULL, NULL, a >= 0.3 AND certainty >= 0.5, 'established',
                                  certainty >= 0.5, 'peripheral', a >= 0.3, 'tentative', 'sparse'),
                scores, aligned),
       [], toDateTime64('2025-01-01 00:00:00', 3, 'UTC'), 1, 0
FROM (SELECT company_id, count() AS families FROM portfolio_rows GROUP BY company_id)
"""
# Every fourth change is of one of those few companies. Changes come to the pairs of either kind in turn and
# in no order; of each pair they are one chain: `seq` grows by one, each begins where the one before it ended.
# Level 0 is unrated.
_CHANGES: Final = """
    SELECT number, number % 4 = 0 AS is_of_few, if(is_of_few, 0, {few:UInt64}) AS from_company,
           if(is_of_few, {few:UInt64}, {companies:UInt64} - {few:UInt64}) AS companies,
           if(is_of_few, intDiv(number, 4), number - intDiv(number, 4) - 1) AS turn,
           companies * length({technologies:Array(String)}) AS pairs, turn * {stride:UInt64} % pairs AS pair,
           concat('lg-', substring(lower(hex(MD5(toString(from_company + pair % companies)))), 1, 16))
               AS company_id,
           {technologies:Array(String)}[1 + intDiv(pair, companies)] AS technology,
           toUInt64(intDiv(turn, pairs) + 1) AS seq, concat('r-', lower(hex(sipHash128(number)))) AS id,
           addMicroseconds({stored_from:DateTime64(6, 'UTC')},
                           intDiv(number, {block:UInt64}) * {block:UInt64} * 100) AS stored_at,
           addMilliseconds({start:DateTime64(3, 'UTC')}, number * {step_us:UInt64} DIV 1000) AS at,
           sipHash64(pair, is_of_few) AS luck, (luck % 5 + seq) % 6 AS level,
           if(seq = 1, 0, (luck % 5 + seq + 5) % 6) AS level_before,
           ['very_weak', 'weak', 'moderate', 'strong', 'very_strong'] AS bands,
           if(level = 0, NULL, bands[level]) AS band,
           if(level_before = 0, NULL, bands[level_before]) AS band_before,
           round(20. * level - 20 + sipHash64(luck, seq) % 2000 / 100, 2) AS score,
           round(20. * level_before - 20 + sipHash64(luck, toUInt64(seq - 1)) % 2000 / 100, 2)
               AS score_before,
           number % 10 = 0 AS is_backfill
    FROM numbers({first:UInt64}, {count:UInt64})
"""
_RATING_CHANGES: Final = f"""
INSERT INTO rating_changes_rows (epoch, company_id, technology, seq, id, previous_band, previous_profile,
    previous_score, current_band, current_profile, current_score, cause_kind, cause_ref, families, classified,
    instances, matching, taxonomy, taxonomy_version, methodology, at, backfill, replayed, caveats, precedence)
SELECT 1, company_id, technology, seq, id, band_before, if(level_before = 0, NULL, 'tentative'),
       if(level_before = 0, NULL, score_before), band, if(level = 0, NULL, 'tentative'),
       if(level = 0, NULL, score), 'family', concat('F', toString(number), '@1'), 30, 30, 90, 20, 'ctt74', 1,
       'exposure-2', at, is_backfill, 0, ['not_a_verdict'], number
FROM ({_CHANGES})
"""  # noqa: S608
_RATING_MOVES: Final = f"""
INSERT INTO moves_rows (epoch, at, company_id, technology, seq, from_level, from_score, to_level,
    to_score, cause_kind, cause_ref, backfill)
SELECT 1, at, company_id, technology, seq, level_before, if(level_before = 0, 0, score_before), level,
       if(level = 0, 0, score), 'family', concat('F', toString(number), '@1'), is_backfill
FROM ({_CHANGES})
"""  # noqa: S608
_FEED: Final = f"""
INSERT INTO feed_rows (epoch, stored_at, topic, `partition`, `offset`, id, kind, company_id, technology,
    authority, batches, at, backfill, replayed, body)
WITH (level, band, score) -> if(level = 0, 'null', concat(
         '{{"band":"', band, '","profile":"tentative","score":', toString(score), '}}')) AS rating
SELECT 1, stored_at, 'rating-changes.v1', number % 8, intDiv(number, 8), id, 'rating-changed', company_id,
       technology, NULL, [], at, is_backfill, 0,
       concat('{{"id":"', id, '","seq":', toString(seq), ',"company_id":"', company_id, '","technology":"',
              technology, '","previous":', rating(level_before, band_before, score_before),
              ',"current":', rating(level, band, score), ',"cause":{{"kind":"family","ref":"F',
              toString(number), '@1"}},"families":30,"classified":30,"instances":90,"matching":20,',
              '"taxonomy":"ctt74","taxonomy_version":1,"methodology":"exposure-2","at":"',
              formatDateTime(at, '%Y-%m-%dT%H:%i:%S.', 'UTC'),
              leftPad(toString(toUnixTimestamp64Milli(at) % 1000), 3, '0'),
              'Z","backfill":', if(is_backfill, 'true', 'false'),
              ',"replayed":false,"epoch":1,"caveats":["not_a_verdict"]}}')
FROM ({_CHANGES})
"""  # noqa: S608
