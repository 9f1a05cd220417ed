"""What a new taxonomy version or methodology changes before it is in force (T-02, T-08)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from giants.domain.exposure import METHODOLOGY, Methodology, rate
from giants.domain.rating import Rating
from giants.domain.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A company in numbers: its families, those with a CPC symbol, and the families that carry each symbol.

    The instances of the portfolio are the sum of the tallies, symbols outside the taxonomy included (T-10).
    """

    company_id: str
    families: int
    classified: int
    tallies: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EntryDifference:
    """The entries that one technology gains and loses; retired ones among them are those of both lists."""

    technology: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """Instances that only one of two versions takes, and the entry through which it takes them."""

    entry: str
    instances: int


@dataclass(frozen=True, slots=True)
class RatingDifference:
    """A pair whose band, profile or being rated at all differs; None is unrated, which is not very weak.

    The rest says why: `gained` and `lost` what the new version takes and the old one does not, and the
    reverse, the most instances first; `families` and `classified` what two methodologies count differently.
    """

    company_id: str
    technology: str
    before: Rating | None
    after: Rating | None
    gained: tuple[Moved, ...] = ()
    lost: tuple[Moved, ...] = ()
    families: int = 0
    classified: int = 0


def entry_differences(old: Taxonomy, new: Taxonomy) -> tuple[EntryDifference, ...]:
    """Give the technologies whose entries differ, by id; one that is new or gone with all its entries."""
    differences: list[EntryDifference] = []
    for id_ in sorted(old.technologies.keys() | new.technologies.keys()):
        before = {entry.symbol for entry in old.entries.get(id_, ())}
        after = {entry.symbol for entry in new.entries.get(id_, ())}
        if before != after:
            differences.append(
                EntryDifference(id_, tuple(sorted(after - before)), tuple(sorted(before - after)))
            )
    return tuple(differences)


def rating_differences(
    portfolios: Iterable[Portfolio],
    old: Taxonomy,
    new: Taxonomy,
    methodology: Methodology = METHODOLOGY,
    methodology_before: Methodology | None = None,
) -> Iterator[RatingDifference]:
    """Give the ratings that the new version would change, company by company in the order given.

    `methodology` is that of both, unless another one is given for the ratings before.

    A score that moves inside its band is no difference, as it is no rating change either.
    """
    for portfolio in portfolios:
        before = ratings_of(portfolio, old, methodology_before or methodology)
        after = ratings_of(portfolio, new, methodology)
        for technology, was, becomes in _changed(before, after):
            gained = _only_in(new, old, portfolio, technology)
            lost = _only_in(old, new, portfolio, technology)
            yield RatingDifference(
                portfolio.company_id,
                technology,
                was,
                becomes,
                gained,
                lost,
                portfolio.families,
                portfolio.classified,
            )


def differences_to(
    announced: Mapping[str, Mapping[str, Rating]],
    portfolios: Iterable[Portfolio],
    new: Taxonomy,
    methodology: Methodology = METHODOLOGY,
) -> Iterator[RatingDifference]:
    """Give what a version would change of ratings that were announced, by company and technology.

    Why they change is not said: the version that they come from is not at hand.
    """
    for portfolio in portfolios:
        after = ratings_of(portfolio, new, methodology)
        for technology, was, becomes in _changed(announced.get(portfolio.company_id, {}), after):
            yield RatingDifference(portfolio.company_id, technology, was, becomes)


def ratings_of(
    portfolio: Portfolio, taxonomy: Taxonomy, methodology: Methodology = METHODOLOGY
) -> dict[str, Rating]:
    """Give the rated technologies of a portfolio (X-03, X-13)."""
    matching: Counter[str] = Counter()
    for symbol, families in portfolio.tallies.items():
        for technology in taxonomy.technologies_of(symbol):
            matching[technology] += families
    instances = sum(portfolio.tallies.values())
    evidence = methodology.evidence(portfolio.families, portfolio.classified)
    ratings = {technology: rate(count, instances, evidence) for technology, count in matching.items()}
    return {technology: rating for technology, rating in ratings.items() if rating is not None}


def _changed(
    before: Mapping[str, Rating], after: Mapping[str, Rating]
) -> Iterator[tuple[str, Rating | None, Rating | None]]:
    for technology in sorted(before.keys() | after.keys()):
        was, becomes = before.get(technology), after.get(technology)
        if _announced(was) != _announced(becomes):
            yield technology, was, becomes


def _only_in(one: Taxonomy, other: Taxonomy, portfolio: Portfolio, technology: str) -> tuple[Moved, ...]:
    moved: Counter[str] = Counter()
    for symbol, families in portfolio.tallies.items():
        entry = one.entry_of(symbol, technology)
        if entry is not None and technology not in other.technologies_of(symbol):
            moved[entry.symbol] += families
    ranked = sorted(moved.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Moved(entry, instances) for entry, instances in ranked)


def _announced(rating: Rating | None) -> tuple[str, str] | None:
    return None if rating is None else (rating.band, rating.profile)
