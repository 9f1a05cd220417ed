"""From the topics of trajectory signals to rows: those in force, and their changes."""

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from giants.store.epochs import EPOCH_MAX
from giants.store.errors import UnreadableError
from giants.store.records import Incoming, first_wins, storable_instant
from giants.store.tables import FeedRow, SignalChangeRow, SignalsRow, StoreRow
from schemas.changes import SignalChange
from schemas.signals import SignalsSnapshot

M = TypeVar("M", bound=BaseModel)


def signals_row(record: Incoming) -> Iterable[StoreRow]:
    """The row of a company's signals; a null value says that there are none. Raises `UnreadableError`."""
    if record.value is None:
        snapshot = SignalsSnapshot(company_id=record.key_text, signals=(), methodology="", caveats=())
    else:
        snapshot = _parsed(SignalsSnapshot, record.value)
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
    if record.value is None:
        raise UnreadableError("got a record without a value, expected one")
    change = _parsed(SignalChange, record.value)
    if not 1 <= change.epoch <= EPOCH_MAX:
        raise UnreadableError(f"got epoch {change.epoch}, expected a number from 1 to {EPOCH_MAX}")
    at = storable_instant(change.at)
    yield SignalChangeRow(
        epoch=change.epoch,
        company_id=change.company_id,
        signal=change.signal,
        technology=change.technology or "",
        seq=change.seq,
        id=change.id,
        kind=change.kind,
        text=change.text,
        cause_kind=change.cause.kind,
        cause_ref=change.cause.ref,
        at=at,
        backfill=change.backfill,
        replayed=change.replayed,
        body=record.value,
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
        technology=change.technology or "",
        authority=None,
        batches=(),
        at=at,
        backfill=change.backfill,
        replayed=change.replayed,
        body=record.value,
    )


def _parsed(model: type[M], value: bytes) -> M:
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        raise UnreadableError(f"not a {model.__name__}: {error}") from error
