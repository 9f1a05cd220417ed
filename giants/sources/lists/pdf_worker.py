"""The process that reads a PDF: the file on standard input, its lines and rows as JSON on standard output.

PDF readers unpack streams without a limit and may be kept busy for ever. So a file is read in a process of
its own, which limits its memory and processor time before it looks at the first byte.
"""

import io
import resource
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import pdfplumber
from pdfplumber.page import Page

from giants.sources.lists.headings import COMPANY_ENDING, meaning_of
from giants.sources.lists.pdf import MEMORY_BYTES_MAX, PAGES_MAX, PROCESSOR_SECONDS_MAX

# Points; lower rows hold no text.
ROW_HEIGHT_MIN = 6

# One line of output: what it is ("text" or "cells"), the page, the table on that page (from 1), the content.
Output = dict[str, Any]


def page_items(page: Page) -> Iterator[Output]:
    """Lines and table rows of a page from top to bottom."""
    # Bold type is made by printing a character twice, a hair apart.
    page = page.dedupe_chars()
    tables = _tables(page)
    lines = [line for line in page.extract_text_lines(return_chars=False) if not _is_inside(line, tables)]
    parts = [(line["top"], 0, line["text"]) for line in lines]
    parts += [(table.bbox[1], number, "") for number, table in enumerate(tables, start=1)]
    open_row: list[str] = []
    for _, number, text in sorted(parts):
        if number:
            for row in tables[number - 1].extract():
                yield {"cells": row, "table": number}
            continue
        cells = _as_row(text, open_row) if not tables else None
        if cells is None:
            yield {"text": text}
        else:
            open_row = cells
            yield {"cells": cells, "table": 1}


def _tables(page: Page) -> list[Any]:
    """The ruled tables of a page; a table that goes over from the page before may lack its outer rule.

    Its vertical rules show how far it reaches: the row beyond the last rule would be lost otherwise.
    """
    tables = page.find_tables()
    ends: set[float] = set()
    for table in tables:
        left, top, right, bottom = table.bbox
        sides = [edge for edge in page.vertical_edges if left - 1 <= edge["x0"] <= right + 1]
        crossing = [edge for edge in sides if edge["top"] < bottom and edge["bottom"] > top]
        ends.update(edge["top"] for edge in crossing if edge["top"] < top - ROW_HEIGHT_MIN)
        ends.update(edge["bottom"] for edge in crossing if edge["bottom"] > bottom + ROW_HEIGHT_MIN)
    if not ends:
        return tables
    return page.find_tables({"explicit_horizontal_lines": sorted(ends)})


def _is_inside(line: dict[str, Any], tables: list[Any]) -> bool:
    middle = (line["top"] + line["bottom"]) / 2
    return any(
        table.bbox[1] <= middle <= table.bbox[3] and line["x0"] < table.bbox[2] and line["x1"] > table.bbox[0]
        for table in tables
    )


def _as_row(text: str, above: list[str]) -> list[str] | None:
    """A line of a table that is printed without rules, as cells; null where it is no row.

    Rows begin with a number, headings consist of headings, and what a name lacks stands alone below it.
    """
    cells = text.split()
    if len(cells) > 1 and (cells[0].isdigit() or all(meaning_of(cell) is not None for cell in cells)):
        return cells
    if len(cells) == 1 and above and not COMPANY_ENDING.search(above[-1]) and COMPANY_ENDING.search(cells[0]):
        return [""] * (len(above) - 1) + cells
    return None


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS_MAX, PROCESSOR_SECONDS_MAX))
    out = sys.stdout.buffer
    with pdfplumber.open(io.BytesIO(sys.stdin.buffer.read())) as document:
        for number, page in enumerate(document.pages, start=1):
            if number > PAGES_MAX:
                out.write(orjson.dumps({"error": f"has more than {PAGES_MAX:,} pages"}) + b"\n")
                return
            for item in page_items(page):
                out.write(orjson.dumps({**item, "page": number}) + b"\n")
            page.close()
    out.write(orjson.dumps({"end": True}) + b"\n")


if __name__ == "__main__":
    _main()
