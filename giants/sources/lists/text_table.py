"""Tables in plain text: Markdown, boxes drawn with pluses and bars, columns told apart by spaces."""

import re
from collections.abc import Iterator

from giants.sources.lists.grid import CELLS_OF_ROW_MAX, Cells
from giants.sources.lists.headings import meaning_of
from giants.sources.text import clean_cell

_RULE = re.compile(r"[\s|:+\-=─━┼┬┴├┤│┌┐└┘]+")
_BARS = re.compile(r"[|│┃]")
_MARKDOWN_HEADING = re.compile(r"^#{1,6}\s+")
_GAP = re.compile(r"\s{2,}|\t|　")


def barred_rows(text: str) -> Iterator[Cells]:
    """The rows of a table whose cells are told apart by bars; other lines are rows of one cell."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _RULE.fullmatch(line):
            continue
        if _BARS.search(line) is None:
            yield _row(number, [_MARKDOWN_HEADING.sub("", line)])
        else:
            inside = re.sub(r"^\s*[|│┃]|[|│┃]\s*$", "", line)
            yield _row(number, [cell.strip() for cell in _BARS.split(inside)])


def is_barred(text: str) -> bool:
    """Whether lines begin and end with bars, as those of Markdown and of drawn boxes do."""
    lines = [line.strip() for line in text.splitlines() if _BARS.search(line)]
    return len(lines) > 1 and all(_BARS.match(line[0]) and _BARS.match(line[-1]) for line in lines)


def spaced_rows(text: str) -> Iterator[Cells]:
    """The rows of a table whose cells are told apart by spaces; lines that are no rows have one cell."""
    for number, line in enumerate(text.splitlines(), start=1):
        yield _row(number, _spaced(line))


def is_spaced(text: str) -> bool:
    """Whether some line is a row of headings told apart by spaces."""
    return any(_are_headings(line.split()) for line in text.splitlines())


def _spaced(line: str) -> list[str]:
    words = line.split()
    if _are_headings(words) or (len(words) > 1 and words[0].isdigit()):
        wide = [clean_cell(cell) for cell in _GAP.split(line.strip())]
        return wide if len(wide) > 1 else words
    return [clean_cell(line)]


def _are_headings(words: list[str]) -> bool:
    return len(words) > 1 and all(meaning_of(word) is not None for word in words)


def _row(number: int, cells: list[str]) -> Cells:
    return Cells(number, tuple(cells[:CELLS_OF_ROW_MAX]), table=1, place="the table")
