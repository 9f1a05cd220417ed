"""A taxonomy ready for matching: which technologies take a CPC symbol, and through which entry (C-08)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from giants.domain.cpc import CpcError, SymbolError, is_whole_group, main_group_of, normalize_symbol
from giants.domain.taxonomy_file import TaxonomyFile, parse_taxonomy
from schemas.facts import TaxonomyVersion, Technology

SHIPPED = "ctt74.toml"
# Problems named in one message; more are counted.
PROBLEMS_SHOWN_MAX = 10


class TaxonomyError(CpcError):
    """A taxonomy holds entries that cannot be matched."""

    def __init__(self, taxonomy: str, version: int, problems: list[str]) -> None:
        self.problems = tuple(problems)
        shown = "; ".join(problems[:PROBLEMS_SHOWN_MAX])
        rest = len(problems) - PROBLEMS_SHOWN_MAX
        more = f"; and {rest} more" if rest > 0 else ""
        super().__init__(f"taxonomy {taxonomy} version {version} is refused: {shown}{more}")


class EntryKind(StrEnum):
    """Where an entry stands against the edition of CPC that the taxonomy is listed in."""

    LISTED = "listed"  # of that edition; these are the size of a mapping (T-05)
    PREDECESSOR = "predecessor"  # of an earlier edition, since retired
    SUCCESSOR = "successor"  # of a later edition


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of one technology, in normal form.

    A whole-group entry (`H04B10/00`) takes every symbol of its subclass and main-group number; any other
    takes its own symbol. Either takes the `children` that were compiled for it as well (C-10).
    `counterpart` is the listed entry that a symbol of another edition became or came from; None where there
    is none. `edition` is that of a listed entry, the last of a predecessor, the first of a successor; None
    where the taxonomy does not say it.
    """

    technology: str
    symbol: str
    kind: EntryKind = EntryKind.LISTED
    counterpart: str | None = None
    edition: str | None = None
    children: frozenset[str] = frozenset()

    @property
    def listed(self) -> bool:
        """Whether the entry counts towards the size of the mapping (T-05)."""
        return self.kind is EntryKind.LISTED

    @property
    def retired(self) -> bool:
        """Whether CPC has moved the symbol elsewhere."""
        return self.kind is EntryKind.PREDECESSOR

    @property
    def successor(self) -> str | None:
        """What a retired symbol became."""
        return self.counterpart if self.retired else None

    @property
    def whole_group(self) -> bool:
        """Whether the entry takes a whole main group (C-08)."""
        return is_whole_group(self.symbol)

    def takes(self, symbol: str) -> bool:
        """Whether the entry takes a symbol in normal form."""
        if symbol == self.symbol or symbol in self.children:
            return True
        return self.whole_group and main_group_of(self.symbol) == main_group_of(symbol)


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One version of a taxonomy, compiled: every question is one or two dictionary look-ups.

    `technologies` maps ids to technologies in the order of the version; `entries` maps ids to their
    entries: listed ones, predecessors, successors. Both hold what `definition` says, in normal form.
    """

    definition: TaxonomyVersion
    technologies: Mapping[str, Technology]
    entries: Mapping[str, tuple[Entry, ...]]
    _by_group: Mapping[str, tuple[str, ...]]
    _by_symbol: Mapping[str, tuple[str, ...]]
    _by_children: Mapping[str, tuple[str, ...]]  # where no entry takes the symbol but by its children

    @classmethod
    def compile(cls, version: TaxonomyVersion) -> "Taxonomy":
        """Compile a version.

        Raises `TaxonomyError` naming each entry that is not a CPC symbol, and each list of children or
        successor whose entry is not listed.
        """
        problems: list[str] = []
        entries = {
            technology.id: _Reading(version, technology, problems).entries()
            for technology in version.technologies
        }
        if problems:
            raise TaxonomyError(version.taxonomy, version.version, problems)
        by_group: dict[str, set[str]] = {}
        by_symbol: dict[str, set[str]] = {}
        by_children: dict[str, set[str]] = {}
        for entry in (entry for listed in entries.values() for entry in listed):
            if entry.whole_group:
                by_group.setdefault(main_group_of(entry.symbol), set()).add(entry.technology)
            else:
                by_symbol.setdefault(entry.symbol, set()).add(entry.technology)
            for child in entry.children:
                by_symbol.setdefault(child, set()).add(entry.technology)
                by_children.setdefault(child, set()).add(entry.technology)
        for entry in (entry for listed in entries.values() for entry in listed):
            by_children.get(entry.symbol, set()).discard(entry.technology)
        for symbol, ids in by_children.items():
            ids.difference_update(by_group.get(main_group_of(symbol), ()))
        # A listed subgroup answers for its group as well, so that one look-up is enough.
        for symbol, ids in by_symbol.items():
            ids.update(by_group.get(main_group_of(symbol), ()))
        return cls(
            definition=version,
            technologies={technology.id: technology for technology in version.technologies},
            entries=entries,
            _by_group={group: tuple(sorted(ids)) for group, ids in by_group.items()},
            _by_symbol={symbol: tuple(sorted(ids)) for symbol, ids in by_symbol.items()},
            _by_children={symbol: tuple(sorted(ids)) for symbol, ids in by_children.items() if ids},
        )

    @property
    def id(self) -> str:
        """The id that all versions share, such as `ctt74`."""
        return self.definition.taxonomy

    @property
    def version(self) -> int:
        """The number of this version; the highest is in force."""
        return self.definition.version

    def technologies_of(self, symbol: str) -> tuple[str, ...]:
        """Give the ids, sorted, of the technologies that take a symbol in normal form; () where none does."""
        listed = self._by_symbol.get(symbol)
        if listed is not None:
            return listed
        return self._by_group.get(main_group_of(symbol), ())

    def by_children_alone(self, symbol: str) -> tuple[str, ...]:
        """Give the ids, sorted, of the technologies that take a symbol only as a child of an entry (C-10)."""
        return self._by_children.get(symbol, ())

    def entry_of(self, symbol: str, technology: str) -> Entry | None:
        """Give the entry through which a technology takes a symbol in normal form: the most specific one.

        None where the technology does not take the symbol, or is not of this taxonomy.
        """
        taking = [entry for entry in self.entries.get(technology, ()) if entry.takes(symbol)]
        return min(
            taking, key=lambda entry: (entry.symbol != symbol, symbol not in entry.children), default=None
        )


class _Reading:
    """The entries of one technology, each symbol once; what cannot be matched is added to the problems."""

    def __init__(self, version: TaxonomyVersion, technology: Technology, problems: list[str]) -> None:
        self._version = version
        self._technology = technology
        self._problems = problems
        self._entries: dict[str, Entry] = {}

    def entries(self) -> tuple[Entry, ...]:
        """Listed entries first, so that a symbol which another edition has as well stays listed."""
        technology = self._technology
        children = self._children()
        for text in technology.cpc:
            if (symbol := self._normal(text, "cpc")) is not None:
                self._add(symbol, EntryKind.LISTED, None, children.pop(symbol, frozenset()))
        for symbol in children:
            self._problems.append(f"{technology.id}, children of {symbol}: {symbol} is not listed")
        for text, counterpart in technology.retired.items():
            self._add_other(text, counterpart, EntryKind.PREDECESSOR, f"successor of {text}")
        for text, counterpart in technology.successors.items():
            self._add_other(text, counterpart, EntryKind.SUCCESSOR, f"entry that {text} was split from")
        return tuple(self._entries.values())

    def _children(self) -> dict[str, frozenset[str]]:
        children: dict[str, frozenset[str]] = {}
        for text, below in self._technology.children.items():
            symbol = self._normal(text, "children")
            found = [self._normal(child, f"children of {text}") for child in below]
            if symbol is not None:
                children[symbol] = frozenset(child for child in found if child is not None)
        return children

    def _add_other(self, text: str, counterpart_text: str | None, kind: EntryKind, place: str) -> None:
        counterpart = None if counterpart_text is None else self._normal(counterpart_text, place)
        if (symbol := self._normal(text, kind)) is not None:
            self._add(symbol, kind, counterpart)

    def _add(
        self,
        symbol: str,
        kind: EntryKind,
        counterpart: str | None,
        children: frozenset[str] = frozenset(),
    ) -> None:
        of_version = {
            EntryKind.LISTED: self._version.edition,
            EntryKind.PREDECESSOR: self._version.retired_edition,
        }
        edition = self._technology.editions.get(symbol, of_version.get(kind))
        entry = Entry(self._technology.id, symbol, kind, counterpart, edition, children)
        self._entries.setdefault(symbol, entry)

    def _normal(self, text: str, place: str) -> str | None:
        try:
            return normalize_symbol(text)
        except SymbolError as error:
            self._problems.append(f"{self._technology.id}, {place}: {error}")
            return None


@lru_cache(maxsize=1)
def shipped_taxonomy_file() -> TaxonomyFile:
    """Give the taxonomy that the project ships, with the reason of every entry."""
    data = files("giants.domain").joinpath("data", SHIPPED).read_bytes()
    return parse_taxonomy(data, SHIPPED)


def shipped_taxonomy() -> TaxonomyVersion:
    """Give the taxonomy that the project ships, as a fact of the contract."""
    return shipped_taxonomy_file().version
