"""Lists to screen: CSV in any encoding, the first sheet of an Excel workbook, or one name a line."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

from giants.screening.errors import TooManyRowsError
from giants.sources.files import Input
from giants.sources.tables import COLUMNS_MAX, DELIMITERS
from giants.sources.workbook import is_workbook, sheet_rows

LINE_BYTES_MAX: Final = 1_000_000
ROWS_MAX: Final = 1_000_000
# A file that is smaller has no more rows than that: a row takes two bytes at least.
_BYTES_OF_MANY_ROWS: Final = 2 * ROWS_MAX
SAMPLE_ROWS: Final = 50
_ENCODINGS: Final = ("utf-8", "gb18030")
# A comma before a legal form belongs to a name: "Star Optics Co., Ltd.".
_LEGAL_FORM: Final = re.compile(r",\s*(?=(?:ltd|limited|inc|llc|corp|gmbh|s\.?a|plc)\b)", re.IGNORECASE)
_FORM_ALONE: Final = re.compile(r"(?:ltd|limited|inc|llc|corp|gmbh|s\.?a|plc)\b[.\s]*$", re.IGNORECASE)
# Stands in no list; what would part columns does not.
_ONE_COLUMN: Final = "\x1f"
_PACKED: Final = frozenset({".xlsx", ".gz", ".zip", ".bz2", ".xz", ".zst"})
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row of a list: the line that it begins on, its cells, and what was wrong with reading it."""

    line: int
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class InputTable:
    """A list: its first rows, to tell its columns by, and all rows including those."""

    sample: tuple[InputRow, ...]
    rows: Iterator[InputRow]


def read_list(source: Input) -> InputTable:
    """The rows of a list, read as they are asked for. Raises `UnreadableFileError` for a damaged workbook."""
    return _table(_sheet(source) if is_workbook(source) else _text(source.stream, source.head))


def refuse_too_many(file: Path) -> None:
    """Count the rows of a large file, so that one of too many is refused before any is screened.

    What cannot be read twice (standard input) is refused at the row that is too many. Raises
    `TooManyRowsError`, and `UnreadableFileError` for a damaged workbook.
    """
    if file.is_file() and (file.stat().st_size > _BYTES_OF_MANY_ROWS or file.suffix.lower() in _PACKED):
        with Input(file) as source:
            deque(read_list(source).rows, maxlen=0)


def read_text(text: str) -> InputTable:
    """The rows of a list that was pasted."""
    raw = text.encode()
    return _table(_text(io.BytesIO(raw), raw))


def _table(rows: Iterator[InputRow]) -> InputTable:
    rows = _bounded(rows)
    sample = tuple(islice(rows, SAMPLE_ROWS))
    return InputTable(sample, chain(sample, rows))


def _bounded(rows: Iterator[InputRow]) -> Iterator[InputRow]:
    for number, row in enumerate(rows):
        if number > ROWS_MAX:  # one more than that, for a heading
            raise TooManyRowsError(ROWS_MAX)
        yield row


def _sheet(source: Input) -> Iterator[InputRow]:
    for row in sheet_rows(source.name, source.seekable()):
        if row.sheet_number > 1:
            return
        cells = [cell or "" for cell in row.cells]
        if any(cells):
            yield InputRow(row.line, cells)


def _text(stream: IO[bytes], head: bytes) -> Iterator[InputRow]:
    """The rows of delimited text; a line that is in another encoding than the rest is read in its own."""
    lines = _Lines(_utf16(stream) if head.startswith(_UTF16_MARKS) else _decoded(stream))
    first = next(lines, None)
    if first is None:
        return
    said = first[4:5] if first.lower().startswith("sep=") else ""
    if said:
        first = next(lines, "")
    delimiter = said if said in DELIMITERS else _delimiter(first)
    line, width = lines.number, 0
    reader = csv.reader(chain((first,), lines), delimiter=delimiter)
    while True:
        lines.problem = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield InputRow(line, [], f"is no row of a table: {error}")
            line = lines.number + 1
            continue
        cells = [cell.strip() for cell in cells[:COLUMNS_MAX]]
        width = width or len(cells)
        if len(cells) > width > 1:
            cells = _rejoined(cells, width)
        if any(cells) or lines.problem:
            yield InputRow(line, cells, lines.problem)
        line = lines.number + 1


def _rejoined(cells: list[str], width: int) -> list[str]:
    """A row that is too long, with legal forms put back behind the names that a comma parted them from."""
    joined: list[str] = []
    left = len(cells) - width
    for cell in cells:
        if left and joined and _FORM_ALONE.match(cell):
            joined[-1] = f"{joined[-1]}, {cell}"
            left -= 1
        else:
            joined.append(cell)
    return joined


def _delimiter(first: str) -> str:
    """What parts the columns; where the first line has one cell, all lines are names that may hold commas."""
    counted = _LEGAL_FORM.sub("", first)
    found = max(DELIMITERS, key=counted.count)
    return found if found in counted else _ONE_COLUMN


class _Lines:
    """Lines of text with their number, and what was wrong with one since it was last looked at."""

    def __init__(self, lines: Iterator[tuple[str, str | None]]) -> None:
        self._lines = lines
        self.number = 0
        self.problem: str | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        text, problem = next(self._lines)
        self.number += 1
        self.problem = self.problem or problem
        return text.removeprefix("\ufeff") if self.number == 1 else text


def _decoded(stream: IO[bytes]) -> Iterator[tuple[str, str | None]]:
    while raw := stream.readline(LINE_BYTES_MAX):
        if len(raw) == LINE_BYTES_MAX and not raw.endswith(b"\n"):
            _skip_line(stream)
            yield "\n", f"has more than {LINE_BYTES_MAX:,} bytes"
            continue
        yield _decode(raw)


def _skip_line(stream: IO[bytes]) -> None:
    while (rest := stream.readline(LINE_BYTES_MAX)) and not rest.endswith(b"\n"):
        pass


def _decode(raw: bytes) -> tuple[str, str | None]:
    # A zero byte is no text in any of these encodings, and the reader of tables refuses it.
    cleaned = raw.replace(b"\0", b"")
    for encoding in _ENCODINGS:
        try:
            return cleaned.decode(encoding), None
        except UnicodeDecodeError:
            continue
    return cleaned.decode("utf-8", "replace"), "is neither UTF-8 nor GB 18030"


def _utf16(stream: IO[bytes]) -> Iterator[tuple[str, str | None]]:
    text = codecs.getreader("utf-16")(stream, "replace")
    return ((line[:LINE_BYTES_MAX], None) for line in text)
