"""Families as they stand: the newest version of each that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.store.client import Database

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
    rows = database.rows(_OF_IDS, {"ids": list(ids)})
    return [
        FamilyRow(
            row["family_id"],
            row["version"],
            tuple(row["assignees"]),
            tuple(row["cpc"]),
            row["filed_on"],
            tuple(row["publications"]),
            row["withdrawn"],
        )
        for row in rows
    ]
