"""Tables of delimited text (CSV, TSV): streamed, with a sniffed delimiter and bounded records."""

import csv
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from giants.sources.base import Column, Context
from giants.sources.errors import UnreadableFileError
from giants.sources.files import Input
from giants.sources.text import RECORD_CHARACTERS_MAX, Lines, clean_cell, detect_encoding

DELIMITERS = (",", "\t", ";", "|")
COLUMNS_MAX = 2_000
# Of the headings that are named where others are wanted.
HEADINGS_SHOWN_MAX = 8
HEADING_CHARACTERS_MAX = 40
# Lines of one row of a table with a heading: cells of several lines have a few.
LINES_OF_ROW_MAX = 50

# The module's own limit (131,072) refuses real Lens rows; a record is bounded by `Lines` before that.
csv.field_size_limit(RECORD_CHARACTERS_MAX)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line that it begins on, and its cells."""

    line: int
    cells: list[str]
    remark: str | None = None


def first_record(source: Input) -> list[str]:
    """The cells of the first line of a file, for recognising it, even if the text is damaged further on."""
    try:
        encoding = detect_encoding(source.name, source.head, source.encoding, whole=False)
    except UnreadableFileError:
        encoding = "utf-8"
    text = source.head.decode(encoding, errors="replace")
    line = next((line for line in text.splitlines() if not _is_preamble(line)), "")
    return _split(line, _delimiter_of(line))


def shown_headings(cells: Sequence[str]) -> str:
    """The headings that a file has, for saying which were found where others are wanted."""
    named = [cell.strip()[:HEADING_CHARACTERS_MAX] for cell in cells if cell.strip()]
    more = f" and {len(named) - HEADINGS_SHOWN_MAX} more" if len(named) > HEADINGS_SHOWN_MAX else ""
    return ", ".join(map(repr, named[:HEADINGS_SHOWN_MAX])) + more if named else "empty"


def read_table(source: Input, context: Context, *, heading_first: bool = False) -> Iterator[Record]:
    """The rows of a file, the heading first; raises `UnreadableFileError` at once where it is no text.

    For `heading_first` see `table_records`.
    """
    encoding = detect_encoding(source.name, source.head, source.encoding, whole=False)
    context.understanding.encoding = encoding
    return table_records(source.name, source.stream, encoding, heading_first=heading_first)


def table_records(
    name: str, stream: IO[bytes], encoding: str, *, heading_first: bool = False
) -> Iterator[Record]:
    """The rows of a stream of text, the heading first.

    With `heading_first` every row is known to have as many cells as the first: a quotation mark that is never
    closed then takes no other rows with it, and the row says so.
    """
    return _Table(Lines(name, stream, encoding), heading_first=heading_first).records()


class _Table:
    """The rows of a table; lines that a stray quotation mark swallowed are read again."""

    def __init__(self, lines: Lines, *, heading_first: bool) -> None:
        self._lines = lines
        self._heading_first = heading_first
        self._again: deque[tuple[int, str]] = deque()  # lines to be read again, with their numbers
        self._taken: list[tuple[int, str]] = []  # of the row that is being read

    def records(self) -> Iterator[Record]:
        first = next(self._lines, "")
        while first and _is_preamble(first):
            first = next(self._lines, "")
        first = first.removeprefix("\ufeff")
        delimiter = _delimiter_of(first)
        self._again.append((self._lines.number, first))
        width = 0
        reader = csv.reader(self._text(), delimiter=delimiter)
        while True:
            self._lines.begin_record()
            self._taken.clear()
            cells = self._next(reader)
            if cells is None:
                return
            line, remark = self._taken[0][0], None
            if width and self._is_swallowed(cells, width, delimiter):
                cells, remark = self._give_back(delimiter)
                reader = csv.reader(self._text(), delimiter=delimiter)
            elif width:
                remark = self._remark(width, delimiter)
            if len(cells) > COLUMNS_MAX:
                raise UnreadableFileError(
                    f"{self._lines.name}, line {line}", f"has more than {COLUMNS_MAX:,} columns"
                )
            if any(cells):
                width = width or (len(cells) if self._heading_first else 0)
                yield Record(line, cells, remark)

    def _next(self, reader: Iterator[list[str]]) -> list[str] | None:
        try:
            return next(reader, None)
        except csv.Error as error:
            line = self._taken[0][0] if self._taken else self._lines.number
            raise UnreadableFileError(
                f"{self._lines.name}, line {line}", f"is no row of a table: {error}"
            ) from None

    def _text(self) -> Iterator[str]:
        """The lines to come; a row of a table with a heading ends after so many that none is so long."""
        while not (self._heading_first and len(self._taken) > LINES_OF_ROW_MAX):
            if self._again:
                numbered = self._again.popleft()
            else:
                text = next(self._lines, None)
                if text is None:
                    return
                numbered = self._lines.number, text
            self._taken.append(numbered)
            yield numbered[1]

    def _is_swallowed(self, cells: list[str], width: int, delimiter: str) -> bool:
        """Whether a row of several lines is several rows: by its width, or by text after a quotation mark."""
        if len(self._taken) == 1:
            return False
        if len(cells) != width:
            return True
        try:
            next(csv.reader((text for _, text in self._taken), delimiter=delimiter, strict=True), None)
        except csv.Error:
            return True
        return False

    def _remark(self, width: int, delimiter: str) -> str | None:
        """What has to be said of a row of several lines each of which could be a row."""
        following = [text for _, text in self._taken[1:]]
        if not following or any(len(_split(text, delimiter)) != width for text in following):
            return None
        return f"has a cell of {len(following) + 1} lines that may be rows of their own"

    def _give_back(self, delimiter: str) -> tuple[list[str], str]:
        """Read the first line as it stands; the others are rows of their own."""
        (_, first), *others = self._taken
        self._again.extendleft(reversed(others))
        cells = [cell.strip().strip('"') for cell in first.rstrip("\r\n").split(delimiter)]
        return cells, f"a quotation mark is not closed: {len(others)} lines after it are read as rows again"


def _is_preamble(line: str) -> bool:
    """Blank lines, and the line by which Excel says which delimiter follows."""
    return not line.strip("\ufeff \t\r\n,;") or line.lower().startswith("sep=")


def _delimiter_of(line: str) -> str:
    return max(DELIMITERS, key=lambda delimiter: len(_split(line, delimiter)))


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return [clean_cell(cell) for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def heading_key(heading: str) -> str:
    """A heading without differences of typing: `CPC - Current - DWPI` is `cpc current dwpi`."""
    return " ".join("".join(c if c.isalnum() else " " for c in clean_cell(heading).lower()).split())


class Columns:
    """Where the cells of each meaning stand. The first heading wins that a meaning lists."""

    def __init__(self, headings: list[str], meanings: Mapping[str, tuple[str, ...]]) -> None:
        keys = [heading_key(heading) for heading in headings]
        self.width = len(headings)
        self._at: dict[str, int] = {}
        for meaning, candidates in meanings.items():
            found = next((heading_key(name) for name in candidates if heading_key(name) in keys), None)
            if found is not None:
                self._at[meaning] = keys.index(found)
        meaning_at = {index: meaning for meaning, index in self._at.items()}
        self.columns = [Column("", heading, meaning_at.get(n)) for n, heading in enumerate(headings)]

    def __contains__(self, meaning: str) -> bool:
        return meaning in self._at

    def getter(self, cells: list[str]) -> Callable[[str], str]:
        """A function from a meaning to the cell of a row; empty where the table has no such column."""

        def cell(meaning: str) -> str:
            index = self._at.get(meaning)
            return cells[index].strip() if index is not None and index < len(cells) else ""

        return cell
