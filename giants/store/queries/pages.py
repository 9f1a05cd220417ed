"""Keyset pagination: a cursor names the row before the next page, so that all pages cost the same."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import orjson

from giants.store.errors import CursorError

PAGE_ROWS_MAX: Final = 1_000
PAGE_ROWS_DEFAULT: Final = 50
# The offsets of a thousand partitions of two topics fit.
CURSOR_CHARACTERS_MAX: Final = 100_000

T = TypeVar("T")
Key = int | float | str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next page: None where there is none."""

    items: tuple[T, ...]
    next_cursor: str | None


def encode_cursor(kind: str, parts: Sequence[Key]) -> str:
    """An opaque text that `decode_cursor` of the same kind understands."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, *parts])).rstrip(b"=").decode()


def decode_cursor(kind: str, cursor: str, types: Sequence[type[Key]]) -> list[Any]:
    """The parts of a cursor. Raises `CursorError` for a text that is no cursor of this kind."""
    if len(cursor) > CURSOR_CHARACTERS_MAX:
        raise CursorError(cursor)
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = orjson.loads(raw)
    except (binascii.Error, ValueError) as error:
        raise CursorError(cursor) from error
    if not isinstance(found, list) or len(found) != len(types) + 1 or found[0] != kind:
        raise CursorError(cursor)
    parts = found[1:]
    if any(type(part) is not expected for part, expected in zip(parts, types, strict=True)):
        raise CursorError(cursor)
    return parts


def bounded(limit: int) -> int:
    """A page size within its limits."""
    return min(max(limit, 1), PAGE_ROWS_MAX)
