"""Output records: JSON of the contract, with CloudEvents 1.0 attributes as Kafka headers (design §3.2).

Built from plain dictionaries, since thousands a second pass here; tests check every one against its model.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import orjson

from giants.domain.exposure import METHODOLOGIES, Methodology, confidence, few_classified
from giants.domain.rating import Rating
from giants.domain.rating_changes import Change
from giants.domain.ratings import CompanyTallies
from giants.domain.registry.findings import Finding
from giants.domain.sensitivity import Choices, Scored
from giants.domain.taxonomy import Taxonomy
from giants.kafka import topics
from giants.kafka.log import Headers, Record, Stored
from giants.kafka.partitioner import partition_of
from giants.settings import Settings
from schemas.changes import Alert, CompanySnapshot, ListChange, ListSnapshot, StatusChange
from schemas.codes import Caveat
from schemas.portfolios import PortfolioMatch

# Which reading of the journal a record belongs to.
EPOCH_HEADER: Final = "giants-epoch"
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
# What never changes is made once.
_SPECVERSION: Final = ("ce_specversion", b"1.0")
_SOURCE: Final = ("ce_source", b"/giants/tracker")
_CONTENT_TYPE: Final = ("content-type", b"application/json")
# By whether few families are classified, and whether no technology matches.
_CAVEATS: Final = {
    (is_few, is_outside): orjson.Fragment(
        orjson.dumps(
            [
                *_RATING_CAVEATS,
                *([Caveat.FEW_CLASSIFIED] if is_few else []),
                *([Caveat.OUT_OF_TAXONOMY] if is_outside else []),
            ]
        )
    )
    for is_few in (False, True)
    for is_outside in (False, True)
}


class ExposureMessages:
    """Messages of one partition of the exposures, which go to the same partition of the outputs."""

    def __init__(self, partition: int, settings: Settings) -> None:
        self._partition, self._epoch = partition, settings.epoch
        self._methodology: Final = METHODOLOGIES[settings.methodology]
        self._changes, self._exposures = (
            topic.full_name(settings) for topic in (topics.RATING_CHANGES, topics.EXPOSURES)
        )

    def rating_change(self, change: Change, taxonomy: Taxonomy) -> Record:
        """A link of the chain of one (company, technology)."""
        body = {
            "id": change_id(self._epoch, "rating", change.company_id, change.technology, change.seq),
            "seq": change.seq,
            "company_id": change.company_id,
            "technology": change.technology,
            "previous": _rating(change.previous),
            "current": _rating(change.current),
            "cause": {"kind": change.cause_kind, "ref": change.cause_ref},
            "families": change.families,
            "classified": change.classified,
            "instances": change.instances,
            "matching": change.matching,
            "taxonomy": taxonomy.id,
            "taxonomy_version": change.taxonomy_version,
            "methodology": self._methodology.id,
            "at": instant(change.origin.at_ms),
            "backfill": change.origin.backfill,
            "replayed": change.origin.replayed,
            "epoch": self._epoch,
            "caveats": _CAVEATS[few_classified(change.families, change.classified), False],
        }
        at_ms = change.origin.at_ms
        headers = change_headers("rating-changed", self._epoch, body, at_ms)
        key = change.company_id.encode()
        return Record(self._changes, self._partition, key, orjson.dumps(body), at_ms, headers)

    def exposure(self, company_id: str, company: CompanyTallies, taxonomy: Taxonomy, at_ms: int) -> Record:
        """The latest exposure of a company; a tombstone where it has no families left."""
        value = _exposure(company_id, company, taxonomy, self._methodology) if company.families else None
        key = company_id.encode()
        return Record(self._exposures, self._partition, key, value, at_ms, epoch_header(self._epoch))


def company_snapshot(
    company_id: str, snapshot: CompanySnapshot | None, at_ms: int, settings: Settings
) -> Record:
    """The latest state of a company; a tombstone where its id is gone."""
    body = None if snapshot is None else snapshot.model_dump(mode="json")
    return _latest(topics.COMPANIES, company_id, body, at_ms, settings)


def status_change(change: StatusChange, at_ms: int, settings: Settings) -> Record:
    """A link of the chain of one company."""
    return _link(topics.STATUS_CHANGES, change.company_id, change, at_ms, settings)


def list_snapshot(list_id: str, snapshot: ListSnapshot | None, at_ms: int, settings: Settings) -> Record:
    """The latest summary of a list; a tombstone where no revision of it counts."""
    body = None if snapshot is None else snapshot.model_dump(mode="json")
    return _latest(topics.LISTS, list_id, body, at_ms, settings)


def list_change(change: ListChange, at_ms: int, settings: Settings) -> Record:
    """News of a list."""
    return _link(topics.LIST_CHANGES, change.list_id, change, at_ms, settings)


def finding(finding_: Finding, at_ms: int, settings: Settings, *, settled: bool = False) -> Record:
    """A data-quality finding; a tombstone where it is settled."""
    subject = (finding_.code, finding_.subject, finding_.detail, finding_.ref)
    finding_id = change_id("finding", *subject)
    body = {
        "finding_id": finding_id,
        "code": finding_.code,
        "severity": finding_.severity,
        "subject": finding_.subject,
        "detail": finding_.detail,
        "ref": finding_.ref,
        "at": instant(at_ms),
    }
    return _latest(topics.FINDINGS, finding_id, None if settled else body, at_ms, settings)


def _latest(
    topic: topics.Topic, key: str, body: Mapping[str, Any] | None, at_ms: int, settings: Settings
) -> Record:
    """The latest value of a key of a compacted topic; a tombstone without a body."""
    partition = partition_of(key, settings.partitions)
    value = None if body is None else orjson.dumps(body)
    return Record(
        topic.full_name(settings), partition, key.encode(), value, at_ms, epoch_header(settings.epoch)
    )


def _link(
    topic: topics.Topic, key: str, change: StatusChange | ListChange, at_ms: int, settings: Settings
) -> Record:
    """A change of one company or list, in the partition of its key."""
    body = change.model_dump(mode="json")
    partition = partition_of(key, settings.partitions)
    headers = change_headers(change.kind.value, settings.epoch, body, at_ms)
    return Record(topic.full_name(settings), partition, key.encode(), orjson.dumps(body), at_ms, headers)


def alert(alert_: Alert, settings: Settings) -> Record:
    """A change that matched a watchlist."""
    body = alert_.model_dump(mode="json")
    topic, partition = topics.ALERTS, partition_of(alert_.watchlist_id, settings.partitions)
    at_ms = int(alert_.at.timestamp() * 1000)
    headers = change_headers("alert", settings.epoch, body, at_ms)
    key = alert_.watchlist_id.encode()
    return Record(topic.full_name(settings), partition, key, orjson.dumps(body), at_ms, headers)


def portfolio_match(match: PortfolioMatch, settings: Settings) -> Record:
    """A pair of an entry and a company, in the partition of its portfolio."""
    body = match.model_dump(mode="json")
    topic, partition = topics.PORTFOLIO_MATCHES, partition_of(match.portfolio_id, settings.partitions)
    at_ms = int(match.at.timestamp() * 1000)
    headers = change_headers("portfolio-match", settings.epoch, body, at_ms)
    return Record(
        topic.full_name(settings), partition, match.portfolio_id.encode(), orjson.dumps(body), at_ms, headers
    )


def correction(found: Stored, right: Record, epoch: int) -> Record | None:
    """Give the record to send over a latest value; None where it is right or of a newer epoch."""
    written = next((value for name, value in found.headers if name == EPOCH_HEADER), b"0")
    is_newer = written.isdigit() and int(written) > epoch
    return None if found.value == right.value or is_newer else right


def change_id(*parts: object) -> str:
    """The id of a change: the same change always has the same one."""
    return sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


def instant(at_ms: int) -> str:
    """An instant as ISO 8601 in UTC with milliseconds."""
    second, milliseconds = divmod(at_ms, 1_000)
    return f"{_second(second)}.{milliseconds:03d}Z"


def at(at_ms: int) -> datetime:
    """An instant from milliseconds since the epoch."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


