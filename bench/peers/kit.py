"""What every program does with a record: pure functions, so that only the stream processor differs.

Records are read by the rules of the contract, and rated by the very function that the tracker rates with.
What a program has to keep are two kinds of state: of a family, what was last counted of it; of a company,
its tallies and what was last announced. Both are small structures that encode to MessagePack.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson

from bench.workload import directory
from giants.decoding.facts import read_family_event
from giants.domain.events import Family
from giants.domain.exposure import METHODOLOGY, alignment, confidence, rate
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy

# How a program learns what it is to do: JSON in one variable of its environment.
ORDER_VARIABLE: Final = "BENCH_ORDER"
# How often state is made durable and offsets are committed, in every program that can be told so.
COMMIT_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What a program is told: the broker, its topics, where to keep state, how many partitions there are."""

    broker: str
    prefix: str
    partitions: int
    folder: str

    @property
    def families(self) -> str:
        """Topic of the input records."""
        return f"{self.prefix}families"

    @property
    def deltas(self) -> str:
        """Topic between the two steps, where a program wants one from outside."""
        return f"{self.prefix}deltas"

    @property
    def exposures(self) -> str:
        """Topic of the snapshots."""
        return f"{self.prefix}exposures"

    @property
    def changes(self) -> str:
        """Topic of the rating changes."""
        return f"{self.prefix}changes"

    @property
    def faust_changelogs(self) -> tuple[str, str]:
        """Topics that Faust makes for its tables while it runs; on a new broker it waits for ever."""
        return f"{self.group}-counted-changelog", f"{self.group}-tallies-changelog"

    @property
    def group(self) -> str:
        """Consumer group."""
        return f"{self.prefix}group"

    @property
    def state(self) -> Path:
        """A folder for local state."""
        return Path(self.folder)

    def as_environment(self) -> dict[str, str]:
        """The variable that carries the order."""
        fields = {name: getattr(self, name) for name in ("broker", "prefix", "partitions", "folder")}
        return {ORDER_VARIABLE: json.dumps(fields)}


def given_order() -> Order:
    """The order of this process."""
    return Order(**json.loads(os.environ[ORDER_VARIABLE]))


class Counted(msgspec.Struct, array_like=True, frozen=True):
    """What was last counted of a family."""

    version: int
    digest: int
    companies: tuple[str, ...]
    symbols: tuple[str, ...]


class Delta(msgspec.Struct, array_like=True, frozen=True):
    """A family entered a portfolio (`before` is null), left it (`after` is null) or changed in it."""

    company_id: str
    ref: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None


class Announced(msgspec.Struct, array_like=True, frozen=True):
    """The last change of one technology; a band of null is a pair that is not rated."""

    seq: int
    band: str | None
    profile: str | None
    score: float | None


class Tally(msgspec.Struct, array_like=True):
    """A portfolio in numbers, and what was announced of it."""

    families: int = 0
    classified: int = 0
    instances: int = 0
    symbols: dict[str, int] = {}
    matching: dict[str, int] = {}
    announced: dict[str, Announced] = {}

    def __deepcopy__(self, _: dict[int, Any]) -> "Tally":
        """A copy by way of MessagePack: some ten times faster than one by reflection."""
        return decode_tally(encode(self))


class Result(msgspec.Struct, array_like=True, frozen=True):
    """What one delta leads to: the snapshot of its company, and the changes."""

    company_id: str
    snapshot: bytes
    changes: tuple[bytes, ...]


encode: Final = msgspec.msgpack.Encoder().encode
decode_counted: Final = msgspec.msgpack.Decoder(Counted).decode
decode_delta: Final = msgspec.msgpack.Decoder(Delta).decode
decode_tally: Final = msgspec.msgpack.Decoder(Tally).decode

_NOT_RATED: Final = Announced(0, None, None, None)


