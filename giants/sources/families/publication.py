"""What every patent source gives: publications, each with the family that it belongs to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from giants.domain.cpc import SymbolError, normalize_symbol
from giants.sources.base import PREVIEW_CELL_CHARACTERS_MAX
from giants.sources.text import clean_name

FAMILY_DIGEST_CHARACTERS = 24

# What sources write where a publication has no family.
_NO_FAMILY = frozenset({"", "0", "-1"})
_PUNCTUATION_OF_NUMBERS = re.compile(r"[\s/.,-]+")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What of a publication was left out: how many symbols and names, and the first of them."""

    symbols: int = 0
    names: int = 0
    first: str = ""

    def __add__(self, other: "LeftOut") -> "LeftOut":
        if not (other.symbols or other.names):
            return self
        return LeftOut(self.symbols + other.symbols, self.names + other.names, self.first or other.first)

    def __str__(self) -> str:
        parts = []
        if self.symbols:
            parts.append(f"{self.symbols} that are no CPC symbol")
        if self.names:
            parts.append(f"{self.names} that are no assignee name")
        return f"left out {' and '.join(parts)}; first: {self.first}"


NOTHING = LeftOut()


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication of a family, cleaned: symbols in normal form, numbers without punctuation.

    `line` is the line, row or record number in the file. `dated_on` is the newest day that the source
    knows of it. `version` is set where the source itself numbers the versions of its families.
    """

    line: int
    family: str
    numbers: tuple[str, ...]
    assignees: tuple[str, ...]
    symbols: tuple[str, ...]
    filed_on: date | None = None
    dated_on: date | None = None
    version: int | None = None
    withdrawn: bool = False
    left_out: LeftOut = NOTHING


def publication_number(text: str) -> str:
    """A publication number without punctuation: `US 2001/0047903 A1` and `US-20010047903-A1` are one."""
    return _PUNCTUATION_OF_NUMBERS.sub("", text).upper()


def family_of_priorities(priorities: Iterable[str]) -> str | None:
    """The identity of a simple family where the source names none: a digest of its priority numbers.

    Members of a simple family claim exactly the same priorities; the order does not matter.
    """
    numbers = sorted({" ".join(number.upper().split()) for number in priorities} - {""})
    if not numbers:
        return None
    return sha256("\n".join(numbers).encode()).hexdigest()[:FAMILY_DIGEST_CHARACTERS]


def docdb_family(family_id: str, number: str) -> str:
    """The id of a DOCDB family, whichever source names it; a publication without one is its own family."""
    family_id = family_id.strip()
    return f"docdb-{family_id}" if family_id not in _NO_FAMILY else f"docdb-{number}"


def clean_symbols(texts: Iterable[str]) -> tuple[tuple[str, ...], LeftOut]:
    """Symbols in normal form, each once (C-03), and what was no symbol."""
    symbols: set[str] = set()
    odd: list[str] = []
    for text in texts:
        if not text or text.isspace():
            continue
        try:
            symbols.add(normalize_symbol(text))
        except SymbolError:
            odd.append(text)
    return tuple(sorted(symbols)), LeftOut(symbols=len(odd), first=_shown(odd[0])) if odd else NOTHING


def clean_assignees(texts: Iterable[str]) -> tuple[tuple[str, ...], LeftOut]:
    """Names of assignees, each once, and what was no name."""
    names: set[str] = set()
    odd: list[str] = []
    for text in texts:
        try:
            name = clean_name(text)
        except ValueError as error:
            odd.append(f"{_shown(text)} {error}")
            continue
        if name:
            names.add(name)
    return tuple(sorted(names)), LeftOut(names=len(odd), first=odd[0]) if odd else NOTHING


def _shown(text: str) -> str:
    return (
        ascii(text[:PREVIEW_CELL_CHARACTERS_MAX])
        if not text.isprintable()
        else repr(text[:PREVIEW_CELL_CHARACTERS_MAX])
    )
