"""Composed portfolios for each technology: a typical one, and a near miss of the neighbouring field.

Written by hand as real families carry symbols: main classes, indexing codes and Y tags together, some as they
were tagged before an edition, some after.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from giants.domain.cpc import normalize_symbol
from giants.domain.taxonomy_diff import Portfolio

FAMILIES = 100


@dataclass(frozen=True)
class Case:
    """Two portfolios of a technology, each a few families that are repeated up to a hundred."""

    technology: str
    typical_of: str
    typical: tuple[frozenset[str], ...]
    near_miss_of: str
    near_miss: tuple[frozenset[str], ...]


def read_cases() -> Iterator[Case]:
    """Give the cases of all files of this folder."""
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for one in tomllib.loads(path.read_text())["portfolios"]:
            yield Case(
                one["technology"],
                one["typical_of"],
                tuple(map(_family, one["typical"])),
                one["near_miss_of"],
                tuple(map(_family, one["near_miss"])),
            )


def portfolio(name: str, families: tuple[frozenset[str], ...]) -> Portfolio:
    """Give a hundred families as a portfolio."""
    tallies = Counter(symbol for family in islice(cycle(families), FAMILIES) for symbol in family)
    return Portfolio(name, FAMILIES, FAMILIES, tallies)


def _family(line: str) -> frozenset[str]:
    symbols = line.split()
    if len(set(symbols)) < len(symbols) or any(normalize_symbol(symbol) != symbol for symbol in symbols):
        raise ValueError(f"a composed family must hold symbols in normal form, each once: {line}")
    return frozenset(symbols)
