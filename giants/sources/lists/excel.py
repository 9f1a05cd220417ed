"""Lists as Excel workbooks; each sheet is a table, and its name a heading where it says something."""

import io

from giants.sources.base import Context
from giants.sources.files import Input
from giants.sources.lists.adapters import ListSource
from giants.sources.lists.grid import CELLS_OF_ROW_MAX, Cells, Items, Text
from giants.sources.workbook import is_workbook, sheet_rows


class ListExcel(ListSource):
    """A list as .xlsx."""

    name = "list-excel"
    formats = "Excel list (.xlsx)"

    def sniff(self, source: Input) -> bool:
        """Whether the file is a workbook."""
        return is_workbook(source)

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The rows of all visible sheets."""
        sheet = 0
        for row in sheet_rows(source.name, io.BytesIO(content)):
            if row.sheet_number != sheet:
                sheet = row.sheet_number
                yield Text(row.line, row.sheet)
            yield Cells(row.line, row.cells[:CELLS_OF_ROW_MAX], sheet, f"sheet {row.sheet}")
