"""The tables of a taxonomy file as it is written (`giants.domain.taxonomy_file`)."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.base import TECHNOLOGIES_MAX, TECHNOLOGY_SYMBOLS_MAX, Id, Name, Slug, Text
from schemas.facts import Companion, Edition

OVERLAPS_MAX: Final = 10_000
COMPILED_SYMBOLS_MAX: Final = 100_000
COMPILED_CHARACTERS_MAX: Final = 20_000  # of the children of one entry
REASON_CHARACTERS_MAX: Final = 300
NO_SUCCESSOR: Final = "-"

Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=REASON_CHARACTERS_MAX, strip_whitespace=True)
]


class _Strict(BaseModel):
    """A file is written by hand: a field that is not known is a slip of the pen, not a newer version."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Overlap(_Strict):
    """Two technologies that take some of the same symbols, and why (T-09)."""

    technologies: tuple[Slug, Slug]
    reason: Reason


class Listed(_Strict):
    """An entry that says more than its reason."""

    reason: Reason
    children: bool | None = None
    note: Reason | None = None


class OtherEdition(_Strict):
    """Symbols of another edition that one listed entry stands for."""

    reason: Reason
    symbols: tuple[Id, ...] = Field(min_length=1, max_length=TECHNOLOGY_SYMBOLS_MAX)


class Retired(OtherEdition):
    """Symbols that became the entry."""

    edition: Edition | None = None  # the last that has the symbols, where it is not that of the file


class Successors(OtherEdition):
    """Symbols that were split from the entry."""

    edition: Edition  # the first that has the symbols


class TechnologyTable(_Strict):
    """One technology as its table says it."""

    id: Slug
    name: Name
    category: Name = "uncategorised"
    since: Name | None = None
    note: Text | None = None
    cpc: dict[Id, Reason | Listed] = Field(min_length=1, max_length=TECHNOLOGY_SYMBOLS_MAX)
    retired: dict[Id, Retired] = Field(default={}, max_length=TECHNOLOGY_SYMBOLS_MAX)
    successors: dict[Id, Successors] = Field(default={}, max_length=TECHNOLOGY_SYMBOLS_MAX)
    companions: tuple[Companion, ...] = ()

    def retired_symbols(self) -> dict[str, str | None]:
        """Each retired symbol with its successor."""
        return {
            symbol: None if successor == NO_SUCCESSOR else successor
            for successor, group in self.retired.items()
            for symbol in group.symbols
        }

    def successor_symbols(self) -> dict[str, str]:
        """Each symbol of a later edition with the listed entry that it was split from."""
        return {symbol: entry for entry, group in self.successors.items() for symbol in group.symbols}

    def editions(self) -> dict[str, str]:
        """The edition of each symbol whose group names one."""
        found = {
            symbol: group.edition
            for group in self.retired.values()
            if group.edition is not None
            for symbol in group.symbols
        }
        for later in self.successors.values():
            found.update(dict.fromkeys(later.symbols, later.edition))
        return found

    def reasons(self) -> dict[tuple[str, str], str]:
        """The reason of each entry, of whatever edition."""
        reasons = {
            (self.id, symbol): listed.reason if isinstance(listed, Listed) else listed
            for symbol, listed in self.cpc.items()
        }
        for group in (*self.retired.values(), *self.successors.values()):
            reasons.update(((self.id, symbol), group.reason) for symbol in group.symbols)
        return reasons

    def notes(self) -> dict[tuple[str, str], str]:
        """The note of each entry that has one."""
        return {
            (self.id, symbol): listed.note
            for symbol, listed in self.cpc.items()
            if isinstance(listed, Listed) and listed.note is not None
        }

    def with_children(self, *, by_default: bool) -> tuple[str, ...]:
        """The listed entries that take their children: whole groups only where they say so themselves."""
        found = []
        for text, listed in self.cpc.items():
            said = listed.children if isinstance(listed, Listed) else None
            if said is None:
                said = by_default and not text.endswith("/00")
            if said:
                found.append(text)
        return tuple(found)


class Compiled(_Strict):
    """The last tables of a file: the children of its entries (`giants.domain.taxonomy_children`)."""

    edition: Edition
    childless: tuple[Id, ...] = Field(default=(), max_length=COMPILED_SYMBOLS_MAX)
    children: dict[Id, Annotated[str, StringConstraints(max_length=COMPILED_CHARACTERS_MAX)]] = Field(
        default={}, max_length=COMPILED_SYMBOLS_MAX
    )


class File(_Strict):
    """A whole taxonomy file."""

    taxonomy: Slug
    version: int
    effective_on: object = None
    note: Text | None = None
    edition: Edition | None = None
    retired_edition: Edition | None = None
    children: bool = False
    technologies: tuple[TechnologyTable, ...] = Field(min_length=1, max_length=TECHNOLOGIES_MAX)
    overlaps: tuple[Overlap, ...] = Field(default=(), max_length=OVERLAPS_MAX)
    compiled: Compiled | None = None
