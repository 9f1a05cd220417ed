"""From lines and rows in reading order to listings: which columns a table has and what its rows say."""

import re
from collections.abc import Iterable, Sequence

from giants.domain.names import normal_form
from giants.sources.base import Column, Kind, Understanding
from giants.sources.lists.grid import ROWS_MAX, Cells, Item, Text
from giants.sources.lists.headings import (
    COMPANY_ENDING,
    GUESSED_FROM_ROWS,
    Layout,
    Meaning,
    guessed_layout,
    layout_of,
)
from giants.sources.lists.listing import Document, ListedCompany, NameRow
from giants.sources.lists.sections import Sections, region_heading
from giants.sources.lists.titles import gave_up, mentions, plain
from giants.sources.text import clean_cell, clean_name, parse_date
from schemas.base import TEXT_CHARACTERS_MAX

SEQ_DIGITS_MAX = 6

_SUMS = frozenset({"合计", "总计", "共计", "小计"})
# Merged cells: those of regions come out empty in every format, the others only where merging is known.
_CARRIED_WHERE_EMPTY = frozenset({Meaning.REGION, Meaning.CITY})
_CARRIED_WHERE_MERGED = frozenset({Meaning.BATCH, Meaning.RESULT, Meaning.REASON})

Row = dict[Meaning, str]


# Lists without a table: "12、某某有限公司" on a line each.
_NUMBERED = re.compile(r"(\d{1,5})\s*[.．、)）]\s*(\S.{3,})")
_TABLE_OF_LINES = -1


class TooManyRowsError(Exception):
    """A document has more rows than any list."""


