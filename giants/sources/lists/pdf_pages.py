"""The pages of a PDF as lines and rows: from their text and rules, or from a picture of them."""

import io
from collections.abc import Iterator
from typing import Any

import pdfplumber
from pdfplumber.page import Page
from PIL import Image

from giants.sources.lists.page_process import Output
from giants.sources.lists.pictures import encoded
from giants.sources.lists.recognition import NotInstalledError
from giants.sources.lists.scans import page_of, scanned_items
from giants.sources.lists.unruled import as_row

# Points; lower rows hold no text.
ROW_HEIGHT_MIN = 6
# A page with less text, and with pictures over this part of it, is a scan: its text is the scanner's.
TEXT_CHARACTERS_MIN = 40
PICTURE_SHARE_MIN = 0.4
EMBEDDED_SHARE_MIN = 0.05
# Pages are drawn this fine, and large ones coarser.
SCAN_DPI = 220
PREVIEW_DPI = 90
SIDE_PIXELS_MAX = 3_400
_POINTS_PER_INCH = 72
SCANNED_PAGES_MAX = 200


def pdf_items(content: io.BytesIO, *, with_pictures: bool) -> Iterator[Output]:
    """The lines and rows of all pages, and the picture of each where asked for."""
    scanned = 0
    with pdfplumber.open(content) as document:
        for number, page in enumerate(document.pages, start=1):
            if is_scanned(page):
                scanned += 1
                yield from _scanned(page, number, scanned, with_pictures=with_pictures)
            else:
                for item in page_items(page):
                    yield {**item, "page": number}
                for picture in embedded_pictures(page):
                    scanned += 1
                    for item in _scanned(picture, number, scanned, with_pictures=False):
                        # Boxes are those of the picture, not of the page.
                        yield {name: value for name, value in item.items() if name != "box"}
                if with_pictures:
                    yield {"picture": encoded(_drawn(page, PREVIEW_DPI)), "page": number}
            page.close()


def _scanned(page: Page, number: int, scanned: int, *, with_pictures: bool) -> Iterator[Output]:
    if scanned > SCANNED_PAGES_MAX:
        yield {"unread": f"is a picture, and only {SCANNED_PAGES_MAX} are read", "page": number}
        return
    try:
        found = page_of(_drawn(page, SCAN_DPI))
    except NotInstalledError as error:
        yield {"unread": f"is a picture, {error}", "page": number}
        return
    yield from scanned_items(found, number, with_pictures=with_pictures)


def is_scanned(page: Page) -> bool:
    """Whether a page is a picture of a page, with no text of its own but what a scanner adds."""
    if len(page.chars) >= TEXT_CHARACTERS_MIN:
        return False
    covered = sum(abs(image["width"] * image["height"]) for image in page.images)
    return bool(covered >= PICTURE_SHARE_MIN * float(page.width) * float(page.height))


def embedded_pictures(page: Page) -> Iterator[Page]:
    """Parts of a page of text that are large pictures without text on them: a table may be in one."""
    whole = float(page.width) * float(page.height)
    for image in page.images:
        left, top = max(image["x0"], page.bbox[0]), max(image["top"], page.bbox[1])
        right, bottom = min(image["x1"], page.bbox[2]), min(image["bottom"], page.bbox[3])
        if right <= left or bottom <= top or (right - left) * (bottom - top) < EMBEDDED_SHARE_MIN * whole:
            continue
        part = page.crop((left, top, right, bottom))
        # With text on it, it is a background, or a scan that was read before.
        if len(part.chars) < TEXT_CHARACTERS_MIN:
            yield part


def _drawn(page: Page, dpi: int) -> Image.Image:
    """The page as it is seen."""
    side_points = max(float(page.width), float(page.height), 1.0)
    finest = SIDE_PIXELS_MAX * _POINTS_PER_INCH / side_points
    return page.to_image(resolution=min(dpi, finest)).original


def page_items(page: Page) -> Iterator[Output]:
    """Lines and table rows of a page from top to bottom."""
    # Bold type is made by printing a character twice, a hair apart.
    page = page.dedupe_chars()
    tables = _tables(page)
    lines = [line for line in page.extract_text_lines(return_chars=False) if not _is_inside(line, tables)]
    parts: list[tuple[float, int, dict[str, Any]]] = [(line["top"], 0, line) for line in lines]
    parts += [(table.bbox[1], number, {}) for number, table in enumerate(tables, start=1)]
    open_row: list[str] = []
    for _, number, line in sorted(parts, key=lambda part: part[:2]):
        if number:
            table = tables[number - 1]
            for row, cells in zip(table.rows, table.extract(), strict=True):
                yield {"cells": cells, "table": number, "box": _box(page, row.bbox)}
            continue
        text = line["text"]
        box = _box(page, (line["x0"], line["top"], line["x1"], line["bottom"]))
        cells = as_row(text, open_row) if not tables else None
        if cells is None:
            yield {"text": text, "box": box}
        else:
            open_row = cells
            yield {"cells": cells, "table": 1, "box": box}


def _box(page: Page, box: tuple[float, float, float, float]) -> list[float]:
    """A box as shares of the page."""
    left, top, right, bottom = page.bbox
    across, down = max(float(right - left), 1.0), max(float(bottom - top), 1.0)
    x0, y0, x1, y1 = box
    shares = ((x0 - left) / across, (y0 - top) / down, (x1 - left) / across, (y1 - top) / down)
    return [round(min(max(float(share), 0.0), 1.0), 4) for share in shares]


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
