"""From exposures, their changes and the frames of deltas to rows."""

from collections.abc import Iterable
from typing import Final

import msgspec

from giants.decoding.frames import FRAME_EVENTS_MAX, decode_delta_frame
from giants.domain.events import Delta
from giants.store.errors import UnreadableError
from giants.store.records import (
    Incoming,
    checked_epoch,
    feed_row,
    first_wins,
    parsed,
    storable_instant,
    value_of,
)
from giants.store.tables import ExposureRow, PortfolioRow, RatingChangeRow, RatingMoveRow, StoreRow
from schemas.changes import ExposureSnapshot, Rating, RatingChange
from schemas.codes import Band, ChangeKind

# Deltas of one frame keep their order below the offset of the frame.
_DELTAS_A_FRAME: Final = 2 * FRAME_EVENTS_MAX
_LEVELS: Final = {band: level for level, band in enumerate(Band, 1)}


def exposure_rows(record: Incoming) -> Iterable[StoreRow]:
    """The row of a company's exposure; a null value says that there is none. Raises `UnreadableError`."""
    if record.value is None:
        return (_gone_exposure(record),)
    exposure = parsed(ExposureSnapshot, record.value)
    technologies = exposure.technologies
    return (
        ExposureRow(
            epoch=record.epoch,
            company_id=exposure.company_id,
            families=exposure.families,
            classified=exposure.classified,
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


def rating_change_rows(record: Incoming) -> Iterable[StoreRow]:
    """The rows of a change of a rating: its own, by time, and that of the feed. Raises `UnreadableError`."""
    value = value_of(record)
    change = parsed(RatingChange, value)
    at = storable_instant(change.at)
    previous, current = change.previous, change.current
    yield RatingChangeRow(
        epoch=checked_epoch(change.epoch),
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
        classified=change.classified,
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
        cause_kind=change.cause.kind,
        cause_ref=change.cause.ref,
        backfill=change.backfill,
    )
    yield feed_row(record, change, ChangeKind.RATING_CHANGED, change.technology)


def portfolio_rows(record: Incoming) -> Iterable[StoreRow]:
    """The rows of a frame of deltas: one for each family. Raises `UnreadableError`."""
    try:
        frame = decode_delta_frame(value_of(record))
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


def _gone_exposure(record: Incoming) -> ExposureRow:
    return ExposureRow(
        epoch=record.epoch,
        company_id=record.key_text,
        families=0,
        classified=0,
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


def _level(rating: Rating | None) -> int:
    return 0 if rating is None else _LEVELS[rating.band]
