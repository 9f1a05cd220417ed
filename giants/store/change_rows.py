"""From output topics and the delta log to rows: snapshots, changes, alerts, dead letters, portfolios."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Final, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from giants.domain.events import Delta
from giants.store.epochs import EPOCH_MAX
from giants.store.errors import UnreadableError
from giants.store.records import (
    DATE_MIN,
    Incoming,
    first_wins,
    storable_date,
    storable_date_or_none,
    storable_instant,
)
from giants.store.search import search_text
from giants.store.signal_rows import signal_change_rows, signals_row
from giants.store.tables import (
    AlertRow,
    CompanyRow,
    DeadLetterRow,
    ExposureRow,
    FeedRow,
    FindingRow,
    PortfolioRow,
    RatingChangeRow,
    RatingMoveRow,
    StatusChangeRow,
    StoreRow,
)
from schemas.changes import (
    Alert,
    CompanyLink,
    CompanySnapshot,
    CompanyState,
    CompanyTag,
    ExposureSnapshot,
    Finding,
    Rating,
    RatingChange,
    StatusChange,
)
from schemas.codes import Band, ChangeKind
from streams import topics
from streams.frames import FRAME_EVENTS_MAX, decode_delta_frame

REASON_CHARACTERS_MAX: Final = 2_000
HEADERS_MAX: Final = 50
# Deltas of one frame keep their order below the offset of the frame.
_DELTAS_A_FRAME: Final = 2 * FRAME_EVENTS_MAX

_LEVELS: Final = {band: level for level, band in enumerate(Band, 1)}

M = TypeVar("M", bound=BaseModel)


def change_rows(record: Incoming) -> Iterable[StoreRow]:
    """Rows of a record of an output topic or of the delta log. Raises `UnreadableError`."""
    return _BUILDERS[record.topic](record)


def _company(record: Incoming) -> Iterable[StoreRow]:
    if record.value is None:
        return (_gone_company(record),)
    company = _parsed(CompanySnapshot, record.value)
    names = [company.name, *(use.name for use in company.names)]
    names_en = [*company.names_en, *([company.name_en] if company.name_en else [])]
    return (
        CompanyRow(
            epoch=record.epoch,
            company_id=company.company_id,
            name=company.name,
            name_en=company.name_en,
            names=tuple(
                (use.name, use.cause, use.ref, storable_date_or_none(use.since)) for use in company.names
            ),
            names_en=company.names_en,
            status=company.status,
            sub_state=company.sub_state,
            since=storable_date(company.since),
            next_review_year=company.next_review_year,
            authority=company.authority,
            tier=company.tier,
            batches=company.batches,
            framework=company.framework,
            designations=tuple(
                (d.batch, d.stage, d.authority, storable_date(d.on), d.ref, d.confirmed)
                for d in company.designations
            ),
            reviews=tuple(
                (r.review_year, r.outcome, r.authority, storable_date_or_none(r.on), r.ref, r.reason)
                for r in company.reviews
            ),
            timeline=tuple(
                (storable_date(t.since), t.status, t.sub_state, t.cause.kind, t.cause.ref, t.reason)
                for t in company.timeline
            ),
            merged_from=company.merged_from,
            uscc=company.uscc,
            reason=company.reason,
            provisional=company.provisional,
            caveats=company.caveats,
            tags=tuple(_tag(tag) for tag in company.tags),
            links=tuple(_link(link) for link in company.links),
            search=search_text(names, names_en),
            body=record.value,
            updated_at=record.at,
            precedence=record.offset,
            deleted=0,
        ),
    )


def _tag(tag: CompanyTag) -> tuple[str, str, str, str, str | None, str, date]:
    on = storable_date(tag.on)
    return tag.record_id, tag.ref, tag.category, tag.evidence, tag.url, tag.author, on


def _link(
    link: CompanyLink,
) -> tuple[str, str, str, str, str, tuple[str, str | None, str | None, str | None], date]:
    one = link.source
    source = one.source_class, one.publisher, one.url, one.title
    return link.record_id, link.ref, link.record, link.title, link.url, source, storable_date(link.on)


def _exposure(record: Incoming) -> Iterable[StoreRow]:
    if record.value is None:
        return (_gone_exposure(record),)
    exposure = _parsed(ExposureSnapshot, record.value)
    technologies = exposure.technologies
    return (
        ExposureRow(
            epoch=record.epoch,
            company_id=exposure.company_id,
            families=exposure.families,
            instances=exposure.instances,
            confidence=exposure.confidence,
            taxonomy=exposure.taxonomy,
            taxonomy_version=exposure.taxonomy_version,
            methodology=exposure.methodology,
            technology=tuple(t.technology for t in technologies),
            matching=tuple(t.matching for t in technologies),
            alignment=tuple(t.alignment for t in technologies),
            score=tuple(t.score for t in technologies),
            band=tuple(t.band for t in technologies),
            profile=tuple(t.profile for t in technologies),
            caveats=exposure.caveats,
            updated_at=record.at,
            precedence=record.offset,
            deleted=0,
        ),
    )


def _finding(record: Incoming) -> Iterable[StoreRow]:
    if record.value is None:
        settled = FindingRow(record.epoch, record.key_text, "", "", "", "", "", record.at, record.offset, 1)
        return (settled,)
    finding = _parsed(Finding, record.value)
    return (
        FindingRow(
            epoch=record.epoch,
            finding_id=finding.finding_id,
            code=finding.code,
            severity=finding.severity,
            subject=finding.subject,
            detail=finding.detail,
            ref=finding.ref,
            at=storable_instant(finding.at),
            precedence=record.offset,
            deleted=0,
        ),
    )


def _gone_company(record: Incoming) -> CompanyRow:
    return CompanyRow(
        epoch=record.epoch,
        company_id=record.key_text,
        name="",
        name_en=None,
        names=(),
        names_en=(),
        status="",
        sub_state="",
        since=DATE_MIN,
        next_review_year=None,
        authority=None,
        tier=None,
        batches=(),
        framework=None,
        designations=(),
        reviews=(),
        timeline=(),
        merged_from=(),
        uscc=None,
        reason=None,
        provisional=False,
        caveats=(),
        tags=(),
        links=(),
        search="",
        body=b"",
        updated_at=record.at,
        precedence=record.offset,
        deleted=1,
    )


def _gone_exposure(record: Incoming) -> ExposureRow:
    return ExposureRow(
        epoch=record.epoch,
        company_id=record.key_text,
        families=0,
        instances=0,
        confidence=0.0,
        taxonomy="",
        taxonomy_version=0,
        methodology="",
        technology=(),
        matching=(),
        alignment=(),
        score=(),
        band=(),
        profile=(),
        caveats=(),
        updated_at=record.at,
        precedence=record.offset,
        deleted=1,
    )


def _status_change(record: Incoming) -> Iterable[StoreRow]:
    value = _value(record)
    change = _parsed(StatusChange, value)
    at = storable_instant(change.at)
    yield StatusChangeRow(
        epoch=_epoch(change.epoch),
        company_id=change.company_id,
        seq=change.seq,
        id=change.id,
        kind=change.kind,
        name=change.name,
        name_en=change.name_en,
        previous=_state(change.previous),
        current=_state(change.current),
        effective_on=storable_date(change.effective_on),
        cause_kind=change.cause.kind,
        cause_ref=change.cause.ref,
        reason=change.reason,
        stage=change.stage,
        authority=change.authority,
        batches=change.batches,
        merged_into=change.merged_into,
        at=at,
        backfill=change.backfill,
        replayed=change.replayed,
        caveats=change.caveats,
        body=value,
        precedence=first_wins(record.offset),
    )
    yield FeedRow(
        epoch=change.epoch,
        stored_at=record.at,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        id=change.id,
        kind=change.kind,
        company_id=change.company_id,
        technology="",
        authority=change.authority,
        batches=change.batches,
        at=at,
        backfill=change.backfill,
        replayed=change.replayed,
        body=value,
    )


def _rating_change(record: Incoming) -> Iterable[StoreRow]:
    value = _value(record)
    change = _parsed(RatingChange, value)
    at = storable_instant(change.at)
    previous, current = change.previous, change.current
    yield RatingChangeRow(
        epoch=_epoch(change.epoch),
        company_id=change.company_id,
        technology=change.technology,
        seq=change.seq,
        id=change.id,
        previous_band=previous.band if previous else None,
        previous_profile=previous.profile if previous else None,
        previous_score=previous.score if previous else None,
        current_band=current.band if current else None,
        current_profile=current.profile if current else None,
        current_score=current.score if current else None,
        cause_kind=change.cause.kind,
        cause_ref=change.cause.ref,
        families=change.families,
        instances=change.instances,
        matching=change.matching,
        taxonomy=change.taxonomy,
        taxonomy_version=change.taxonomy_version,
        methodology=change.methodology,
        at=at,
        backfill=change.backfill,
        replayed=change.replayed,
        caveats=change.caveats,
        precedence=first_wins(record.offset),
    )
    yield RatingMoveRow(
        epoch=change.epoch,
        at=at,
        company_id=change.company_id,
        technology=change.technology,
        seq=change.seq,
        from_level=_level(previous),
        from_score=previous.score if previous else 0.0,
        to_level=_level(current),
        to_score=current.score if current else 0.0,
        backfill=change.backfill,
    )
    yield FeedRow(
        epoch=change.epoch,
        stored_at=record.at,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        id=change.id,
        kind=ChangeKind.RATING_CHANGED,
        company_id=change.company_id,
        technology=change.technology,
        authority=None,
        batches=(),
        at=at,
        backfill=change.backfill,
        replayed=change.replayed,
        body=value,
    )


def _alert(record: Incoming) -> Iterable[StoreRow]:
    value = _value(record)
    alert = _parsed(Alert, value)
    yield AlertRow(
        watchlist_id=alert.watchlist_id,
        id=alert.id,
        owner=alert.owner,
        kind=alert.kind,
        company_id=alert.company_id,
        name=alert.name,
        name_en=alert.name_en,
        technology=alert.technology,
        text=alert.text,
        link=alert.link,
        at=storable_instant(alert.at),
        caveats=alert.caveats,
        body=value,
        precedence=first_wins(record.offset),
    )


def _dead_letter(record: Incoming) -> Iterable[StoreRow]:
    texts = {name: value.decode(errors="replace") for name, value in record.headers.items()}
    value = record.value or b""
    yield DeadLetterRow(
        topic=texts.get("giants-topic", ""),
        partition=_number(texts.get("giants-partition")),
        offset=_number(texts.get("giants-offset")),
        digest=sha256(value).digest(),
        key=record.key or b"",
        value=value,
        reason=texts.get("giants-error", "")[:REASON_CHARACTERS_MAX],
        headers=dict(list(texts.items())[:HEADERS_MAX]),
        received_at=record.at,
        precedence=first_wins(record.at_ms),
    )


def _portfolio(record: Incoming) -> Iterable[StoreRow]:
    try:
        frame = decode_delta_frame(_value(record))
    except msgspec.MsgspecError as error:
        raise UnreadableError(f"not a frame of deltas: {error}") from error
    epoch, at = record.epoch, record.at
    return [
        PortfolioRow(
            epoch=epoch,
            company_id=event.company_id,
            family_id=event.family_id,
            version=event.version,
            symbols=event.after or (),
            updated_at=at,
            precedence=record.offset * _DELTAS_A_FRAME + index,
            deleted=int(event.after is None),
        )
        for index, event in enumerate(frame.events)
        if isinstance(event, Delta)
    ]


def _parsed(model: type[M], value: bytes) -> M:
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        raise UnreadableError(f"not a {model.__name__}: {error}") from error


def _value(record: Incoming) -> bytes:
    if record.value is None:
        raise UnreadableError("got a record without a value, expected one")
    return record.value


def _epoch(epoch: int) -> int:
    if not 1 <= epoch <= EPOCH_MAX:
        raise UnreadableError(f"got epoch {epoch}, expected a number from 1 to {EPOCH_MAX}")
    return epoch


def _state(state: CompanyState | None) -> tuple[tuple[str, str | None, str], ...]:
    return () if state is None else ((state.status, state.tier, state.name),)


def _level(rating: Rating | None) -> int:
    return 0 if rating is None else _LEVELS[rating.band]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= 18 else -1


_BUILDERS: Final[Mapping[str, Callable[[Incoming], Iterable[StoreRow]]]] = {
    topics.COMPANIES.name: _company,
    topics.EXPOSURES.name: _exposure,
    topics.STATUS_CHANGES.name: _status_change,
    topics.RATING_CHANGES.name: _rating_change,
    topics.SIGNALS.name: signals_row,
    topics.SIGNAL_CHANGES.name: signal_change_rows,
    topics.FINDINGS.name: _finding,
    topics.ALERTS.name: _alert,
    topics.DEAD_LETTERS.name: _dead_letter,
    topics.DELTA_LOG.name: _portfolio,
}
