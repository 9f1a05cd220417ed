"""What the entries of a taxonomy bring in given portfolios, and what technologies share there (T-09)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from giants.domain.taxonomy import Entry, Taxonomy


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one entry brings: instances that are taken through it, and those that no other technology takes.

    An instance counts for the most specific entry of its technology, so that the contributions of a
    technology add up to its matching instances.
    """

    entry: Entry
    symbols: int
    instances: int
    alone: int


@dataclass(frozen=True, slots=True)
class Shared:
    """Instances that two technologies both take, and which share of each that is."""

    technologies: tuple[str, str]
    instances: int
    shares: tuple[float, float]


@dataclass(frozen=True, slots=True)
class TaxonomyReport:
    """Contributions by technology, in the order of the entries, and pairs by what they share."""

    instances: int
    matching: Mapping[str, int]
    contributions: Mapping[str, tuple[Contribution, ...]]
    shared: tuple[Shared, ...]


def report_on(taxonomy: Taxonomy, tallies: Mapping[str, int]) -> TaxonomyReport:
    """Take portfolios apart; `tallies` gives instances by symbol in normal form."""
    matching: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    through: dict[tuple[str, str], Counter[str]] = {}
    for symbol, instances in tallies.items():
        technologies = taxonomy.technologies_of(symbol)
        matching.update(dict.fromkeys(technologies, instances))
        both.update(dict.fromkeys(combinations(technologies, 2), instances))
        for id_ in technologies:
            if (entry := taxonomy.entry_of(symbol, id_)) is not None:
                counts = through.setdefault((id_, entry.symbol), Counter())
                counts.update(symbols=1, instances=instances, alone=instances * (len(technologies) == 1))
    return TaxonomyReport(
        instances=sum(tallies.values()),
        matching={id_: matching[id_] for id_ in taxonomy.technologies},
        contributions={
            id_: tuple(_contributions(entries, through)) for id_, entries in taxonomy.entries.items()
        },
        shared=tuple(
            Shared((one, other), common, (common / matching[one], common / matching[other]))
            for (one, other), common in sorted(both.items(), key=lambda item: (-item[1], item[0]))
        ),
    )


def _contributions(
    entries: tuple[Entry, ...], through: Mapping[tuple[str, str], Counter[str]]
) -> Iterator[Contribution]:
    none: Counter[str] = Counter()
    for entry in entries:
        counts = through.get((entry.technology, entry.symbol), none)
        yield Contribution(entry, counts["symbols"], counts["instances"], counts["alone"])
