"""Plain tables of families: an id, assignees and symbols, several values in a cell joined by `|` (C-13)."""

import re
from typing import ClassVar

from giants.sources.base import Row
from giants.sources.families.publication import (
    Publication,
    clean_assignees,
    clean_symbols,
    publication_number,
)
from giants.sources.families.tabular import Cell, FamilyTable
from giants.sources.text import parse_date
from schemas.base import VERSION_MAX

_WITHDRAWN = frozenset({"1", "true", "yes", "y", "是"})
_NOT_WITHDRAWN = frozenset({"", "0", "false", "no", "n", "否"})
_BETWEEN_SYMBOLS = re.compile(r"[|;]")


class PlainCsv(FamilyTable):
    """A table made by hand or by a program of one's own."""

    name = "plain-csv"
    formats = "CSV with family or patent id, assignee and cpc (values joined by |)"
    meanings: ClassVar = {
        "family": (
            "family_id",
            "family",
            "patent_id",
            "patent",
            "patent number",
            "publication_number",
            "专利号",
        ),
        "assignees": ("assignee", "assignees", "applicant", "applicants", "company", "申请人", "专利权人"),
        "symbols": ("cpc", "cpc codes", "cpc symbols", "symbols", "CPC分类号"),
        "filed_on": ("filed_on", "filed", "filing date", "application date", "申请日"),
        "published_on": ("published_on", "publication date", "公开日"),
        "numbers": ("publications", "publication numbers"),
        "version": ("version",),
        "withdrawn": ("withdrawn",),
    }
    needed = tuple(frozenset({meaning}) for meaning in ("family", "assignees", "symbols"))

    def publication(self, line: int, cell: Cell) -> Publication | Row:
        """One row: a family, or one of the publications of a family that has several rows."""
        withdrawn = cell("withdrawn").lower()
        version = cell("version")
        problem = _problem(cell, version, withdrawn)
        if problem is not None:
            return Row(line, problem=problem)
        symbols, odd_symbols = clean_symbols(_BETWEEN_SYMBOLS.split(cell("symbols")))
        assignees, odd_names = clean_assignees(cell("assignees").split("|"))
        numbers = (publication_number(number) for number in cell("numbers").split("|"))
        return Publication(
            line=line,
            family=cell("family"),
            numbers=tuple(number for number in numbers if number),
            assignees=assignees,
            symbols=symbols,
            filed_on=parse_date(cell("filed_on")),
            dated_on=parse_date(cell("published_on")) or parse_date(cell("filed_on")),
            version=int(version) if version else None,
            withdrawn=withdrawn in _WITHDRAWN,
            left_out=odd_symbols + odd_names,
        )


def _problem(cell: Cell, version: str, withdrawn: str) -> str | None:
    """Why a row cannot be taken, or null."""
    if not cell("family"):
        return "has no family or patent id"
    if version and not (version.isascii() and version.isdigit() and int(version) <= VERSION_MAX):
        return f"version: expected a whole number up to 2^63 - 1, got {version!r}"
    if withdrawn not in _WITHDRAWN | _NOT_WITHDRAWN:
        return f"withdrawn: expected true or false, got {withdrawn!r}"
    for meaning in ("filed_on", "published_on"):
        if cell(meaning) and parse_date(cell(meaning)) is None:
            return f"{meaning}: expected a day such as 2024-05-01, got {cell(meaning)!r}"
    return None
