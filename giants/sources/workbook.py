"""Excel workbooks (.xlsx), read row by row; archives and XML that only an attacker makes are refused."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO
from zipfile import BadZipFile

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from giants.sources.errors import TooLargeError, UnreadableFileError
from giants.sources.files import CHUNK_BYTES, ZIP_MAGIC, Input, open_zip, zip_member

# Unpacked. The texts of a workbook are held in memory, at a few times their size.
WORKBOOK_BYTES_MAX = 256_000_000
SHEETS_MAX = 100
SHEET_ROWS_MAX = 1_048_576
SHEET_COLUMNS_MAX = 500

_CONTENT = "xl/workbook.xml"
DAMAGES = (
    BadZipFile,
    InvalidFileException,
    etree.XMLSyntaxError,
    SyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    EOFError,
    OSError,
)
_FORMULA = re.compile(rb"<f[\s>]")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet: its number from 1, and its cells as text (null where empty)."""

    sheet: str
    sheet_number: int
    line: int
    cells: tuple[str | None, ...]


def is_workbook(source: Input) -> bool:
    """Whether the file is a zip archive with a workbook in it."""
    return holds_member(source, _CONTENT, ".xlsx")


def holds_member(source: Input, member: str, suffix: str) -> bool:
    """Whether the file is a zip archive with this member; a damaged archive is told by its ending."""
    if source.is_folder or not source.head.startswith(ZIP_MAGIC):
        return False
    try:
        with open_zip(source.name, source.seekable(), WORKBOOK_BYTES_MAX * 4) as archive:
            return member in archive.namelist()
    except UnreadableFileError:
        # What is wrong is said when it is read.
        return source.suffix == suffix


def sheet_rows(name: str, file: IO[bytes]) -> Iterator[SheetRow]:
    """The rows of all visible sheets in order; raises `UnreadableFileError`.

    A formula whose result was not stored, as programs that write workbooks leave it, is given as its text.
    """
    has_formulas = scan_archive(name, file)
    file.seek(0)
    try:
        yield from _rows(name, file, has_formulas=has_formulas)
    except DAMAGES as error:
        raise UnreadableFileError(name, f"the workbook is damaged: {type(error).__name__}: {error}") from None


def scan_archive(name: str, file: IO[bytes]) -> bool:
    """Whether a sheet of an Office file holds formulas; hostile archives and XML are refused on the way."""
    has_formulas = False
    with open_zip(name, file, WORKBOOK_BYTES_MAX) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels")):
                with zip_member(name, archive, member) as part:
                    has_formulas |= _scan_part(name, part) and "/worksheets/" in member.filename
    return has_formulas


def _scan_part(name: str, part: IO[bytes]) -> bool:
    """Whether XML holds formulas. A document type, which can declare entities without end, is refused."""
    before = b""
    has_formulas = False
    while chunk := part.read(CHUNK_BYTES):
        if not before and chunk.startswith(_UTF16_MARKS):
            raise UnreadableFileError(name, "the file holds XML in UTF-16, which no program writes")
        if b"<!DOCTYPE" in before + chunk or b"<!ENTITY" in before + chunk:
            raise UnreadableFileError(
                name, "the file holds XML with a document type, which no program writes"
            )
        has_formulas |= _FORMULA.search(before + chunk) is not None
        before = chunk[-16:]
    return has_formulas


def _rows(name: str, file: IO[bytes], *, has_formulas: bool) -> Iterator[SheetRow]:
    with ExitStack() as stack:
        workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        stack.callback(workbook.close)
        formulas = load_workbook(file, read_only=True, keep_links=False) if has_formulas else workbook
        stack.callback(formulas.close)
        if len(workbook.worksheets) > SHEETS_MAX:
            raise TooLargeError(name, "the number of sheets", SHEETS_MAX)
        sheets = zip(workbook.worksheets, formulas.worksheets, strict=True)
        for number, (sheet, formula_sheet) in enumerate(sheets, start=1):
            if sheet.sheet_state != "visible" or not isinstance(sheet, ReadOnlyWorksheet):
                continue
            # The size that a sheet states may be wrong; without it rows come as they are.
            sheet.reset_dimensions()
            rows: Iterable[Sequence[object]] = sheet.values
            if formulas is not workbook and isinstance(formula_sheet, ReadOnlyWorksheet):
                formula_sheet.reset_dimensions()
                rows = map(_with_formulas, sheet.values, formula_sheet.values)
            yield from _sheet(name, sheet.title, rows, number)


def _with_formulas(values: Sequence[object], formulas: Sequence[object]) -> Sequence[object]:
    return [
        formula if value is None and isinstance(formula, str) and formula.startswith("=") else value
        for value, formula in zip(values, formulas, strict=True)
    ]


def _sheet(name: str, title: str, rows: Iterable[Sequence[object]], number: int) -> Iterator[SheetRow]:
    for line, values in enumerate(rows, start=1):
        if line > SHEET_ROWS_MAX:
            raise TooLargeError(name, f"the number of rows of {title}", SHEET_ROWS_MAX)
        if any(value is not None for value in values):
            cells = tuple(None if value is None else cell_text(value) for value in values[:SHEET_COLUMNS_MAX])
            yield SheetRow(title, number, line, cells)


def cell_text(value: object) -> str:
    """A cell as a person reads it: whole numbers without a point, days as ISO 8601."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
