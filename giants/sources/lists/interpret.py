"""From lines and rows in reading order to listings: which columns a table has and what its rows say."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from giants.sources.base import PREVIEWED_ROWS_MAX, SEEN_ROWS_MAX, Column, Context
from giants.sources.errors import TooManyRowsError
from giants.sources.lists.grid import ROWS_MAX, Cells, Item, Text, Unread
from giants.sources.lists.headings import (
    COMPANY_ENDING,
    GUESSED_FROM_ROWS,
    Layout,
    Meaning,
    guessed_layout,
    is_heading_of_names,
    layout_of,
    unknown_heading,
)
from giants.sources.lists.listing import Document, Problem, low_confidence
from giants.sources.lists.name_reading import closes
from giants.sources.lists.preview import Preview
from giants.sources.lists.rows import Rows
from giants.sources.lists.sections import Sections, is_signature, names_another_programme, region_heading
from giants.sources.lists.text_rows import LINES_LAYOUT, is_stray_row, lone_name, numbered_rows
from giants.sources.lists.titles import mentions, plain
from giants.sources.text import clean_cell

# Lines above the heading of a table, such as （排名不分先后）.
TITLE_ROWS_MAX = 3

_SUMS = frozenset({"合计", "总计", "共计", "小计"})
# Merged cells: those of regions come out empty in every format, the others only where merging is known.
_CARRIED_WHERE_EMPTY = frozenset({Meaning.REGION, Meaning.CITY})
_CARRIED_WHERE_MERGED = frozenset({Meaning.BATCH, Meaning.RESULT, Meaning.REASON})

# Rows of a table that say something of the list and name no company, however many cells they fill.
_FOOT_NOTE = re.compile(
    r"(?:注|备注|说明|附注)\s*\d*\s*[:：.、]|联系人|联系电话|[(（]?(?:盖章|公章|签章)|填表|填报|制表|审核人|以下空白|以上(?:企业|名单|排名)"
)


class Interpreter:
    """Reads a document item by item; afterwards `document` holds what was understood."""

    def __init__(self, name: str, context: Context, accepted: Collection[str] = frozenset()) -> None:
        self.document = Document()
        self._understanding = context.understanding
        self._accepted = accepted
        self._confidence_min = context.options.ocr_confidence_min
        self._sections = Sections(self.document, context.kind)
        self._taker = Rows(self.document, self._sections, context.kind, self._confidence_min)
        rows_max = PREVIEWED_ROWS_MAX if context.options.with_pictures else SEEN_ROWS_MAX
        self._preview = Preview(name, rows_max)
        # Names on lines of their own, one after the other.
        self._lone: list[Cells] = []
        self._layout: Layout | None = None
        self._table = 0
        self._waiting: list[Cells] = []
        self._carried: dict[int, str] = {}
        self._rows = 0

    def read(self, items: Iterable[Item]) -> Document:
        """Read all items; raises `TooManyRowsError`."""
        for item in items:
            if isinstance(item, Text):
                self._text(item)
            elif isinstance(item, Unread):
                self.document.problems.append(Problem(item.line, item.reason, of_any_authority=True))
            else:
                self._settle_lone()
                self._row(item)
        self._settle_lone()
        self._settle()
        self._sections.close_region()
        self.document.divide(self._accepted, self._confidence_min)
        self._understanding.seen += self._preview.rows(self.document)
        return self.document

    def _text(self, item: Text) -> None:
        if (row := lone_name(item)) is not None:
            self._settle()
            self._lone.append(row)
            return
        self._settle_lone()
        self._settle()
        if rows := numbered_rows(item):
            for row in rows:
                self._count_row()
                self._data(row, LINES_LAYOUT)
            return
        if is_stray_row(item.text):
            self._propose(item.line, item.text, "stands outside of any table")
        self._doubt_heading(item)
        self._sections.text(item.line, item.text)

    def _doubt_heading(self, item: Text) -> None:
        """A heading that was read badly may name another batch: it is followed, and proves nothing."""
        if item.confidence is None or item.confidence >= self._confidence_min or not mentions(item.text):
            return
        doubt = low_confidence(item.confidence, self._confidence_min)
        reason = f"the heading {clean_cell(item.text)!r} {doubt}"
        self.document.problems.append(Problem(item.line, reason, of_any_authority=True))

    def _settle_lone(self) -> None:
        """Take names on lines of their own where several stand together; one alone may be any company."""
        lone, self._lone = self._lone, []
        for row in lone:
            self._count_row()
            if len(lone) > 1:
                self._data(row, LINES_LAYOUT)
            elif self.document.signed_on is None:
                self._propose(row.line, row.cells[1] or "", "stands alone on a line, outside of any table")
            else:
                # Below the signature stand the makers of the page and those who print the notice.
                self.document.notes.append((row.line, f"{row.cells[1]} stands alone on a line: passed over"))

    def _propose(self, line: int, text: str, reason: str) -> None:
        reason = f"proposed, not taken: {clean_cell(text)!r} {reason}"
        self.document.problems.append(Problem(line, reason, proposed=True))

    def _count_row(self) -> None:
        self._rows += 1
        if self._rows > ROWS_MAX:
            raise TooManyRowsError

    def _row(self, row: Cells) -> None:
        self._count_row()
        filled = [(index, cell) for index, cell in enumerate(row.cells) if cell and cell.strip()]
        if not filled:
            return
        if row.table != self._table:
            self._begin_table(row)
        layout = layout_of(row.cells)
        if layout is not None:
            self._settle()
            self._use(layout, row.place)
        elif _FOOT_NOTE.match(filled[0][1].strip()) or (len(filled) == 1 and self._is_heading(*filled[0])):
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
        if is_signature(text) or names_another_programme(text):
            return True
        if self._layout is None or COMPANY_ENDING.search(plain(text)) or plain(text).isdigit():
            return False
        return self._layout.meaning_at(index) not in {Meaning.NAME, Meaning.OLD_NAME, Meaning.NEW_NAME}

    def _settle(self) -> None:
        """Guess the columns of rows that came without a heading."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        layout = guessed_layout([row.cells for row in waiting])
        heading = None if layout is None else unknown_heading(waiting[0].cells, layout)
        if layout is None or heading is not None:
            if _is_title(waiting):
                return
            first = waiting[0]
            seen = f", with the heading {heading!r}" if heading else ""
            self.document.notes.append(
                (first.line, f"{first.place}: a table without company names{seen} is passed over")
            )
            for row in waiting:
                if any(closes(cell) for cell in row.cells if cell):
                    text = " | ".join(cell for cell in row.cells if cell)
                    self._propose(row.line, text, "stands in a table that is not understood")
            return
        self._use(layout, waiting[0].place)
        for row in waiting[is_heading_of_names(waiting[0].cells, layout) :]:
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
        self._preview.keep(row)
        for block in layout.blocks:
            cells = {meaning: self._cell(row.cells, index, meaning) for meaning, index in block.items()}
            own = cells.keys() - _CARRIED_WHERE_EMPTY - _CARRIED_WHERE_MERGED
            if not any(cells[meaning].strip() for meaning in own):
                continue
            if any(plain(cell) in _SUMS for cell in cells.values()):
                continue
            confidence = _confidence(row, block)
            self._taker.take(row.line, cells, side_by_side=len(layout.blocks) > 1, confidence=confidence)

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


def _confidence(row: Cells, block: Mapping[Meaning, int]) -> float | None:
    """How certain text recognition is of what a row says, its number aside; null for printed text."""
    if row.confidences is None:
        return None
    indices = [index for meaning, index in block.items() if meaning is not Meaning.SEQ]
    return min((row.confidences[index] for index in indices if index < len(row.confidences)), default=None)


def _is_title(rows: Sequence[Cells]) -> bool:
    """Whether rows above a heading fill one cell of several each: lines of the title, and no table."""
    return len(rows) <= TITLE_ROWS_MAX and all(
        len(row.cells) > 1
        and sum(bool(cell and cell.strip()) for cell in row.cells) == 1
        and not any(cell and closes(cell) for cell in row.cells)
        for row in rows
    )
