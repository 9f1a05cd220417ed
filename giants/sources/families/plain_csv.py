"""Plain tables of families: an id, assignees and symbols, several values in a cell (C-13).

Values are joined by `|` best; what else divides them is read by the rules of `families.division`.
"""

import re
from typing import ClassVar

from giants.domain.publications import publication_number
from giants.sources.base import Row
from giants.sources.families.days import is_day
from giants.sources.families.division import divided_names, divided_symbols
from giants.sources.families.publication import (
    Publication,
    clean_assignees,
    clean_symbols,
    in_doubt,
)
from giants.sources.families.tabular import Cell, FamilyTable
from schemas.base import VERSION_MAX

_WITHDRAWN = frozenset({"1", "true", "yes", "y", "是"})
_NOT_WITHDRAWN = frozenset({"", "0", "false", "no", "n", "否"})
_BETWEEN_NUMBERS = re.compile(r"[|;；,，、\s]+")


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
            "公开号",
            "公开（公告）号",
            "申请号",
        ),
        "assignees": (
            "assignee",
            "assignees",
            "applicant",
            "applicants",
            "company",
            "申请人",
            "专利权人",
            "申请（专利权）人",
            "当前权利人",
        ),
        "symbols": ("cpc", "cpc codes", "cpc symbols", "symbols", "CPC分类号", "CPC分类"),
        "filed_on": ("filed_on", "filed", "filing date", "application date", "申请日"),
        "published_on": ("published_on", "publication date", "公开日", "公开（公告）日", "授权公告日"),
        "numbers": ("publications", "publication numbers", "公开号", "公开（公告）号"),
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
        symbols, odd_symbols = clean_symbols(divided_symbols(cell("symbols")))
        names, doubtful = divided_names(cell("assignees"))
        assignees, odd_names = clean_assignees(names)
        numbers = (publication_number(number) for number in _BETWEEN_NUMBERS.split(cell("numbers")))
        return Publication(
            line=line,
            family=cell("family"),
            numbers=tuple(number for number in numbers if number),
            assignees=assignees,
            symbols=symbols,
            filed=cell("filed_on"),
            dated=(cell("published_on"), cell("filed_on")),
            version=int(version) if version else None,
            withdrawn=withdrawn in _WITHDRAWN,
            left_out=odd_symbols + odd_names + in_doubt(doubtful),
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
        if cell(meaning) and not is_day(cell(meaning)):
            return f"{meaning}: expected a day such as 2024-05-01, got {cell(meaning)!r}"
    return None
