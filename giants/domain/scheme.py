"""The CPC scheme: titles, and parents by order and level, never by digits (C-10).

A title list gives one row a symbol in the order of the scheme: symbol, level, title. The level counts dots:
0 is a main group, 1 the first dot below it. A row's parent is the nearest row before it of a lower level, so
`H04B10/2519` stands below `H04B10/2513` though the numbers do not say so. Sections, classes and subclasses
stand above, without a level.

A scheme has some 261,000 rows; they are kept in a few arrays and one text of 25 MB in all.
"""

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from giants.domain.cpc import CpcError, is_whole_group, normalize_symbol
from giants.domain.taxonomy import Entry

# Ten times the largest known: 260,993 rows, titles of 1,425 characters, 12 dots.
SCHEME_ROWS_MAX = 2_600_000
TITLE_CHARACTERS_MAX = 15_000
LEVEL_MAX = 99
# Sections, classes and subclasses have no level in a title list; these keep the order of parents.
LEVEL_OF_HEADING = {1: -3, 3: -2, 4: -1}
SYMBOL_BYTES = 15  # of the longest symbol: A01B2000/123456

_HEADING = re.compile(r"[A-HY]([0-9]{2}[A-Z]?)?")
_NO_PARENT = -1
_NO_LEVEL = ""


class SchemeError(CpcError):
    """A title list does not describe a scheme."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a title list; `where` names its place in errors."""

    symbol: str
    level: str
    title: str
    where: str


