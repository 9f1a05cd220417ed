"""From the topics of trajectory signals to rows: those in force, and their changes."""

from collections.abc import Iterable

from giants.store.records import (
    Incoming,
    checked_epoch,
    feed_row,
    first_wins,
    parsed,
    storable_instant,
    value_of,
)
from giants.store.tables import SignalChangeRow, SignalsRow, StoreRow
from schemas.changes import SignalChange
from schemas.signals import SignalsSnapshot


def signals_row(record: Incoming) -> Iterable[StoreRow]:
    """The row of a company's signals; a null value says that there are none. Raises `UnreadableError`."""
    if record.value is None:
        snapshot = SignalsSnapshot(company_id=record.key_text, signals=(), methodology="", caveats=())
    else:
        snapshot = parsed(SignalsSnapshot, record.value)
    yield SignalsRow(
        epoch=record.epoch,
        company_id=snapshot.company_id,
        signal=tuple(one.signal for one in snapshot.signals),
        technology=tuple(one.technology or "" for one in snapshot.signals),
        evidence=tuple(one.evidence.model_dump_json() for one in snapshot.signals),
        text=tuple(one.text for one in snapshot.signals),
        methodology=snapshot.methodology,
        caveats=snapshot.caveats,
        updated_at=record.at,
        precedence=record.offset,
        deleted=int(record.value is None),
    )


def signal_change_rows(record: Incoming) -> Iterable[StoreRow]:
    """The rows of a change of a signal: its own, and that of the feed. Raises `UnreadableError`."""
    value = value_of(record)
    change = parsed(SignalChange, value)
    yield SignalChangeRow(
        epoch=checked_epoch(change.epoch),
        company_id=change.company_id,
        signal=change.signal,
        technology=change.technology or "",
        seq=change.seq,
        id=change.id,
        kind=change.kind,
        text=change.text,
        cause_kind=change.cause.kind,
        cause_ref=change.cause.ref,
        at=storable_instant(change.at),
        backfill=change.backfill,
        replayed=change.replayed,
        body=value,
        precedence=first_wins(record.offset),
    )
    yield feed_row(record, change, change.kind, change.technology or "")
