"""A portfolio in numbers by the year of filing, kept up to date family by family (C-03, C-06)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from giants.domain.signals.filed_family import FiledFamily
from giants.domain.taxonomy import Taxonomy

# The year of families whose filing date is not known. They count among all, and in no stretch of years.
UNDATED: Final = 0


@dataclass(slots=True)
class Filings:
    """Families, those with a CPC symbol, CPC instances, and of those the matching ones by technology."""

    families: int = 0
    classified: int = 0
    instances: int = 0
    matching: dict[str, int] = field(default_factory=dict)

    def add(self, family: FiledFamily, technologies: Iterable[str], sign: int) -> None:
        """Count a family in (+1) or out (-1); `technologies` holds one item for each matching instance."""
        self.families += sign
        self.classified += sign * bool(family.symbols)
        self.instances += sign * len(family.symbols)
        matching = self.matching
        for technology in technologies:
            count = matching.get(technology, 0) + sign
            if count:
                matching[technology] = count
            else:
                del matching[technology]


class PortfolioByYear:
    """Filings of a company, in all and by year, under one taxonomy (or none)."""

    __slots__ = ("_taxonomy", "by_year", "total")

    def __init__(self, taxonomy: Taxonomy | None, families: Iterable[FiledFamily] = ()) -> None:
        self._taxonomy = taxonomy
        self.total = Filings()
        self.by_year: dict[int, Filings] = {}
        for family in families:
            self.count(family, +1)

    def count(self, family: FiledFamily, sign: int) -> None:
        """Count a family in (+1) or out (-1); the cost depends on its symbols alone."""
        taxonomy = self._taxonomy
        technologies: list[str] = []
        if taxonomy is not None:
            for symbol in family.symbols:
                technologies.extend(taxonomy.technologies_of(symbol))
        self.total.add(family, technologies, sign)
        of_year = self.by_year.get(family.year)
        if of_year is None:
            of_year = self.by_year[family.year] = Filings()
        of_year.add(family, technologies, sign)
        if not of_year.families:
            del self.by_year[family.year]

    def families_in(self, first: int, last: int) -> int:
        """Families that were filed from one year to another, both included."""
        return sum([self.by_year[year].families for year in range(first, last + 1) if year in self.by_year])

    def window(self, first: int, last: int) -> list[Filings]:
        """Filings of the years from one to another, both included, that have any."""
        return [self.by_year[year] for year in range(first, last + 1) if year in self.by_year]
