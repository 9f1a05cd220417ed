"""Rows that follow from a model of the contract: a column for each field, and those of the table itself.

A field becomes the column of its name. An instant and a date are cut to what ClickHouse holds, a model inside
becomes a tuple of its fields, and `cause` the columns `cause_kind` and `cause_ref`. What differs is given as
`computed`. A test compares the columns with the tables, so a field that is added to a model needs a column,
or has to be left out by name.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from operator import attrgetter
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from giants.store.records import (
    DATE_MIN,
    INSTANT_MIN,
    Incoming,
    checked_epoch,
    first_wins,
    parsed,
    storable_date,
    storable_instant,
)
from schemas.changes import Cause

Converter = Callable[[Any], Any]
Computed = Mapping[str, Callable[[Any, Incoming], object]]

_CAUSE: Final = {"cause_kind": "cause.kind", "cause_ref": "cause.ref"}
# Columns of a table of snapshots: the newest row of a key counts, and may say that there is none.
SNAPSHOT: Final[Computed] = {
    "epoch": lambda _, record: record.epoch,
    "updated_at": lambda _, record: record.at,
    "precedence": lambda _, record: record.offset,
    "deleted": lambda _, record: int(record.value is None),
}
# Columns of a table of changes: of one that was sent again the first copy counts.
CHANGE: Final[Computed] = {
    "epoch": lambda change, _: checked_epoch(change.epoch),
    "precedence": lambda _, record: first_wins(record.offset),
}
BODY: Final[Computed] = {"body": lambda _, record: record.value or b""}


class ModelRows:
    """Builds the rows of one table from messages of one model."""

    def __init__(
        self, row_name: str, model: type[BaseModel], *, leave_out: Iterable[str] = (), computed: Computed
    ) -> None:
        self.model: Final = model
        passed_over = {*leave_out, *computed}
        plain: dict[str, str] = {}
        converted: dict[str, Converter] = {}
        for name, field in model.model_fields.items():
            if name in passed_over:
                continue
            if field.annotation is Cause:
                plain |= _CAUSE
            elif convert := _converter(field.annotation):
                converted[name] = convert
            else:
                plain[name] = name
        self._plain: Callable[[Any], tuple[Any, ...]] = attrgetter(*plain.values())
        self._converted = [(attrgetter(name), convert) for name, convert in converted.items()]
        self._computed = list(computed.values())
        make: Any = namedtuple
        self.Row: Final[Any] = make(row_name, [*plain, *converted, *computed])

    def row(self, message: Any, record: Incoming) -> Any:
        """The row of a message that a record holds."""
        values = (
            *self._plain(message),
            *[convert(get(message)) for get, convert in self._converted],
            *[compute(message, record) for compute in self._computed],
        )
        return tuple.__new__(self.Row, values)  # `_make` would also count the values

    def latest(self, record: Incoming) -> Iterable[Any]:
        """The row of a snapshot; a null value says that there is none any more. Raises `UnreadableError`."""
        if record.value is not None:
            return (self.row(parsed(self.model, record.value), record),)
        fields = self.model.model_fields
        values: dict[str, Any] = {name: _blank(field.annotation) for name, field in fields.items()}
        values[next(iter(fields))] = record.key_text  # a snapshot begins with what identifies it
        return (self.row(self.model.model_construct(**values), record),)


def _blank(annotation: Any) -> object:
    options = _options(annotation)
    if type(None) in options:
        return None
    kind = get_origin(options[0]) or options[0]
    if issubclass(kind, date):
        return INSTANT_MIN if issubclass(kind, datetime) else DATE_MIN
    if issubclass(kind, BaseModel):
        fields = kind.model_fields
        return kind.model_construct(**{name: _blank(field.annotation) for name, field in fields.items()})
    return "" if issubclass(kind, str) else kind()


def _converter(annotation: Any) -> Converter | None:
    """What a value of a type has to be passed through, None where it is stored as it is."""
    options = _options(annotation)
    made = next((made for option in options if (made := _of_type(option))), None)
    if made is None or type(None) not in options:
        return made
    convert = made
    return lambda value: None if value is None else convert(value)


def _of_type(kind: Any) -> Converter | None:
    if get_origin(kind) is tuple:
        convert = _converter(get_args(kind)[0])
        return None if convert is None else lambda values: tuple(map(convert, values))
    if not isinstance(kind, type):
        return None
    if issubclass(kind, datetime):
        return storable_instant
    if issubclass(kind, date):
        return storable_date
    return _to_tuple(kind) if issubclass(kind, BaseModel) else None


def _to_tuple(model: type[BaseModel]) -> Converter:
    parts: list[tuple[Callable[[Any], Any], Converter | None]] = []
    for name, field in model.model_fields.items():
        if field.annotation is Cause:
            parts += [(attrgetter(path), None) for path in _CAUSE.values()]
        else:
            parts.append((attrgetter(name), _converter(field.annotation)))
    return lambda message: tuple(
        get(message) if convert is None else convert(get(message)) for get, convert in parts
    )


def _options(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
