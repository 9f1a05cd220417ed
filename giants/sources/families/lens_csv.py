"""Lens.org patent exports as CSV: one row a publication, several values in a cell joined by `;;`.

A Lens row does not name its family. Publications of one simple family claim the same priority numbers, so
the family's id is `lens-` and a digest of them; a publication without any is a family of its own, by its
Lens id.
"""

from typing import ClassVar

from giants.domain.publications import publication_number
from giants.sources.base import Row
from giants.sources.families.publication import (
    Publication,
    clean_assignees,
    clean_symbols,
    family_of_priorities,
)
from giants.sources.families.tabular import Cell, FamilyTable

JOINED_BY = ";;"


class LensCsv(FamilyTable):
    """A patent export of lens.org."""

    name = "lens-csv"
    formats = "Lens.org CSV export (Lens ID, Applicants, CPC Classifications …)"
    meanings: ClassVar = {
        "lens_id": ("Lens ID",),
        "number": ("Publication Number", "Display Key"),
        "published_on": ("Publication Date",),
        "filed_on": ("Application Date",),
        "priorities": ("Priority Numbers",),
        "assignees": ("Applicants",),
        "symbols": ("CPC Classifications",),
    }
    needed = tuple(frozenset({meaning}) for meaning in ("lens_id", "number", "assignees", "symbols"))

    def publication(self, line: int, cell: Cell) -> Publication | Row:
        """One row of the export."""
        lens_id = cell("lens_id")
        if not lens_id:
            return Row(line, problem="has no Lens ID")
        symbols, odd_symbols = clean_symbols(cell("symbols").split(JOINED_BY))
        assignees, odd_names = clean_assignees(cell("assignees").split(JOINED_BY))
        number = publication_number(cell("number"))
        return Publication(
            line=line,
            family=f"lens-{family_of_priorities(cell('priorities').split(JOINED_BY)) or lens_id}",
            numbers=(number,) if number else (),
            assignees=assignees,
            symbols=symbols,
            filed=cell("filed_on"),
            dated=(cell("published_on"),),
            left_out=odd_symbols + odd_names,
        )
