"""How well a signal before a review goes with a lost title: precision, recall, lift, each with an interval.

Intervals of shares are Wilson's, at 95 %. That of the lift is between percentiles of a bootstrap over
reviews: drawing reviews with replacement and counting them is drawing the four counts of a signal from a
multinomial distribution. Its seed is fixed, so that the same counts give the same interval. It knows no
spread where all or none of those with the signal lost the title: there the interval is Wilson's of that
share. Whether a signal goes with the outcome at all is Fisher's exact test, and by Bonferroni its p is
multiplied by the number of signals that were tried.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from giants.domain.prediction.cases import SIGNALS, ReviewCase, SignalName
from giants.domain.prediction.exact import fisher_two_sided, wilson_interval

LEVEL: Final = 0.95
RESAMPLES: Final = 10_000
SIGNIFICANT_BELOW: Final = 0.05
# Fewer lost titles than this cannot bear a statement about a signal.
LOST_MIN: Final = 10
_SEED: Final = 2019
_PERCENTILES: Final = (50 * (1 - LEVEL), 50 * (1 + LEVEL))


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, the share and its interval; None where the whole is nothing."""

    part: int
    whole: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Lift:
    """How many times as often titles were lost where the signal showed as in all cases; None if undefined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """A signal against the outcomes.

    `precision` is the share that lost the title of those that showed the signal, `recall` the share that
    showed it of those that lost the title, `passed_with` that of those that passed. `p` is adjusted.
    """

    signal: SignalName
    precision: Share
    recall: Share
    passed_with: Share
    lift: Lift
    p: float
    stands_out: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """All signals over some cases; `lost` is what is to be expected without any signal."""

    lost: Share
    tried: int
    enough: bool  # whether enough titles were lost and kept to say anything
    by_year: tuple[tuple[int, int, int], ...]  # review year, cases, lost
    signals: tuple[Measure, ...]


def measures_of(cases: Sequence[ReviewCase]) -> Measures:
    """Hold every signal against the outcomes of the cases."""
    lost = sum(case.lost for case in cases)
    enough = min(lost, len(cases) - lost) >= LOST_MIN
    years = sorted({case.review_year for case in cases})
    return Measures(
        lost=share_of(lost, len(cases)),
        tried=len(SIGNALS),
        enough=enough,
        by_year=tuple((year, *_counted(cases, year)) for year in years),
        signals=tuple(_measure(signal, cases, enough) for signal in SIGNALS),
    )


def share_of(part: int, whole: int) -> Share:
    """A share with Wilson's interval."""
    if not whole:
        return Share(part, whole, None, None, None)
    return Share(part, whole, part / whole, *wilson_interval(part, whole, LEVEL))


def _counted(cases: Iterable[ReviewCase], year: int) -> tuple[int, int]:
    outcomes = [case.lost for case in cases if case.review_year == year]
    return len(outcomes), sum(outcomes)


def _measure(signal: SignalName, cases: Sequence[ReviewCase], enough: bool) -> Measure:
    counts = [[0, 0], [0, 0]]  # by whether the signal showed, then whether the title was lost
    for case in cases:
        counts[signal in case.signals][case.lost] += 1
    (kept_without, lost_without), (kept_with, lost_with) = counts
    table = (kept_without, lost_without), (kept_with, lost_with)
    p = min(1.0, fisher_two_sided(table) * len(SIGNALS)) if cases else 1.0
    return Measure(
        signal,
        precision=share_of(lost_with, lost_with + kept_with),
        recall=share_of(lost_with, lost_with + lost_without),
        passed_with=share_of(kept_with, kept_with + kept_without),
        lift=_lift(lost_with, kept_with, lost_without, kept_without),
        p=p,
        stands_out=enough and p < SIGNIFICANT_BELOW,
    )


def _lift(lost_with: int, kept_with: int, lost_without: int, kept_without: int) -> Lift:
    counts = np.array([lost_with, kept_with, lost_without, kept_without])
    whole, shown, lost = int(counts.sum()), lost_with + kept_with, lost_with + lost_without
    if not shown or not lost:
        return Lift(None, None, None)
    base = lost / whole
    if not lost_with or not kept_with:
        only = share_of(lost_with, shown)
        return Lift(lost_with / shown / base, (only.low or 0.0) / base, (only.high or 0.0) / base)
    drawn = np.random.default_rng(_SEED).multinomial(whole, counts / whole, RESAMPLES)
    shown_drawn, lost_drawn = drawn[:, 0] + drawn[:, 1], drawn[:, 0] + drawn[:, 2]
    defined = (shown_drawn > 0) & (lost_drawn > 0)
    lifts = drawn[defined, 0] * whole / (shown_drawn[defined] * lost_drawn[defined])
    low, high = np.percentile(lifts, _PERCENTILES)
    return Lift(lost_with / shown / base, float(low), float(high))
