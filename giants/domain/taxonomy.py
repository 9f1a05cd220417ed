"""A taxonomy ready for matching: which technologies take a CPC symbol, and through which entry (C-08)."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed code of one technology, in normal form.

    A whole-group entry (`H04B10/00`) takes every symbol of its subclass and main-group number;
    any other takes exactly its own symbol. A retired entry is one that CPC has moved to `successor`
    (null where it has none); it matches the same way.
    """

    technology: str
    symbol: str
    retired: bool = False
    successor: str | None = None

    @property
    def whole_group(self) -> bool:
        """Whether the entry takes a whole main group (C-08)."""
        return is_whole_group(self.symbol)

    def takes(self, symbol: str) -> bool:
        """Whether the entry takes a symbol in normal form."""
        if self.whole_group:
            return main_group_of(self.symbol) == main_group_of(symbol)
        return self.symbol == symbol


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One version of a taxonomy, compiled: every question is one or two dictionary look-ups.

    `technologies` maps ids to technologies in the order of the version; `entries` maps ids to their
    entries, current ones first. Both hold what `definition` says, in normal form.
    """

    definition: TaxonomyVersion
    technologies: Mapping[str, Technology]
    entries: Mapping[str, tuple[Entry, ...]]
    _by_group: Mapping[str, tuple[str, ...]]
    _by_symbol: Mapping[str, tuple[str, ...]]

    @classmethod
    def compile(cls, version: TaxonomyVersion) -> "Taxonomy":
        """Compile a version; raises `TaxonomyError` naming each entry that is not a CPC symbol."""
        problems: list[str] = []
        entries = {technology.id: _entries(technology, problems) for technology in version.technologies}
        if problems:
            raise TaxonomyError(version.taxonomy, version.version, problems)
        by_group: dict[str, set[str]] = {}
        by_symbol: dict[str, set[str]] = {}
        for entry in (entry for listed in entries.values() for entry in listed):
            if entry.whole_group:
                by_group.setdefault(main_group_of(entry.symbol), set()).add(entry.technology)
            else:
                by_symbol.setdefault(entry.symbol, set()).add(entry.technology)
        # A listed subgroup answers for its group as well, so that one look-up is enough.
        for symbol, ids in by_symbol.items():
            ids.update(by_group.get(main_group_of(symbol), ()))
        return cls(
            definition=version,
            technologies={technology.id: technology for technology in version.technologies},
            entries=entries,
            _by_group={group: tuple(sorted(ids)) for group, ids in by_group.items()},
            _by_symbol={symbol: tuple(sorted(ids)) for symbol, ids in by_symbol.items()},
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

    def entry_of(self, symbol: str, technology: str) -> Entry | None:
        """Give the entry through which a technology takes a symbol in normal form: the most specific one.

        None where the technology does not take the symbol, or is not of this taxonomy.
        """
        taking = [entry for entry in self.entries.get(technology, ()) if entry.takes(symbol)]
        return min(taking, key=lambda entry: entry.whole_group, default=None)


def _entries(technology: Technology, problems: list[str]) -> tuple[Entry, ...]:
    """Give the entries of a technology once each; what is not a symbol is added to the problems."""
    entries: dict[str, Entry] = {}

    def normal(text: str, place: str) -> str | None:
        try:
            return normalize_symbol(text)
        except SymbolError as error:
            problems.append(f"{technology.id}, {place}: {error}")
            return None

    for text in technology.cpc:
        if (symbol := normal(text, "cpc")) is not None:
            entries.setdefault(symbol, Entry(technology.id, symbol))
    for text, successor_text in technology.retired.items():
        successor = None if successor_text is None else normal(successor_text, f"successor of {text}")
        if (symbol := normal(text, "retired")) is not None:
            entries.setdefault(symbol, Entry(technology.id, symbol, retired=True, successor=successor))
    return tuple(entries.values())


@lru_cache(maxsize=1)
def shipped_taxonomy_file() -> TaxonomyFile:
    """Give the taxonomy that the project ships, with the reason of every entry."""
    data = files("giants.domain").joinpath("data", SHIPPED).read_bytes()
    return parse_taxonomy(data, SHIPPED)


def shipped_taxonomy() -> TaxonomyVersion:
    """Give the taxonomy that the project ships, as a fact of the contract."""
    return shipped_taxonomy_file().version
