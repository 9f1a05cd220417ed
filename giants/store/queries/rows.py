"""Rows of queries as dataclasses."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def from_row(kind: Callable[..., T], row: Mapping[str, Any], **computed: Any) -> T:
    """A dataclass whose fields are the columns of their names, but for those that are `computed`."""
    return kind(**{name: row[name] for name in _names(kind) if name not in computed}, **computed)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
