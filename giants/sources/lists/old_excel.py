"""Lists as workbooks of older programs: .xls and .et (BIFF), and the XML that Excel wrote in 2003."""

import io
import struct
from collections.abc import Iterator
from typing import Literal

import xlrd
from lxml import etree
from xlrd.biffh import XLRDError
from xlrd.compdoc import CompDocError
from xlrd.sheet import Cell, Sheet

from giants.sources.base import Context
from giants.sources.errors import TooLargeError, UnreadableFileError
from giants.sources.files import Input
from giants.sources.lists.adapters import ListSource
from giants.sources.lists.grid import CELLS_OF_ROW_MAX, ROWS_MAX, Cells, Items, Text
from giants.sources.lists.ole import is_old_workbook
from giants.sources.workbook import DAMAGES, SHEETS_MAX, cell_text
from giants.sources.xml_text import parsed_xml

_DAMAGES = (*DAMAGES, XLRDError, CompDocError, struct.error, AssertionError)
_SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"


class ListXls(ListSource):
    """A list as a workbook of Excel 97 to 2003, or of WPS."""

    name = "list-xls"
    formats = "old Excel or WPS list (.xls, .et)"

    def sniff(self, source: Input) -> bool:
        """Whether the file is an OLE container with a workbook in it."""
        return is_old_workbook(source)

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The rows of all visible sheets."""
        try:
            # What the library thinks of a file goes nowhere: it would stand between the lines of a table.
            workbook = xlrd.open_workbook(
                file_contents=content, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
            )
        except _DAMAGES as error:
            raise UnreadableFileError(source.name, f"the workbook is damaged or protected: {error}") from None
        sheets = workbook.sheets()
        if len(sheets) > SHEETS_MAX:
            raise TooLargeError(source.name, "the number of sheets", SHEETS_MAX)
        for number, sheet in enumerate(sheets, start=1):
            if sheet.visibility == 0:
                yield Text(1, sheet.name)
                yield from _rows(sheet, number, workbook.datemode)


def _rows(sheet: Sheet, number: int, datemode: Literal[0, 1]) -> Items:
    covered = {
        (row, column)
        for top, bottom, left, right in sheet.merged_cells
        for row in range(top, min(bottom, sheet.nrows))
        for column in range(left, min(right, CELLS_OF_ROW_MAX))
        if (row, column) != (top, left)
    }
    for line in range(sheet.nrows):
        cells = tuple(
            None if (line, column) in covered else _cell(cell, datemode)
            for column, cell in enumerate(sheet.row(line)[:CELLS_OF_ROW_MAX])
        )
        if any(cells):
            yield Cells(line + 1, cells, number, f"sheet {sheet.name}")


def _cell(cell: Cell, datemode: Literal[0, 1]) -> str:
    if cell.ctype != xlrd.XL_CELL_DATE:
        return cell_text(cell.value)
    try:
        return cell_text(xlrd.xldate_as_datetime(float(cell.value), datemode))
    except (ValueError, OverflowError):
        return cell_text(cell.value)


class ListXml2003(ListSource):
    """A list as the XML of Excel 2003, which is often named .xls."""

    name = "list-xml-2003"
    formats = "XML of Excel 2003 (.xml, .xls)"

    def sniff(self, source: Input) -> bool:
        """Whether the file is XML with a workbook of 2003."""
        head = source.head[:4_000]
        return (
            head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") and _SPREADSHEET[1:-1].encode() in head
        )

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The rows of all visible sheets, with merged cells."""
        root = parsed_xml(source.name, content)
        for number, sheet in enumerate(root.iter(f"{_SPREADSHEET}Worksheet"), start=1):
            name = sheet.get(f"{_SPREADSHEET}Name") or str(number)
            if any(element.text != "SheetVisible" for element in sheet.iter("{*}Visible")):
                continue
            yield Text(_line(sheet), name)
            covered: dict[int, int] = {}
            for row in sheet.iter(f"{_SPREADSHEET}Row"):
                cells = tuple(_cells_2003(row, covered))
                if any(cells):
                    yield Cells(_line(row), cells, number, f"sheet {name}")


def _cells_2003(row: etree._Element, covered: dict[int, int]) -> Iterator[str | None]:
    """The cells of a row; `covered` counts for each column the rows that a cell above still covers."""
    cells: list[str | None] = []
    for cell in row.iter(f"{_SPREADSHEET}Cell"):
        at = _number(cell.get(f"{_SPREADSHEET}Index")) or 0
        while len(cells) < CELLS_OF_ROW_MAX and (len(cells) < at - 1 or covered.get(len(cells), 0) > 0):
            cells.append(_covered(covered, len(cells)))
        across, down = (_number(cell.get(f"{_SPREADSHEET}Merge{way}")) or 0 for way in ("Across", "Down"))
        data = cell.find(f"{_SPREADSHEET}Data")
        text = "" if data is None else "".join(map(str, data.itertext()))
        for offset in range(min(across + 1, CELLS_OF_ROW_MAX)):
            covered[len(cells)] = min(down, ROWS_MAX)
            cells.append(text if offset == 0 else None)
    while covered.get(len(cells), 0) > 0:
        cells.append(_covered(covered, len(cells)))
    yield from cells[:CELLS_OF_ROW_MAX]


def _covered(covered: dict[int, int], column: int) -> str | None:
    if covered.get(column, 0) <= 0:
        return ""
    covered[column] -= 1
    return None


def _line(element: etree._Element) -> int:
    line: object = element.sourceline
    return line if isinstance(line, int) else 1


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 8 else None
