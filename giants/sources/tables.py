"""Tables of delimited text (CSV, TSV): streamed, with a sniffed delimiter and bounded records."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from giants.sources.base import Column, Context
from giants.sources.errors import UnreadableFileError
from giants.sources.files import Input
from giants.sources.text import RECORD_CHARACTERS_MAX, Lines, clean_cell, detect_encoding

DELIMITERS = (",", "\t", ";", "|")
COLUMNS_MAX = 2_000

# The module's own limit (131,072) refuses real Lens rows; a record is bounded by `Lines` before that.
csv.field_size_limit(RECORD_CHARACTERS_MAX)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line that it begins on, and its cells."""

    line: int
    cells: list[str]


def first_record(source: Input) -> list[str]:
    """The cells of the first line of a file, for recognising it, even if the text is damaged further on."""
    try:
        encoding = detect_encoding(source.name, source.head, source.encoding, whole=False)
    except UnreadableFileError:
        encoding = "utf-8"
    text = source.head.decode(encoding, errors="replace")
    line = next((line for line in text.splitlines() if not _is_preamble(line)), "")
    return _split(line, _delimiter_of(line))


def read_table(source: Input, context: Context) -> Iterator[Record]:
    """The rows of a file, the heading first; raises `UnreadableFileError` at once where it is no text."""
    encoding = detect_encoding(source.name, source.head, source.encoding, whole=False)
    context.understanding.encoding = encoding
    return table_records(source.name, source.stream, encoding)


def table_records(name: str, stream: IO[bytes], encoding: str) -> Iterator[Record]:
    """The rows of a stream of text, the heading first."""
    return _records(Lines(name, stream, encoding))


def _records(lines: Lines) -> Iterator[Record]:
    first = next(lines, "")
    while first and _is_preamble(first):
        first = next(lines, "")
    first = first.removeprefix("\ufeff")
    delimiter = _delimiter_of(first)
    line = lines.number
    reader = csv.reader(_with_first(first, lines), delimiter=delimiter)
    while True:
        lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFileError(
                f"{lines.name}, line {line}", f"is no row of a table: {error}"
            ) from None
        if len(cells) > COLUMNS_MAX:
            raise UnreadableFileError(f"{lines.name}, line {line}", f"has more than {COLUMNS_MAX:,} columns")
        if any(cells):
            yield Record(line, cells)
        line = lines.number + 1


def _with_first(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


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
