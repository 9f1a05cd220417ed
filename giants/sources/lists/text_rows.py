"""Companies that stand on lines of their own, outside of tables."""

import re

from giants.domain.regions import parse_region
from giants.sources.lists.grid import Cells, Text
from giants.sources.lists.headings import Layout, Meaning
from giants.sources.lists.name_reading import closes, ends, read_name
from giants.sources.text import clean_cell

LINES_LAYOUT = Layout(({Meaning.SEQ: 0, Meaning.NAME: 1},), ("", ""))
# Numbers of such rows where a table has its number.
TABLE_OF_LINES = -1
LINE_CHARACTERS_MAX = 2_000

_NUMBERED = re.compile(r"(\d{1,5})\s*[.．、)）]\s*(\S.{3,})")
_NEXT_NUMBER = re.compile(r"[\s；;，,]+(?=\d{1,5}\s*[.．、)）]\s*\D)|(?<=公司)(?=\d{1,5}\s*[.．、)）]\s*\D)")
_SENTENCE = re.compile(r"[。！？!?：:]")


def numbered_rows(item: Text) -> tuple[Cells, ...]:
    """The rows of a line that numbers companies ("1.甲有限公司 2.乙有限公司"); none for any other line."""
    text = clean_cell(item.text[:LINE_CHARACTERS_MAX])
    matches = [_NUMBERED.fullmatch(piece.strip("；;，, ")) for piece in _NEXT_NUMBER.split(text)]
    rows = [match.groups() for match in matches if match is not None and _is_company(match.group(2))]
    if len(rows) < len(matches):
        return ()
    return tuple(Cells(item.line, row, TABLE_OF_LINES, "the text") for row in rows)


def lone_name(item: Text) -> Cells | None:
    """A line that is the name of one company and nothing else, as a row; null for any other line."""
    text = clean_cell(item.text[:LINE_CHARACTERS_MAX])
    if _SENTENCE.search(text) or not _is_company(text, only_closed=True):
        return None
    return Cells(item.line, ("", text), TABLE_OF_LINES, "the text")


def is_stray_row(text: str) -> bool:
    """Whether a line looks like a row of a table that no rule encloses: "24 杭州市 甲有限公司"."""
    text = clean_cell(text[:LINE_CHARACTERS_MAX])
    cells = text.split()
    if len(cells) < 2 or _SENTENCE.search(text) or not any(map(closes, cells)):
        return False
    return cells[0].isdigit() or all(closes(cell) or parse_region(cell) is not None for cell in cells)


def _is_company(text: str, *, only_closed: bool = False) -> bool:
    if _SENTENCE.search(text.replace("原名：", "").replace("曾用名：", "")):
        return False
    try:
        reading = read_name(text)
    except ValueError:
        return False
    if only_closed:
        return reading.doubt is None and closes(reading.name)
    return ends(reading.name) or "有限公司" in reading.name
