"""What every patent source gives: publications, each with the family that it belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from giants.domain.cpc import SymbolError, normalize_symbol
from giants.sources.base import PREVIEW_CELL_CHARACTERS_MAX
from giants.sources.text import clean_name

FAMILY_DIGEST_CHARACTERS = 24

# What sources write where a publication has no family.
_NO_FAMILY = frozenset({"", "0", "-1"})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What of a publication was left out or is in doubt: how many of each, and the first of them."""

    symbols: int = 0
    names: int = 0
    days: int = 0
    undivided: int = 0  # texts that may hold several names, taken as one
    first: str = ""

    def __add__(self, other: "LeftOut") -> "LeftOut":
        if not other.first:
            return self
        return LeftOut(
            self.symbols + other.symbols,
            self.names + other.names,
            self.days + other.days,
            self.undivided + other.undivided,
            self.first or other.first,
        )

    def on_line(self, line: int) -> "LeftOut":
        """The same, of another line than that on which the family begins."""
        return replace(self, first=f"line {line}: {self.first}") if self.first else self

    def __str__(self) -> str:
        counts = (
            (self.symbols, "that are no CPC symbol"),
            (self.names, "that are no assignee name"),
            (self.days, "that are no day"),
        )
        parts = [f"{count} {what}" for count, what in counts if count]
        remarks = [f"left out {' and '.join(parts)}"] if parts else []
        if self.undivided:
            remarks.append(f"taken as one name: {self.undivided} that may be several")
        return f"{', '.join(remarks)}; first: {self.first}"


NOTHING = LeftOut()


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication of a family, cleaned: symbols in normal form, numbers without punctuation.

    `line` is the line, row or record number in the file. Days are as the source writes them, since only the
    whole file tells how they are to be read (`families.days`): `filed` of the filing, `dated` those of which
    the newest dates the publication. `version` is set where the source itself numbers the versions of its
    families.
    """

    line: int
    family: str
    numbers: tuple[str, ...]
    assignees: tuple[str, ...]
    symbols: tuple[str, ...]
    filed: str = ""
    dated: tuple[str, ...] = ()
    version: int | None = None
    withdrawn: bool = False
    left_out: LeftOut = NOTHING


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
    return tuple(sorted(symbols)), LeftOut(symbols=len(odd), first=shown(odd[0])) if odd else NOTHING


def clean_assignees(texts: Iterable[str]) -> tuple[tuple[str, ...], LeftOut]:
    """Names of assignees, each once, and what was no name."""
    names: set[str] = set()
    odd: list[str] = []
    for text in texts:
        try:
            name = clean_name(text)
        except ValueError as error:
            odd.append(f"{shown(text)} {error}")
            continue
        if name:
            names.add(name)
    return tuple(sorted(names)), LeftOut(names=len(odd), first=odd[0]) if odd else NOTHING


def in_doubt(names: list[str]) -> LeftOut:
    """Names that may be several ones, taken as one each."""
    return LeftOut(undivided=len(names), first=shown(names[0])) if names else NOTHING


def shown(text: str) -> str:
    """A text as a remark shows it: cut, and what cannot be printed as an escape."""
    return (
        ascii(text[:PREVIEW_CELL_CHARACTERS_MAX])
        if not text.isprintable()
        else repr(text[:PREVIEW_CELL_CHARACTERS_MAX])
    )
