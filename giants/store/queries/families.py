"""Families as they stand: the newest version of each that is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from giants.domain.registry.findings import FindingCode
from giants.store.client import Database
from giants.store.epochs import shown_rows
from giants.store.queries.rows import from_row

_OF_IDS: Final = """
SELECT family_id, version, assignees, cpc, filed_on, publications, withdrawn
FROM families_rows FINAL WHERE family_id IN {ids:Array(String)} ORDER BY family_id
"""

RECORDS_SHOWN_MAX: Final = 50
_COUNTED_UNDER: Final = """
SELECT subject, ref FROM findings_rows FINAL
WHERE epoch = {epoch:UInt32} AND code = {code:String} AND subject IN {ids:Array(String)}
"""
_SAME_INVENTION: Final = """
SELECT subject, ref, detail FROM findings_rows FINAL
WHERE epoch = {epoch:UInt32} AND code = {code:String} AND (subject = {id:String} OR ref = {id:String})
ORDER BY subject LIMIT {most:UInt32}
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


@dataclass(frozen=True, slots=True)
class SameInvention:
    """That a family is a record of an invention, in words; `under` is the record that counts."""

    family_id: str
    under: str
    detail: str


def counted_under(database: Database, ids: Sequence[str]) -> dict[str, str]:
    """Of some families those that count under another one, and which."""
    rows = shown_rows(database, _COUNTED_UNDER, {"ids": list(ids), "code": FindingCode.SAME_INVENTION})
    return {row["subject"]: row["ref"] for row in rows}


def same_invention(database: Database, family_id: str) -> list[SameInvention]:
    """Which records a family is one invention with, bounded: the one that it counts under, those under it."""
    parameters = {"id": family_id, "code": FindingCode.SAME_INVENTION, "most": RECORDS_SHOWN_MAX}
    rows = shown_rows(database, _SAME_INVENTION, parameters)
    return [SameInvention(row["subject"], row["ref"], row["detail"]) for row in rows]


def families_of(database: Database, ids: Sequence[str]) -> list[FamilyRow]:
    """The families of some ids that are known, by id."""
    return [from_row(FamilyRow, row, **lists_in(row)) for row in database.rows(_OF_IDS, {"ids": list(ids)})]


def lists_in(row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The columns of a family that hold several values."""
    return {name: tuple(row[name]) for name in ("assignees", "cpc", "publications")}
