"""Ratings as filed: what a portfolio said at the end of a day, by the filing dates of its families.

History by arrival says what had been announced by a day. This says what the families that were filed by that
day amount to, with their symbols, assignees and mapping as they are known today. The rules of a rating are
those of `giants.domain.exposure`. A family without a filing date belongs to no day: it is counted apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from giants.domain.exposure import METHODOLOGY, Methodology, confidence, rate
from giants.domain.rating import Rating
from giants.domain.signals.counts import Filings
from giants.domain.signals.filed_family import FiledFamily
from giants.domain.taxonomy import Taxonomy

RULES_ID: Final = "filed-1"
# A filing outside of these years is a slip of the pen: its date counts as unknown. Families are counted by
# year, so the number of years has to be bounded.
FILED_YEAR_MIN: Final = 1950
FILED_YEAR_MAX: Final = 2100
_LAST_MONTH, _LAST_DAY = 12, 31


class DatedFamily(NamedTuple):
    """When a family was filed, None where no plausible date is known, and its symbols, each once."""

    filed_on: date | None
    symbols: tuple[str, ...]


class FiledPair(NamedTuple):
    """One technology of a portfolio; `rating` is None below the floor."""

    matching: int
    alignment: float
    rating: Rating | None


@dataclass(frozen=True, slots=True)
class AsFiled:
    """A portfolio of the families filed by the end of a day; technologies that match nothing are left out."""

    on: date
    families: int
    classified: int
    instances: int
    confidence: float
    pairs: Mapping[str, FiledPair]


def filed_methodology(methodology: Methodology) -> str:
    """What an answer names: counting by filing date, and the method of the ratings."""
    return f"{RULES_ID}+{methodology.id}"


def plausible(filed_on: date | None) -> date | None:
    """The filing date, or None where it is none or lies outside of the years that are taken."""
    if filed_on is None or not FILED_YEAR_MIN <= filed_on.year <= FILED_YEAR_MAX:
        return None
    return filed_on


def as_filed(
    families: Iterable[DatedFamily],
    days: Iterable[date],
    taxonomy: Taxonomy,
    methodology: Methodology = METHODOLOGY,
) -> list[AsFiled]:
    """The portfolio as filed by each of some days, in the order of the days."""
    dated = sorted(
        ((family.filed_on, family.symbols) for family in families if family.filed_on is not None),
        key=lambda family: family[0],
    )
    filings, at, found = Filings(), 0, []
    for day in sorted(set(days)):
        while at < len(dated) and dated[at][0] <= day:
            filed_on, symbols = dated[at]
            count(filings, filed_on.year, symbols, taxonomy)
            at += 1
        found.append(rated(filings, day, methodology))
    return found


def count(filings: Filings, year: int, symbols: tuple[str, ...], taxonomy: Taxonomy) -> None:
    """Count a family of distinct symbols in."""
    technologies = [one for symbol in symbols for one in taxonomy.technologies_of(symbol)]
    filings.add(FiledFamily(year, symbols), technologies, +1)


def rated(filings: Filings, on: date, methodology: Methodology) -> AsFiled:
    """Rate what was filed by a day."""
    evidence = methodology.evidence(filings.families, filings.classified)
    pairs = {
        technology: FiledPair(
            matching, matching / filings.instances, rate(matching, filings.instances, evidence)
        )
        for technology, matching in sorted(filings.matching.items())
    }
    return AsFiled(on, filings.families, filings.classified, filings.instances, confidence(evidence), pairs)


def undated(families: Iterable[DatedFamily]) -> int:
    """How many families no day can be asked about."""
    return sum(family.filed_on is None for family in families)


def ends_of_years(families: Sequence[DatedFamily], until: date) -> list[date]:
    """The last day of every year from the first filing on, and `until` in its own; none without a filing."""
    filed = [family.filed_on for family in families if family.filed_on is not None]
    if not filed:
        return []
    ends = [date(year, _LAST_MONTH, _LAST_DAY) for year in range(min(filed).year, until.year)]
    return [*ends, until] if min(filed) <= until else []
