"""Symbols of live portfolios that no known edition of CPC has: so a new edition is noticed (C-01)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from giants.domain.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class SymbolCount:
    """A symbol as portfolios carry it: in how many families (instances) of how many companies."""

    symbol: str
    instances: int
    companies: int


@dataclass(frozen=True, slots=True)
class UnknownSymbol:
    """A symbol of no known edition, and the technologies that take it through an entry all the same."""

    symbol: str
    instances: int
    companies: int
    technologies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownSymbols:
    """All symbols of live portfolios that no known edition has, the most frequent first.

    `instances` counts all of the portfolios, those of known symbols included; `editions` are the known ones,
    newest first.
    """

    editions: tuple[str, ...]
    instances: int
    symbols: tuple[UnknownSymbol, ...]

    @property
    def unknown_instances(self) -> int:
        """Instances of unknown symbols."""
        return sum(one.instances for one in self.symbols)

    @property
    def untaken_instances(self) -> int:
        """Instances of unknown symbols that no technology takes: what the mapping loses, if anything."""
        return sum(one.instances for one in self.symbols if not one.technologies)

    def by_subclass(self) -> dict[str, int]:
        """Instances of unknown symbols by subclass, the most frequent first: a new one shows at once."""
        counts: dict[str, int] = {}
        for one in self.symbols:
            counts[one.symbol[:4]] = counts.get(one.symbol[:4], 0) + one.instances
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def unknown_symbols(
    counts: Iterable[SymbolCount],
    editions: tuple[str, ...],
    is_known: Callable[[str], bool],
    taxonomy: Taxonomy,
) -> UnknownSymbols:
    """Name the symbols that no known edition has. `is_known` says whether one has a symbol in normal form."""
    instances = 0
    found = []
    for one in counts:
        instances += one.instances
        if not is_known(one.symbol):
            technologies = taxonomy.technologies_of(one.symbol)
            found.append(UnknownSymbol(one.symbol, one.instances, one.companies, technologies))
    found.sort(key=lambda one: (-one.instances, one.symbol))
    return UnknownSymbols(editions, instances, tuple(found))
