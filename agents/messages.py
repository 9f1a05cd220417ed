"""Output records: JSON of the contract, with CloudEvents 1.0 attributes as Kafka headers (design §3.2).

Built from plain dictionaries, since thousands a second pass here; tests check every one against its model.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import orjson

from giants.domain.events import Origin
from giants.domain.exposure import METHODOLOGY, Rating, alignment, confidence, rate
from giants.domain.ratings import Change, Company
from giants.domain.taxonomy import Taxonomy
from schemas.changes import CompanySnapshot, StatusChange
from schemas.codes import Caveat
from streams import topics
from streams.frames import partition_of
from streams.log import Headers, Record
from streams.settings import Settings

# Digits after the point that are published. More would be noise; fewer would hide a step over a band.
_ALIGNMENT_DIGITS: Final = 6
_CONFIDENCE_DIGITS: Final = 7
_SCORE_DIGITS: Final = 4

_RATING_CAVEATS: Final = [
    Caveat.NOT_A_VERDICT,
    Caveat.FLOOR_NOT_CEILING,
    Caveat.SCORE_DERIVED,
    Caveat.BANDS_ASSUMED,
    Caveat.MAPPING_OWN_WORK,
    Caveat.CONFIDENCE_NOT_PROBABILITY,
]


def rating_change(change: Change, taxonomy: Taxonomy, partition: int, settings: Settings) -> Record:
    """A link of the chain of one (company, technology)."""
    body = {
        "id": change_id(settings.epoch, "rating", change.company_id, change.technology, change.seq),
        "seq": change.seq,
        "company_id": change.company_id,
        "technology": change.technology,
        "previous": _rating(change.previous),
        "current": _rating(change.current),
        "cause": {"kind": change.cause_kind, "ref": change.cause_ref},
        "families": change.families,
        "instances": change.instances,
        "matching": change.matching,
        "taxonomy": taxonomy.id,
        "taxonomy_version": change.taxonomy_version,
        "methodology": METHODOLOGY.id,
        "at": instant(change.origin.at_ms),
        "backfill": change.origin.backfill,
        "replayed": change.origin.replayed,
        "epoch": settings.epoch,
        "caveats": _RATING_CAVEATS,
    }
    return _record(topics.RATING_CHANGES, settings, partition, change.company_id, body, change.origin.at_ms)


def exposure(
    company_id: str, company: Company, taxonomy: Taxonomy, origin: Origin, partition: int, settings: Settings
) -> Record:
    """The latest exposure of a company; a tombstone where it has no families left."""
    if not company.families:
        return _record(topics.EXPOSURES, settings, partition, company_id, None, origin.at_ms)
    body = {
        "company_id": company_id,
        "families": company.families,
        "instances": company.instances,
        "confidence": round(confidence(company.families), _CONFIDENCE_DIGITS),
        "taxonomy": taxonomy.id,
        "taxonomy_version": company.counted_under[0],
        "methodology": METHODOLOGY.id,
        "technologies": [_technology(id_, company) for id_ in sorted(company.matching)],
        "caveats": [*_RATING_CAVEATS, *([] if company.matching else [Caveat.OUT_OF_TAXONOMY])],
    }
    return _record(topics.EXPOSURES, settings, partition, company_id, body, origin.at_ms)


def company_snapshot(company_id: str, snapshot: CompanySnapshot | None, at_ms: int, settings: Settings) -> Record:
    """The latest state of a company; a tombstone where its id is gone."""
    body = None if snapshot is None else snapshot.model_dump(mode="json")
    partition = partition_of(company_id, topics.COMPANIES.partition_count(settings))
    return _record(topics.COMPANIES, settings, partition, company_id, body, at_ms)


def status_change(change: StatusChange, at_ms: int, settings: Settings) -> Record:
    """A link of the chain of one company."""
    partition = partition_of(change.company_id, topics.STATUS_CHANGES.partition_count(settings))
    body = change.model_dump(mode="json")
    return _record(topics.STATUS_CHANGES, settings, partition, change.company_id, body, at_ms)


def change_id(*parts: object) -> str:
    """The id of a change: the same change always has the same one."""
    return sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


@lru_cache(maxsize=1_000)
def instant(at_ms: int) -> str:
    """An instant as ISO 8601 in UTC with milliseconds."""
    return at(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def at(at_ms: int) -> datetime:
    """An instant from milliseconds since the epoch."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _rating(rating: Rating | None) -> dict[str, Any] | None:
    if rating is None:
        return None
    return {"band": rating.band, "profile": rating.profile, "score": round(rating.score, _SCORE_DIGITS)}


def _technology(technology: str, company: Company) -> dict[str, Any]:
    matching = company.matching[technology]
    rating = rate(matching, company.instances, company.families)
    return {
        "technology": technology,
        "matching": matching,
        "alignment": round(alignment(matching, company.instances) or 0.0, _ALIGNMENT_DIGITS),
        "score": None if rating is None else round(rating.score, _SCORE_DIGITS),
        "band": None if rating is None else rating.band,
        "profile": None if rating is None else rating.profile,
    }


def _record(
    topic: topics.Topic,
    settings: Settings,
    partition: int,
    company_id: str,
    body: Mapping[str, Any] | None,
    at_ms: int,
) -> Record:
    return Record(
        topic.full_name(settings),
        partition,
        company_id.encode(),
        None if body is None else orjson.dumps(body),
        at_ms,
        _headers(topic, settings.epoch, body, at_ms),
    )


def _headers(topic: topics.Topic, epoch: int, body: Mapping[str, Any] | None, at_ms: int) -> Headers:
    own = (("giants-epoch", str(epoch).encode()),)
    if body is None or "id" not in body:
        return own
    kind = topic.name.removesuffix(".v1")
    return (
        *own,
        ("ce_specversion", b"1.0"),
        ("ce_id", body["id"].encode()),
        ("ce_type", f"giants.{kind}.v1".encode()),
        ("ce_source", b"/giants/tracker"),
        ("ce_time", instant(at_ms).encode()),
        ("ce_subject", body["company_id"].encode()),
        ("content-type", b"application/json"),
    )
