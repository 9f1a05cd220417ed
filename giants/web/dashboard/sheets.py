"""Tables of pages as files: CSV that Excel opens rightly, and Excel."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell

from giants.screening.writing import CELL_CHARACTERS_MAX, harmless

SHEET_TITLE_CHARACTERS_MAX: Final = 31
# A spreadsheet keeps fifteen digits of a number: longer ones are codes, and stay texts.
_DIGITS_MAX: Final = 15
_NUMBER: Final = re.compile(r"[+-]?(0|[1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]*)(\.[0-9]+)?")
_CODE: Final = re.compile(r"[0-9]{12,}")
_NOT_IN_SHEET_TITLES: Final = re.compile(r"[\[\]:*?/\\]")


class SheetFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """What browsers are told."""
        if self is SheetFormat.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet(form: SheetFormat, title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as a file of a format."""
    return _csv(headings, rows) if form is SheetFormat.CSV else _xlsx(title, headings, rows)


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """CSV with a mark of its encoding, without which Excel reads Chinese as nonsense."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(one) for one in headings])
    for row in rows:
        writer.writerow([_csv_cell(one) for one in row])
    return text.getvalue().encode("utf-8-sig")


def _csv_cell(text: str) -> str:
    if _is_number(text):
        return text.replace(",", "")
    # Excel would take a long code for a number and lose its last digits.
    return f'="{text}"' if _CODE.fullmatch(text) else harmless(text)


def _xlsx(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """An Excel workbook; cells are texts and numbers, never formulas."""
    book = Workbook(write_only=True)
    name = ILLEGAL_CHARACTERS_RE.sub("", _NOT_IN_SHEET_TITLES.sub(" ", title)).strip("' ")
    page = book.create_sheet(name[:SHEET_TITLE_CHARACTERS_MAX] or "Table")
    page.freeze_panes = "A2"

    def text_cell(text: str) -> Cell:
        cell = WriteOnlyCell(page, ILLEGAL_CHARACTERS_RE.sub("", text)[:CELL_CHARACTERS_MAX])
        cell.data_type = "s"
        return cell

    page.append([text_cell(one) for one in headings])
    for row in rows:
        page.append([float(one.replace(",", "")) if _is_number(one) else text_cell(one) for one in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) and sum(one.isdecimal() for one in text) <= _DIGITS_MAX
