"""The same list with columns appended: CSV that Excel opens rightly, Excel with the method, JSON lines."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import IO, Final, Protocol

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from giants.screening.errors import OutputTooLongError, ScreeningError
from giants.screening.rows import COLUMNS, ScreenedRow

SHEET_ROWS_MAX: Final = 1_048_576
CELL_CHARACTERS_MAX: Final = 32_767
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


class ListFormat(StrEnum):
    """How a screened list is written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


class ListWriter(Protocol):
    """Takes rows one after the other."""

    def write(self, row: ScreenedRow) -> None:
        """Add a row."""

    def close(self, method: Iterable[str]) -> None:
        """Finish; `method` are lines on how the list was made, where the format has a place for them."""


def format_of(path: Path) -> ListFormat:
    """The format that the ending of a file names. Raises `ScreeningError` for another ending."""
    ending = path.suffix.removeprefix(".").lower()
    try:
        return ListFormat(ending)
    except ValueError:
        known = ", ".join(f".{form.value}" for form in ListFormat)
        raise ScreeningError(f"got a file {path.name!r} to write, expected an ending of {known}") from None


def writer_of(form: ListFormat, file: IO[bytes], headings: Sequence[str]) -> ListWriter:
    """A writer of a format to a file that is open for bytes."""
    match form:
        case ListFormat.CSV:
            return CsvWriter(file, headings)
        case ListFormat.XLSX:
            return SheetWriter(file, headings)
        case ListFormat.JSONL:
            return LinesWriter(file, headings)


class CsvWriter:
    """CSV with a mark of its encoding, without which Excel reads Chinese as nonsense."""

    def __init__(self, file: IO[bytes], headings: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._width = len(headings)
        self._writer.writerow([*map(harmless, headings), *COLUMNS])

    def write(self, row: ScreenedRow) -> None:
        """Add a row; what a spreadsheet would take for a formula gets an apostrophe."""
        cells = padded(row.row.cells, self._width)
        self._writer.writerow([*map(harmless, cells), *("" if one is None else one for one in row.appended)])

    def close(self, method: Iterable[str]) -> None:
        """Finish; CSV has no place for the method."""
        self._text.flush()
        self._text.detach()


class SheetWriter:
    """An Excel workbook, row by row, with a second sheet that says how it was made."""

    def __init__(self, file: IO[bytes], headings: Sequence[str]) -> None:
        self._file = file
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("Screening")
        self._sheet.freeze_panes = "A2"
        self._width = len(headings)
        self._rows = 0
        self._append([*headings, *COLUMNS])

    def write(self, row: ScreenedRow) -> None:
        """Add a row; cells are texts and numbers, never formulas. Raises `OutputTooLongError`."""
        self._append([*padded(row.row.cells, self._width), *row.appended])

    def close(self, method: Iterable[str]) -> None:
        """Write the sheet on the method, and the file."""
        sheet = self._book.create_sheet("Caveats and method")
        for line in method:
            sheet.append([_text_cell(sheet, line)])
        self._book.save(self._file)

    def _append(self, cells: Sequence[str | float | None]) -> None:
        self._rows += 1
        if self._rows > SHEET_ROWS_MAX:
            raise OutputTooLongError(SHEET_ROWS_MAX)
        self._sheet.append(
            [_text_cell(self._sheet, cell) if isinstance(cell, str) else cell for cell in cells]
        )


class LinesWriter:
    """JSON lines: the row as it came, the columns, and all candidates with their features."""

    def __init__(self, file: IO[bytes], headings: Sequence[str]) -> None:
        self._file = file
        self._headings = headings

    def write(self, row: ScreenedRow) -> None:
        """Add a row."""
        cells = padded(row.row.cells, len(self._headings))
        document = {
            "line": row.row.line,
            "input": dict(zip(self._headings, cells, strict=False)),
            **dict(zip(COLUMNS, row.appended, strict=True)),
            "candidates": row.candidates,
        }
        self._file.write(orjson.dumps(document) + b"\n")

    def close(self, method: Iterable[str]) -> None:
        """Finish; each line says all there is."""


def padded(cells: Sequence[str], width: int) -> Iterator[str]:
    """A row of a width, so that appended columns stand under their headings.

    Short rows leave cells empty; what stands beyond the width goes into the last cell.
    """
    if len(cells) > width:
        yield from cells[: width - 1]
        yield "; ".join(cell for cell in cells[width - 1 :] if cell)
        return
    yield from cells
    yield from ("" for _ in range(width - len(cells)))


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay what they are."""
    if not cell.startswith(_FORMULA_SIGNS) or cell.lstrip("+-").replace(".", "", 1).isdecimal():
        return cell
    return f"'{cell}"


def as_text(value: object) -> str:
    """A value as a cell of CSV that no spreadsheet runs."""
    return "" if value is None else harmless(str(value))


def _text_cell(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:CELL_CHARACTERS_MAX])
    cell.data_type = "s"
    return cell


def method_of(counts: dict[str, int], answer: dict[str, object], today: date) -> list[str]:
    """How a list was made, line by line: thresholds, version, what each verdict means, caveats."""
    caveats = answer.get("caveats", ())
    lines = [
        f"Screened on {today.isoformat()} against China's Little Giants: {answer.get('version')}",
        f"match: one company scores {answer.get('threshold')} or more and no other comes near",
        f"review: the best score is between {answer.get('cutoff')} and {answer.get('threshold')}",
        "ambiguous: several companies score as high; none: nobody is shown; error: the row is no question",
        "A score is the product of features, each with what it compares; it is no probability.",
        "A match is an answer about a name, and no finding about a counterparty.",
        ", ".join(f"{verdict}: {count:,}" for verdict, count in sorted(counts.items())),
    ]
    if isinstance(caveats, Iterable):
        lines += [f"{one['code']}: {one['text']}" for one in caveats]
    return lines
