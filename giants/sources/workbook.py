"""Excel workbooks (.xlsx), read row by row; archives and XML that only an attacker makes are refused."""

from collections.abc import Iterator
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
_DAMAGES = (
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
    if source.is_folder or not source.head.startswith(ZIP_MAGIC):
        return False
    try:
        with open_zip(source.name, source.seekable(), WORKBOOK_BYTES_MAX * 4) as archive:
            return _CONTENT in archive.namelist()
    except UnreadableFileError:
        # What is wrong is said when it is read.
        return source.suffix == ".xlsx"


def sheet_rows(name: str, file: IO[bytes]) -> Iterator[SheetRow]:
    """The rows of all visible sheets in order; raises `UnreadableFileError`."""
    _refuse_hostile_xml(name, file)
    file.seek(0)
    try:
        yield from _rows(name, file)
    except _DAMAGES as error:
        raise UnreadableFileError(name, f"the workbook is damaged: {type(error).__name__}: {error}") from None


def _refuse_hostile_xml(name: str, file: IO[bytes]) -> None:
    """Workbooks need no document type; entities that grow without end are declared in one."""
    with open_zip(name, file, WORKBOOK_BYTES_MAX) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels")):
                with zip_member(name, archive, member) as part:
                    _refuse_document_type(name, part)


def _refuse_document_type(name: str, part: IO[bytes]) -> None:
    before = b""
    while chunk := part.read(CHUNK_BYTES):
        if not before and chunk.startswith(_UTF16_MARKS):
            raise UnreadableFileError(name, "the workbook holds XML in UTF-16, which no program writes")
        if b"<!DOCTYPE" in before + chunk or b"<!ENTITY" in before + chunk:
            raise UnreadableFileError(
                name, "the workbook holds XML with a document type, which no program writes"
            )
        before = chunk[-16:]


def _rows(name: str, file: IO[bytes]) -> Iterator[SheetRow]:
    workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        if len(workbook.worksheets) > SHEETS_MAX:
            raise TooLargeError(name, "the number of sheets", SHEETS_MAX)
        for number, sheet in enumerate(workbook.worksheets, start=1):
            if sheet.sheet_state != "visible" or not isinstance(sheet, ReadOnlyWorksheet):
                continue
            # The size that a sheet states may be wrong; without it rows come as they are.
            sheet.reset_dimensions()
            yield from _sheet(name, sheet, number)
    finally:
        workbook.close()


def _sheet(name: str, sheet: ReadOnlyWorksheet, number: int) -> Iterator[SheetRow]:
    for line, values in enumerate(sheet.values, start=1):
        if line > SHEET_ROWS_MAX:
            raise TooLargeError(name, f"the number of rows of {sheet.title}", SHEET_ROWS_MAX)
        if any(value is not None for value in values):
            cells = tuple(None if value is None else _text(value) for value in values[:SHEET_COLUMNS_MAX])
            yield SheetRow(sheet.title, number, line, cells)


def _text(value: object) -> str:
    """A cell as a person reads it: whole numbers without a point, days as ISO 8601."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