class Scheme:
    """One edition of CPC. Symbols are asked for in normal form; headings are `H`, `H04` and `H04B`."""

    def __init__(
        self,
        *,
        names: NDArray[np.bytes_],
        levels: NDArray[np.int8],
        parents: NDArray[np.int32],
        titles: bytes,
        title_ends: NDArray[np.uint32],
    ) -> None:
        self._names = names  # in the order of the scheme, as are all others
        self._levels = levels
        self._parents = parents
        self._titles = titles
        self._title_ends = title_ends
        self._by_name = np.argsort(names).astype(np.int32)
        self._sorted_names = names[self._by_name]

    @classmethod
    def from_rows(cls, rows: Iterable[Row]) -> "Scheme":
        """Build a scheme from the rows of a title list in their order.

        Raises `SchemeError` for what is no symbol or no level, for a symbol that stands twice, for a row
        whose level has no parent, and for an empty list.
        """
        names, titles = bytearray(), bytearray()
        levels, parents, title_ends = array("b"), array("i"), array("I")
        line = _Line()
        for place, row in enumerate(rows):
            if place >= SCHEME_ROWS_MAX:
                raise SchemeError(f"{row.where}: more than {SCHEME_ROWS_MAX} rows")
            symbol, level = _checked(row)
            parents.append(line.parent_of(place, level, row))
            levels.append(level)
            names += symbol.encode().ljust(SYMBOL_BYTES, b"\0")
            titles += row.title.encode()
            title_ends.append(len(titles))
        if not levels:
            raise SchemeError("a title list is empty: expected rows of symbol, level and title")
        scheme = cls(
            names=np.frombuffer(bytes(names), dtype=f"S{SYMBOL_BYTES}"),
            levels=np.array(levels, dtype=np.int8),
            parents=np.array(parents, dtype=np.int32),
            titles=bytes(titles),
            title_ends=np.array(title_ends, dtype=np.uint32),
        )
        scheme._refuse_doubles()
        return scheme

    def __len__(self) -> int:
        """How many rows the scheme has, headings included."""
        return len(self._names)

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Give (symbol, level, title) in the order of the scheme, as a title list writes them."""
        for place, level in enumerate(self._levels):
            yield self._name(place), str(level) if level >= 0 else _NO_LEVEL, self._title(place)

    def symbols(self) -> Iterator[str]:
        """Give every symbol in the order of the scheme, headings left out."""
        for place in np.flatnonzero(self._levels >= 0):
            yield self._name(int(place))

    def exists(self, symbol: str) -> bool:
        """Whether a symbol or heading is of this edition."""
        return self._find(symbol) is not None

    def level(self, symbol: str) -> int | None:
        """Give the number of dots of a symbol, 0 for a main group; None for what is not of this edition."""
        place = self._find(symbol)
        return None if place is None else int(self._levels[place])

    def title(self, symbol: str) -> str | None:
        """Give the title of a symbol or heading as it stands in the scheme; None for what is not of it."""
        place = self._find(symbol)
        return None if place is None else self._title(place)

    def parent(self, symbol: str) -> str | None:
        """Give the symbol or heading directly above; None for sections and what is not of this edition."""
        place = self._find(symbol)
        if place is None or self._parents[place] == _NO_PARENT:
            return None
        return self._name(int(self._parents[place]))

    def title_path(self, symbol: str) -> tuple[tuple[str, str], ...]:
        """Give (symbol, title) from the section down to a symbol; () for what is not of this edition."""
        place = self._find(symbol)
        path: list[tuple[str, str]] = []
        while place is not None:
            path.append((self._name(place), self._title(place)))
            above = int(self._parents[place])
            place = None if above == _NO_PARENT else above
        return tuple(reversed(path))

    def children(self, symbol: str) -> tuple[str, ...]:
        """Give the symbols directly below, one dot deeper, in the order of the scheme."""
        place = self._find(symbol)
        if place is None:
            return ()
        return tuple(self._name(below) for below in self._below(place) if self._parents[below] == place)

    def descendants(self, symbol: str) -> tuple[str, ...]:
        """Give all symbols below, however many dots deeper, in the order of the scheme."""
        place = self._find(symbol)
        return () if place is None else tuple(self._name(below) for below in self._below(place))

    def taken_by(self, entry: Entry) -> tuple[str, ...]:
        """Give the symbols of this edition that an entry takes (C-08, C-10), in the order of the scheme."""
        places = {
            place for symbol in (entry.symbol, *entry.children) if (place := self._find(symbol)) is not None
        }
        if entry.whole_group:
            # Names sort by their text, so that a main group stands together: `H04B10/` up to `H04B100`.
            head = entry.symbol[: entry.symbol.index("/") + 1].encode()
            first, last = np.searchsorted(self._sorted_names, [head, head[:-1] + b"0"])
            places.update(int(place) for place in self._by_name[first:last])
        return tuple(self._name(place) for place in sorted(places))

    def _refuse_doubles(self) -> None:
        same = np.flatnonzero(self._sorted_names[1:] == self._sorted_names[:-1])
        if len(same):
            raise SchemeError(f"a title list holds {bytes(self._sorted_names[same[0]]).decode()} twice")

    def _find(self, symbol: str) -> int | None:
        name = symbol.encode("ascii", "replace")  # symbols are ASCII; whatever else is asked for is not found
        place = int(np.searchsorted(self._sorted_names, name))
        if place == len(self._sorted_names) or self._sorted_names[place] != name:
            return None
        return int(self._by_name[place])

    def _name(self, place: int) -> str:
        return bytes(self._names[place]).decode()

    def _title(self, place: int) -> str:
        start = int(self._title_ends[place - 1]) if place else 0
        return self._titles[start : int(self._title_ends[place])].decode()

    def _below(self, place: int) -> range:
        """Places of the rows below a row: all that follow until one that is not deeper."""
        level = self._levels[place]
        end = place + 1
        while end < len(self._levels) and self._levels[end] > level:
            end += 1
        return range(place + 1, end)


class _Line:
    """The rows from the section down to the last one read: where the next row looks for its parent."""

    def __init__(self) -> None:
        self._places: list[tuple[int, int]] = []  # (level, place)

    def parent_of(self, place: int, level: int, row: Row) -> int:
        while self._places and self._places[-1][0] >= level:
            self._places.pop()
        above = self._places[-1] if self._places else None
        self._places.append((level, place))
        if level > 0 and (above is None or above[0] < 0):
            raise SchemeError(
                f"{row.where}: {row.symbol} has level {level} but no main group stands above it"
            )
        return _NO_PARENT if above is None else above[1]


def _checked(row: Row) -> tuple[str, int]:
    """Give the symbol in normal form with its level, or raise with the place of the row."""
    if len(row.title) > TITLE_CHARACTERS_MAX:
        raise SchemeError(
            f"{row.where}: got a title of {len(row.title)} characters, "
            f"expected at most {TITLE_CHARACTERS_MAX}"
        )
    if row.level == _NO_LEVEL and _HEADING.fullmatch(row.symbol):
        return row.symbol, LEVEL_OF_HEADING[len(row.symbol)]
    try:
        symbol = normalize_symbol.__wrapped__(row.symbol)
    except CpcError as error:
        raise SchemeError(f"{row.where}: {error}") from error
    level = int(row.level) if row.level.isdecimal() and len(row.level) <= 2 else -1
    if not 0 <= level <= LEVEL_MAX or (level == 0) != is_whole_group(symbol):
        raise SchemeError(
            f"{row.where}: got level {row.level[:20]!r} for {symbol}, expected 0 for a main group, "
            f"1–{LEVEL_MAX} for a subgroup"
        )
    return symbol, level
