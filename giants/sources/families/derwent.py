"""Derwent Innovation (DWPI) exports, CSV and Excel: one row a record, values in a cell joined by `|`.

DWPI groups publications into inventions of its own, which are not DOCDB families. The family's id is
`dwpi-` and the accession number; where that column was not exported, `inpadoc-` and the INPADOC family, or
else a digest of the priority numbers. Names come from both the standardised column (without its company
code) and the original one; symbols from every CPC column.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import ClassVar

from giants.domain.publications import publication_number
from giants.sources.base import Context, Kind, Row, Source
from giants.sources.errors import UnreadableFileError
from giants.sources.families.publication import (
    Publication,
    clean_assignees,
    clean_symbols,
    family_of_priorities,
)
from giants.sources.families.tabular import Cell, FamilyTable
from giants.sources.files import Input
from giants.sources.tables import Record
from giants.sources.workbook import SheetRow, is_workbook, sheet_rows

# Rows above the heading: the name of the search, the day, an empty row.
ROWS_ABOVE_HEADING_MAX = 20

_BETWEEN = re.compile(r"[|\n]")
# "SHENZHEN ACME TECH CO LTD (SZAC-C)"
_COMPANY_CODE = re.compile(r"\s*\([A-Z0-9]{4}-[A-Z]\)\s*$")


class DerwentCsv(FamilyTable):
    """An export of Derwent Innovation as CSV."""

    name = "derwent-csv"
    formats = "Derwent Innovation CSV export (Publication Number, Assignee - DWPI, CPC - Current …)"
    meanings: ClassVar = {
        "number": ("Publication Number",),
        "accession": ("DWPI Accession Number", "Accession Number - DWPI", "DWPI Accession No"),
        "inpadoc": ("INPADOC Family ID", "Family ID - INPADOC"),
        "members": ("DWPI Family Members", "Family Members - DWPI"),
        "priorities": ("Priority Number - DWPI", "Priority Number"),
        "assignees_dwpi": ("Assignee - DWPI",),
        "assignees": (
            "Assignee/Applicant",
            "Assignee - Original",
            "Assignee - Standardized",
            "Optimized Assignee",
        ),
        "symbols_dwpi": ("CPC - Current - DWPI", "CPC - DWPI"),
        "symbols": ("CPC - Current", "CPC - Original"),
        "published_on": ("Publication Date",),
        "filed_on": ("Application Date",),
    }
    needed = (
        frozenset({"number"}),
        frozenset({"symbols", "symbols_dwpi"}),
        frozenset({"assignees", "assignees_dwpi"}),
        frozenset({"accession", "inpadoc", "members", "assignees_dwpi", "symbols_dwpi"}),
    )

    def publication(self, line: int, cell: Cell) -> Publication | Row:
        """One row of the export."""
        number = publication_number(cell("number"))
        if not number:
            return Row(line, problem="has no Publication Number")
        names = [_COMPANY_CODE.sub("", name) for name in _values(cell("assignees_dwpi"))]
        assignees, odd_names = clean_assignees([*names, *_values(cell("assignees"))])
        symbols, odd_symbols = clean_symbols([*_values(cell("symbols_dwpi")), *_values(cell("symbols"))])
        members = (publication_number(member) for member in _values(cell("members")))
        return Publication(
            line=line,
            family=_family(cell, number),
            numbers=tuple(sorted({number, *members} - {""})),
            assignees=assignees,
            symbols=symbols,
            filed=cell("filed_on"),
            dated=(cell("published_on"),),
            left_out=odd_symbols + odd_names,
        )


def _family(cell: Cell, number: str) -> str:
    if accession := cell("accession"):
        return f"dwpi-{publication_number(accession)}"
    if inpadoc := cell("inpadoc"):
        return f"inpadoc-{inpadoc}"
    return f"dwpi-{family_of_priorities(_values(cell('priorities'))) or number}"


def _values(text: str) -> list[str]:
    return [value.strip() for value in _BETWEEN.split(text)]


class DerwentExcel(Source):
    """An export of Derwent Innovation as a workbook; its first sheet with the right heading counts."""

    name = "derwent-excel"
    kinds = frozenset({Kind.FAMILIES})
    formats = "Derwent Innovation Excel export (.xlsx)"

    def sniff(self, source: Input) -> bool:
        """Whether the file is a workbook; no other source of families is one."""
        return is_workbook(source)

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give one fact for each family."""
        rows = sheet_rows(source.name, source.seekable())
        table = DerwentCsv()
        for row in islice(rows, ROWS_ABOVE_HEADING_MAX):
            headings = [cell or "" for cell in row.cells]
            if table.understands(headings):
                return table.families(source.name, _records(row, headings, rows), context)
        raise UnreadableFileError(
            source.name, f"has no heading of a Derwent export in its first {ROWS_ABOVE_HEADING_MAX} rows"
        )


def _records(heading: SheetRow, headings: list[str], rows: Iterator[SheetRow]) -> Iterator[Record]:
    """The rows of the sheet with the heading; cells that are empty at the end of a row are not stored."""
    yield Record(heading.line, headings)
    for row in rows:
        if row.sheet_number == heading.sheet_number:
            cells = [cell or "" for cell in row.cells]
            yield Record(row.line, cells + [""] * (len(headings) - len(cells)))
