"""What streams in: a made-up programme, its families, and small hostile histories, endless and from one seed.

Everything comes in any order, much of it twice, and some of it is rubbish that has to be refused.
"""

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from giants.decoding import facts
from giants.demo.programme import DESIGNATED, programme
from schemas.facts import (
    Announcement,
    Correction,
    Day,
    EnglishIdentity,
    LinkRecord,
    OwnershipRecord,
    ProgrammeFact,
    Rename,
    Review,
    TagRecord,
)
from tests.simulation.history import Sent, random_history

COMPANIES: Final = 300
FAMILIES: Final = 3_000
PROGRAMME_SHARE: Final = 0.03
HISTORY_SHARE: Final = 0.1
OLDER_SHARE: Final = 0.15
WITHDRAWN_SHARE: Final = 0.03
JOINT_SHARE: Final = 0.1
# Half of them in the taxonomies of the histories, half outside.
_SYMBOLS: Final = (
    "H04B10/2519",
    "H04B10/00",
    "H04J14/02",
    "H01S5/02",
    "G01S13/88",
    "G01S7/02",
    "B64U10/10",
    "F03D1/06",
    "H01L21/02",
    "A47B13/00",
    "F16K31/06",
    "B65G47/24",
    "E21B33/00",
    "C22C38/02",
)
WATCH_ALL: Final = "everything"


def endless_facts(seed: int) -> Iterator[Sent]:
    """Give facts without end; the same seed gives the same ones."""
    random = Random(seed)
    scale = COMPANIES / sum(DESIGNATED.values())
    lists = list(programme(seed, scale))
    names = sorted({name for fact in lists for name in _names(fact)})
    random.shuffle(lists)
    histories = _histories(random)
    families = _families(random, names)
    yield _sent(
        facts.WATCHLISTS, WATCH_ALL, {"watchlist_id": WATCH_ALL, "owner": "chaos", "include_backfill": True}
    )
    while True:
        dice = random.random()
        if dice < PROGRAMME_SHARE and lists:
            yield _programme_fact(lists.pop())
        elif dice < PROGRAMME_SHARE + HISTORY_SHARE:
            yield next(histories)
        else:
            yield next(families)


def _histories(random: Random) -> Iterator[Sent]:
    while True:
        yield from random_history(random)


def _families(random: Random, names: list[str]) -> Iterator[Sent]:
    versions: dict[int, int] = {}
    owners = [random.choice(names) for _ in range(FAMILIES)]
    while True:
        number = random.randrange(FAMILIES)
        latest = versions[number] = versions.get(number, 0) + 1
        version = random.randint(1, latest) if random.random() < OLDER_SHARE else latest
        # Most families stay with their owner, so that some portfolios grow large.
        assignees = [owners[number]]
        if random.random() < JOINT_SHARE:
            assignees.append(random.choice(names))
        body = {
            "family_id": f"chaos-{number}",
            "version": version,
            "assignees": assignees,
            "cpc": random.sample(_SYMBOLS, random.randint(0, 5)),
            "withdrawn": random.random() < WITHDRAWN_SHARE,
        }
        yield _sent(facts.FAMILIES, f"chaos-{number}", body)


def _names(fact: ProgrammeFact) -> Iterator[str]:
    if isinstance(fact, Announcement):
        yield from (entry.name for entry in fact.entries)
    elif isinstance(fact, Review):
        yield from (entry.name for entry in fact.passed)
        yield from (entry.name for entry in fact.failed)
    elif isinstance(fact, Rename):
        yield fact.new_name


def _programme_fact(fact: ProgrammeFact) -> Sent:
    match fact:
        case Announcement():
            kind, key = facts.ANNOUNCEMENTS, fact.list_id
        case Review():
            kind, key = facts.REVIEWS, fact.list_id
        case Day():
            kind, key = facts.DAYS, fact.day.isoformat()
        case Rename() | Correction() | EnglishIdentity():
            kind, key = facts.NAMES, fact.record_id
        case TagRecord() | LinkRecord() | OwnershipRecord():
            kind, key = facts.RECORDS, fact.record_id
    return Sent(kind, key, fact.model_dump_json(by_alias=True).encode())


def _sent(kind: str, key: str, body: Mapping[str, Any]) -> Sent:
    return Sent(kind, key, json.dumps(body, ensure_ascii=False).encode())
