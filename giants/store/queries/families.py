"""Families as they stand: the newest version of each that is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from giants.store.client import Database
from giants.store.queries.rows import from_row

_OF_IDS: Final = """
SELECT family_id, version, assignees, cpc, filed_on, publications, withdrawn
FROM families_rows FINAL WHERE family_id IN {ids:Array(String)} ORDER BY family_id
"""


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """The newest version of a family."""

    family_id: str
    version: int
    assignees: tuple[str, ...]
    cpc: tuple[str, ...]
    filed_on: date | None
    publications: tuple[str, ...]
    withdrawn: bool


def families_of(database: Database, ids: Sequence[str]) -> list[FamilyRow]:
    """The families of some ids that are known, by id."""
    return [from_row(FamilyRow, row, **lists_in(row)) for row in database.rows(_OF_IDS, {"ids": list(ids)})]


def lists_in(row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The columns of a family that hold several values."""
    return {name: tuple(row[name]) for name in ("assignees", "cpc", "publications")}