class Interpreter:
    """Reads a document item by item; afterwards `document` holds what was understood."""

    def __init__(self, kind: Kind, understanding: Understanding) -> None:
        self.document = Document()
        self._kind = kind
        self._understanding = understanding
        self._sections = Sections(self.document, kind)
        self._layout: Layout | None = None
        self._table = 0
        self._waiting: list[Cells] = []
        self._carried: dict[int, str] = {}
        self._rows = 0

    def read(self, items: Iterable[Item]) -> Document:
        """Read all items; raises `TooManyRowsError`."""
        for item in items:
            if isinstance(item, Text) and (row := _numbered_company(item)) is not None:
                self._row(row)
            elif isinstance(item, Text):
                self._settle()
                self._sections.text(item.line, item.text)
            else:
                self._row(item)
        self._settle()
        return self.document

    def _row(self, row: Cells) -> None:
        self._rows += 1
        if self._rows > ROWS_MAX:
            raise TooManyRowsError
        filled = [(index, cell) for index, cell in enumerate(row.cells) if cell and cell.strip()]
        if not filled:
            return
        if row.table != self._table:
            self._begin_table(row)
        layout = layout_of(row.cells)
        if layout is not None:
            self._settle()
            self._use(layout, row.place)
        elif len(filled) == 1 and self._is_heading(*filled[0]):
            self._settle()
            self._sections.text(row.line, filled[0][1])
        elif self._layout is not None:
            self._data(row, self._layout)
        else:
            self._waiting.append(row)
            if len(self._waiting) >= GUESSED_FROM_ROWS:
                self._settle()

    def _begin_table(self, row: Cells) -> None:
        """A table as wide as the one before, without a heading of its own, goes on with it, as over pages."""
        self._settle()
        self._table = row.table
        if self._layout is not None and len(row.cells) != self._layout.width:
            self._layout = None
            self._carried = {}

    def _is_heading(self, index: int, text: str) -> bool:
        """Whether a row with one filled cell is a heading inside the table, and not the rest of a name."""
        if mentions(text) or region_heading(text) is not None or plain(text).startswith("附件"):
            return True
        if self._layout is None or COMPANY_ENDING.search(plain(text)):
            return False
        return self._layout.meaning_at(index) not in {Meaning.NAME, Meaning.OLD_NAME, Meaning.NEW_NAME}

    def _settle(self) -> None:
        """Guess the columns of rows that came without a heading."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        layout = guessed_layout([row.cells for row in waiting])
        if layout is None:
            first = waiting[0]
            self.document.notes.append(
                (first.line, f"{first.place}: a table without company names is passed over")
            )
            return
        self._use(layout, waiting[0].place)
        for row in waiting:
            self._data(row, layout)

    def _use(self, layout: Layout, place: str) -> None:
        self._layout = layout
        self._carried = {}
        columns = [
            Column(place, clean_cell(heading) or f"(column {index + 1})", layout.meaning_at(index))
            for index, heading in enumerate(layout.headings)
        ]
        known = {(column.heading, column.meaning) for column in self._understanding.columns}
        if any((column.heading, column.meaning) not in known for column in columns):
            self._understanding.columns.extend(columns)

    def _data(self, row: Cells, layout: Layout) -> None:
        self._understanding.keep_row(tuple(clean_cell(cell or "") for cell in row.cells))
        for block in layout.blocks:
            cells = {meaning: self._cell(row.cells, index, meaning) for meaning, index in block.items()}
            own = cells.keys() - _CARRIED_WHERE_EMPTY - _CARRIED_WHERE_MERGED
            if not any(cells[meaning].strip() for meaning in own):
                continue
            if any(plain(cell) in _SUMS for cell in cells.values()):
                continue
            try:
                self._take(row.line, cells, side_by_side=len(layout.blocks) > 1)
            except ValueError as error:
                self.document.problems.append((row.line, f"the name {error}"))

    def _cell(self, cells: Sequence[str | None], index: int, meaning: Meaning) -> str:
        """A cell, or what the merged cell that covers it says."""
        cell = cells[index] if index < len(cells) else None
        covered = cell is None if meaning in _CARRIED_WHERE_MERGED else not (cell or "").strip()
        if meaning not in _CARRIED_WHERE_EMPTY | _CARRIED_WHERE_MERGED:
            return cell or ""
        if covered:
            return self._carried.get(index, "")
        text = clean_cell(cell or "")
        if meaning is Meaning.REGION and text != self._carried.get(index):
            # A new province: the city of the last row above is none of its own.
            self._carried = {}
        self._carried[index] = text
        return text

    def _take(self, line: int, cells: Row, *, side_by_side: bool) -> None:
        """One row, or one block of a row; raises `ValueError` for a name that is none."""
        if Meaning.OLD_NAME in cells and Meaning.NEW_NAME in cells:
            self._rename(line, cells)
            return
        name = clean_name(cells.get(Meaning.NAME, ""))
        if not normal_form(name):
            self.document.problems.append((line, "has no company name"))
        elif self._kind is Kind.NAMES:
            self._english(line, name, cells)
        else:
            self._company(line, name, cells, side_by_side=side_by_side)

    def _rename(self, line: int, cells: Row) -> None:
        old, new = clean_name(cells[Meaning.OLD_NAME]), clean_name(cells[Meaning.NEW_NAME])
        if not normal_form(old) or not normal_form(new):
            self.document.problems.append((line, "lacks the old or the new name"))
            return
        day = parse_date(clean_cell(cells.get(Meaning.EFFECTIVE_ON, "")))
        self.document.names.append(NameRow(line, new, old=old, effective_on=day))

    def _english(self, line: int, name: str, cells: Row) -> None:
        english = clean_name(cells.get(Meaning.NAME_EN, ""))
        if english:
            self.document.names.append(NameRow(line, name, english=english))
        else:
            self.document.problems.append((line, f"{name} has no English name"))

    def _company(self, line: int, name: str, cells: Row, *, side_by_side: bool) -> None:
        listing = self._sections.listing(self._sections.mention_of(cells), line)
        seq = plain(cells.get(Meaning.SEQ, ""))
        if Meaning.SEQ in cells and not seq and listing.continue_last(name):
            return
        own_region = clean_cell(cells.get(Meaning.REGION, "") + cells.get(Meaning.CITY, ""))
        remark = clean_cell(cells.get(Meaning.REASON, "") or cells.get(Meaning.RESULT, ""))
        company = ListedCompany(
            line=line,
            name=name,
            seq=int(seq) if seq.isascii() and seq.isdigit() and len(seq) <= SEQ_DIGITS_MAX else None,
            region=own_region or self._sections.region,
            name_en=clean_name(cells.get(Meaning.NAME_EN, "")) or None,
            uscc=plain(cells.get(Meaning.USCC, "")).upper() or None,
            remark=remark[:TEXT_CHARACTERS_MAX] or None,
            gave_up=gave_up(remark),
        )
        listing.side_by_side |= side_by_side
        listing.has_regions |= bool(company.region)
        first = listing.add(company)
        if first is not None:
            self.document.problems.append((line, f"{name} stands in the same list already, in line {first}"))


def _numbered_company(item: Text) -> Cells | None:
    """A line that numbers a company, as a row of number and name; null for any other line."""
    match = _NUMBERED.fullmatch(clean_cell(item.text))
    if match is None or not COMPANY_ENDING.search(plain(match.group(2))):
        return None
    return Cells(item.line, (match.group(1), match.group(2)), _TABLE_OF_LINES, "the text")
