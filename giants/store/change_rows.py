"""From output topics and the delta log to rows."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Final

import msgspec

from giants.decoding.frames import FRAME_EVENTS_MAX, decode_delta_frame
from giants.domain.events import Delta
from giants.kafka import topics
from giants.store import counterparty_rows, tables
from giants.store.errors import UnreadableError
from giants.store.records import Incoming, first_wins, parsed, storable_instant, value_of
from giants.store.tables import DeadLetterRow, FeedRow, PortfolioRow, RatingMoveRow, StoreRow
from schemas.changes import (
    Alert,
    ListChange,
    Rating,
    RatingChange,
    SignalChange,
    StatusChange,
)
from schemas.codes import Band, ChangeKind
from schemas.portfolios import PortfolioMatch

REASON_CHARACTERS_MAX: Final = 2_000
HEADERS_MAX: Final = 50
# Precedence of the deltas of a frame: the offset of the frame, then their order in it.
_DELTAS_A_FRAME: Final = 2 * FRAME_EVENTS_MAX
_LEVELS: Final = {band: level for level, band in enumerate(Band, 1)}

# Whose changes are the feed.
FEED_TOPICS: Final = (
    topics.STATUS_CHANGES,
    topics.RATING_CHANGES,
    topics.SIGNAL_CHANGES,
    topics.LIST_CHANGES,
)

RowsOf = Callable[[Incoming], Iterable[StoreRow]]


def change_rows(record: Incoming) -> Iterable[StoreRow]:
    """Rows of a record of an output topic or of the delta log. Raises `UnreadableError`."""
    return _BUILDERS[record.topic](record)


def feed_row(record: Incoming) -> FeedRow:
    """The row of a change in the feed, as the writer stores it, from one of `FEED_TOPICS`.

    Raises `UnreadableError` for what the writer rejects.
    """
    return next(row for row in change_rows(record) if isinstance(row, FeedRow))


def _status_change(record: Incoming) -> Iterable[StoreRow]:
    change = parsed(StatusChange, value_of(record))
    yield tables.STATUS_CHANGES.row(change, record)
    yield _feed(record, change, change.kind)._replace(authority=change.authority, batches=change.batches)


def _rating_change(record: Incoming) -> Iterable[StoreRow]:
    """The row of the change, the same by time, and that of the feed."""
    change = parsed(RatingChange, value_of(record))
    previous, current = change.previous, change.current
    yield tables.RATING_CHANGES.row(change, record)
    yield RatingMoveRow(
        epoch=change.epoch,
        at=storable_instant(change.at),
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
    yield _feed(record, change, ChangeKind.RATING_CHANGED, change.technology)


def _signal_change(record: Incoming) -> Iterable[StoreRow]:
    change = parsed(SignalChange, value_of(record))
    yield tables.SIGNAL_CHANGES.row(change, record)
    yield _feed(record, change, change.kind, change.technology or "")


def _list_change(record: Incoming) -> Iterable[StoreRow]:
    news = parsed(ListChange, value_of(record))
    yield tables.LIST_CHANGES.row(news, record)
    batches = () if news.summary.batch is None else (news.summary.batch,)
    yield _feed(record, news, news.kind)._replace(authority=news.summary.authority, batches=batches)


def _alert(record: Incoming) -> Iterable[StoreRow]:
    return (tables.ALERTS.row(parsed(Alert, value_of(record)), record),)


def _portfolio_match(record: Incoming) -> Iterable[StoreRow]:
    return (counterparty_rows.MATCHES.row(parsed(PortfolioMatch, value_of(record)), record),)


def _feed(
    record: Incoming,
    change: StatusChange | RatingChange | SignalChange | ListChange,
    kind: str,
    technology: str = "",
) -> FeedRow:
    """The row of a change in the feed: the writer sets `stored_at` when it inserts."""
    return FeedRow(
        epoch=change.epoch,
        stored_at=record.at,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        id=change.id,
        kind=kind,
        company_id="" if isinstance(change, ListChange) else change.company_id,
        technology=technology,
        authority=None,
        batches=(),
        at=storable_instant(change.at),
        backfill=change.backfill,
        replayed=change.replayed,
        body=value_of(record),
    )


def _portfolio(record: Incoming) -> Iterable[StoreRow]:
    """The rows of a frame of deltas: one for each family."""
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


def _level(rating: Rating | None) -> int:
    return 0 if rating is None else _LEVELS[rating.band]


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


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= 18 else -1


_BUILDERS: Final[Mapping[str, RowsOf]] = {
    topics.COMPANIES.name: tables.COMPANIES.latest,
    topics.EXPOSURES.name: tables.EXPOSURES.latest,
    topics.STATUS_CHANGES.name: _status_change,
    topics.RATING_CHANGES.name: _rating_change,
    topics.SIGNALS.name: tables.SIGNALS.latest,
    topics.SIGNAL_CHANGES.name: _signal_change,
    topics.LISTS.name: tables.LISTS.latest,
    topics.LIST_CHANGES.name: _list_change,
    topics.FINDINGS.name: tables.FINDINGS.latest,
    topics.ALERTS.name: _alert,
    topics.PORTFOLIO_MATCHES.name: _portfolio_match,
    topics.DEAD_LETTERS.name: _dead_letter,
    topics.DELTA_LOG.name: _portfolio,
}