@lru_cache(maxsize=1_000)
def _second(second: int) -> str:
    return at(1_000 * second).isoformat().removesuffix("+00:00")


def _rating(rating: Rating | None) -> dict[str, Any] | None:
    if rating is None:
        return None
    return {"band": rating.band, "profile": rating.profile, "score": round(rating.score, _SCORE_DIGITS)}


def _technologies(company: CompanyTallies, evidence: int) -> list[dict[str, Any]]:
    """Every technology of a portfolio by id; what they share is computed once."""
    instances = company.instances
    choices = Choices(instances, company.indexing, evidence)
    indexing, children = company.indexing_matching, company.children_matching
    found = []
    for technology, matching in sorted(company.matching.items()):
        shown: dict[str, Any] = {
            "technology": technology,
            "matching": matching,
            "alignment": round(matching / instances, _ALIGNMENT_DIGITS),
            "score": None,
            "band": None,
            "profile": None,
            "sensitivity": None,
        }
        found.append(shown)
        rated = choices.rate(matching, indexing.get(technology, 0), children.get(technology, 0))
        if rated is None:
            continue
        scored, profile, (plain, own, lower, higher) = rated
        score, band = round(scored[0], _SCORE_DIGITS), scored[1]
        as_it_is = {"score": score, "band": band}
        shown["score"], shown["band"], shown["profile"] = score, band, profile
        shown["sensitivity"] = {
            "without_indexing": as_it_is if plain is scored else _scored_band(plain),
            "without_children": as_it_is if own is scored else _scored_band(own),
            "limits_lower": lower,
            "limits_higher": higher,
        }
    return found


def _scored_band(scored: Scored | None) -> dict[str, Any] | None:
    return None if scored is None else {"score": round(scored[0], _SCORE_DIGITS), "band": scored[1]}


def _exposure(
    company_id: str, company: CompanyTallies, taxonomy: Taxonomy, methodology: Methodology
) -> bytes:
    evidence = methodology.evidence(company.families, company.classified)
    return orjson.dumps(
        {
            "company_id": company_id,
            "families": company.families,
            "classified": company.classified,
            "instances": company.instances,
            "confidence": round(confidence(evidence), _CONFIDENCE_DIGITS),
            "taxonomy": taxonomy.id,
            "taxonomy_version": company.counted_under[0],
            "methodology": methodology.id,
            "technologies": _technologies(company, evidence),
            "caveats": _CAVEATS[few_classified(company.families, company.classified), not company.matching],
        }
    )


@lru_cache(maxsize=16)
def epoch_header(epoch: int) -> Headers:
    """The header that says which reading of the journal a record belongs to."""
    return ((EPOCH_HEADER, str(epoch).encode()),)


def change_headers(kind: str, epoch: int, body: Mapping[str, Any], at_ms: int) -> Headers:
    """CloudEvents attributes of a change."""
    return (
        *epoch_header(epoch),
        _SPECVERSION,
        ("ce_id", body["id"].encode()),
        _type_header(kind),
        _SOURCE,
        ("ce_time", instant(at_ms).encode()),
        ("ce_subject", (body.get("company_id") or body["list_id"]).encode()),
        _CONTENT_TYPE,
    )


@lru_cache(maxsize=100)
def _type_header(kind: str) -> tuple[str, bytes]:
    return "ce_type", f"giants.{kind}.v1".encode()
