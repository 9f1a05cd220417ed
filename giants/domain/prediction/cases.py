"""Reviews that were settled, each with the signals that showed before its year began.

Nothing of the review year or later counts: families are those filed before it, ratings are as filed at the
end of the year before, and of the programme only earlier reviews are known. What a company lost is its title
at that review; an absence after an elevation to a higher title is neither.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from giants.domain.events import ProgrammeStatus
from giants.domain.exposure import METHODOLOGY, Methodology
from giants.domain.filed import AsFiled, DatedFamily, as_filed
from giants.domain.lifecycle import ABSENT_AFTER_ELEVATION, ReviewVerdict
from giants.domain.signals.counts import PortfolioByYear
from giants.domain.signals.filed_family import FiledFamily
from giants.domain.signals.rules import RULES, signals_of
from giants.domain.taxonomy import Taxonomy
from schemas.codes import Band, SignalKind, Status, SubState

RULES_ID: Final = "prediction-1"
# Years over which a band is compared: those in which drift is looked for.
_COMPARED_YEARS: Final = RULES.window_years
_LEVELS: Final = {band: level for level, band in enumerate(Band, 1)}
_LOST: Final = frozenset({ReviewVerdict.FAILED.value, ReviewVerdict.ABSENT.value})


class SignalName(StrEnum):
    """What may show before a review."""

    FOCUS_DRIFT = "focus-drift"
    FILINGS_DRYING_UP = "filings-drying-up"
    ELEVATION_CANDIDATE = "elevation-candidate"
    BAND_FELL = "band-fell"
    UNRATED = "unrated"
    LOW_CONFIDENCE = "low-confidence"


SIGNALS: Final = tuple(SignalName)
_OF_KIND: Final = {
    SignalKind.FOCUS_DRIFT: SignalName.FOCUS_DRIFT,
    SignalKind.FILINGS_DRYING_UP: SignalName.FILINGS_DRYING_UP,
    SignalKind.ELEVATION_CANDIDATE: SignalName.ELEVATION_CANDIDATE,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """A review that was passed or lost; `passed_before` says whether the title had passed one already."""

    review_year: int
    lost: bool
    passed_before: bool


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A settled review and the signals that showed before its year."""

    company_id: str
    review_year: int
    lost: bool
    signals: frozenset[SignalName]


@dataclass(frozen=True, slots=True)
class Cases:
    """All cases, and the reviews (all, lost) that say nothing of a portfolio.

    `uncovered` had no family filed before the review year. Of `undated` too many families have no filing date
    to say what was filed when.
    """

    cases: tuple[ReviewCase, ...]
    uncovered: tuple[int, int]
    undated: tuple[int, int]


def settled_reviews(reviews: Iterable[tuple[int, str, str | None]]) -> Iterator[Settled]:
    """The reviews of a company that were settled, by year, of all: year, outcome and reason of each."""
    passed_before = False
    for year, outcome, reason in sorted(reviews, key=lambda review: review[0]):
        if outcome == ReviewVerdict.PASSED.value:
            yield Settled(year, False, passed_before)
            passed_before = True
        elif outcome in _LOST and reason != ABSENT_AFTER_ELEVATION:
            yield Settled(year, True, passed_before)
            passed_before = False


def cases_of(
    companies: Iterable[tuple[str, Sequence[Settled], Sequence[DatedFamily]]],
    taxonomy: Taxonomy,
    methodology: Methodology = METHODOLOGY,
) -> Cases:
    """The cases of companies, each an id with its settled reviews and its families."""
    cases: list[ReviewCase] = []
    uncovered: list[bool] = []
    undated: list[bool] = []
    for company_id, reviews, families in companies:
        unknown = sum(family.filed_on is None for family in families)
        for review in reviews:
            begins = date(review.review_year, 1, 1)
            before = [one for one in families if one.filed_on is not None and one.filed_on < begins]
            if RULES.dated_per_undated_min * unknown > len(before) + unknown:
                undated.append(review.lost)
            elif not before:
                uncovered.append(review.lost)
            else:
                signals = frozenset(_signals(before, review, taxonomy, methodology))
                cases.append(ReviewCase(company_id, review.review_year, review.lost, signals))
    return Cases(tuple(cases), (len(uncovered), sum(uncovered)), (len(undated), sum(undated)))


def _signals(
    before: Sequence[DatedFamily], review: Settled, taxonomy: Taxonomy, methodology: Methodology
) -> Iterator[SignalName]:
    last_year = review.review_year - 1
    portfolio = PortfolioByYear(
        taxonomy, (FiledFamily(one.filed_on.year, one.symbols) for one in before if one.filed_on is not None)
    )
    sub_state = SubState.MAINTAINED if review.passed_before else SubState.NEW
    status = ProgrammeStatus(Status.ACTIVE, sub_state, None, review.review_year)
    for subject in signals_of(portfolio, status, last_year, taxonomy.version, methodology):
        # A review that is due says nothing: it is so of all.
        if subject.kind in _OF_KIND:
            yield _OF_KIND[subject.kind]
    ends = [date(year, 12, 31) for year in (last_year - _COMPARED_YEARS, last_year)]
    then, now = as_filed(before, ends, taxonomy, methodology)
    if any(_level(now, technology) < _level(then, technology) for technology in then.pairs):
        yield SignalName.BAND_FELL
    if all(pair.rating is None for pair in now.pairs.values()):
        yield SignalName.UNRATED
    if now.confidence < methodology.high_confidence:
        yield SignalName.LOW_CONFIDENCE


def _level(portfolio: AsFiled, technology: str) -> int:
    """Where a band stands among bands, 0 where nothing is rated."""
    pair = portfolio.pairs.get(technology)
    return 0 if pair is None or pair.rating is None else _LEVELS[pair.rating.band]