@lru_cache(maxsize=1)
def companies() -> Mapping[str, str]:
    """Companies by lookup key; given to the peers, where the tracker has to learn them from the stream."""
    return directory()


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The taxonomy, compiled."""
    return Taxonomy.compile(shipped_taxonomy())


def warm_up() -> None:
    """Make what every program has before it reads its first record."""
    companies()
    taxonomy()


def read_family(value: bytes) -> Family:
    """A record of the input, validated and normalised."""
    return read_family_event(value, 0)


def count_family(known: Counted | None, family: Family) -> tuple[Counted, list[Delta]] | None:
    """Resolve the names and say what changed; None where the version, or a newer one, is known."""
    if known is not None and (known.version, known.digest) >= (family.version, family.digest):
        return None
    before = known.companies if known is not None else ()
    after = owners(family)
    ref = f"{family.family_id}@{family.version}"
    deltas = [
        Delta(
            company_id,
            ref,
            known.symbols if known is not None and company_id in before else None,
            family.symbols if company_id in after else None,
        )
        for company_id in sorted({*before, *after})
    ]
    return Counted(family.version, family.digest, after, family.symbols), deltas


def rate_company(tally: Tally, delta: Delta) -> Result:
    """Count a delta into the tally, and say what it leads to."""
    tally.families += (delta.after is not None) - (delta.before is not None)
    tally.classified += bool(delta.after) - bool(delta.before)
    _count(tally, delta.before or (), -1)
    _count(tally, delta.after or (), +1)
    changes = tuple(_changes(tally, delta))
    return Result(delta.company_id, snapshot(tally, delta.company_id, rated_technologies(tally)), changes)


def owners(family: Family) -> tuple[str, ...]:
    """Ids of the companies that a family counts for, sorted; none where it is withdrawn."""
    if family.withdrawn:
        return ()
    known = companies()
    found = {next((known[key] for key in keys if key in known), None) for keys in family.assignees}
    return tuple(sorted(company_id for company_id in found if company_id is not None))


def _count(tally: Tally, symbols: tuple[str, ...], sign: int) -> None:
    tally.instances += sign * len(symbols)
    for symbol in symbols:
        _add(tally.symbols, symbol, sign)
        for technology in taxonomy().technologies_of(symbol):
            _add(tally.matching, technology, sign)


def _add(counts: dict[str, int], key: str, sign: int) -> None:
    count = counts.get(key, 0) + sign
    if count:
        counts[key] = count
    else:
        del counts[key]


def _evidence(tally: Tally) -> int:
    return METHODOLOGY.evidence(tally.families, tally.classified)


def _changes(tally: Tally, delta: Delta) -> list[bytes]:
    changes = []
    for technology in sorted({*tally.matching, *tally.announced}):
        matching = tally.matching.get(technology, 0)
        rating = rate(matching, tally.instances, _evidence(tally))
        last = tally.announced.get(technology, _NOT_RATED)
        band = rating.band.value if rating is not None else None
        profile = rating.profile.value if rating is not None else None
        if (last.band, last.profile) == (band, profile):
            continue
        score = round(rating.score, 4) if rating is not None else None
        now = tally.announced[technology] = Announced(last.seq + 1, band, profile, score)
        body = {
            "seq": now.seq,
            "company_id": delta.company_id,
            "technology": technology,
            "previous": _rating(last),
            "current": _rating(now),
            "cause": {"kind": "family", "ref": delta.ref},
            "families": tally.families,
            "classified": tally.classified,
            "instances": tally.instances,
            "matching": matching,
            "methodology": METHODOLOGY.id,
        }
        changes.append(orjson.dumps(body))
    return changes


def _rating(announced: Announced) -> dict[str, Any] | None:
    if announced.band is None:
        return None
    return {"band": announced.band, "profile": announced.profile, "score": announced.score}


def rated_technologies(tally: Tally) -> list[dict[str, Any]]:
    """The entry of each technology with a match, sorted; score, band and profile are null where unrated."""
    technologies = []
    for technology in sorted(tally.matching):
        matching = tally.matching[technology]
        rating = rate(matching, tally.instances, _evidence(tally))
        technologies.append(
            {
                "technology": technology,
                "matching": matching,
                "alignment": round(alignment(matching, tally.instances) or 0.0, 6),
                "score": None if rating is None else round(rating.score, 4),
                "band": None if rating is None else rating.band.value,
                "profile": None if rating is None else rating.profile.value,
            }
        )
    return technologies


def snapshot(tally: Tally, company_id: str, technologies: list[dict[str, Any]]) -> bytes:
    """The snapshot of a company: its portfolio in numbers and the entries of `rated_technologies`."""
    body = {
        "company_id": company_id,
        "families": tally.families,
        "classified": tally.classified,
        "instances": tally.instances,
        "confidence": round(confidence(_evidence(tally)), 7),
        "methodology": METHODOLOGY.id,
        "technologies": technologies,
    }
    return orjson.dumps(body)
