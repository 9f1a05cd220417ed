"""Which technologies of a taxonomy take some of the same symbols (T-09)."""

from itertools import combinations

from giants.domain.cpc import main_group_of
from giants.domain.taxonomy import Taxonomy


def overlaps_of(taxonomy: Taxonomy) -> dict[tuple[str, str], tuple[str, ...]]:
    """Give each pair of technologies, ids sorted, that share symbols, with the entries through which they do.

    A shared entry is the narrower of the two that meet: an exact symbol inside the other's whole group, the
    same symbol, or the same whole group. Entries come sorted.
    """
    shared: dict[tuple[str, str], set[str]] = {}
    for entry in (entry for entries in taxonomy.entries.values() for entry in entries):
        for pair in combinations(taxonomy.technologies_of(entry.symbol), 2):
            if entry.technology in pair:
                shared.setdefault((pair[0], pair[1]), set()).add(entry.symbol)
    return {
        pair: tuple(sorted(symbols, key=lambda symbol: (main_group_of(symbol), symbol)))
        for pair, symbols in sorted(shared.items())
    }
