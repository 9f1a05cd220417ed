"""How a portfolio becomes a rating: alignment, confidence, score, band, profile (X-01 … X-21).

The formula of the score is *derived* and the bands are *assumed*: the tables of the published method are
missing (Z-01, Z-02). Both are data of a named methodology version, so that every answer can say so.

Versions of the method differ in which families confidence counts: `exposure-1` all, `exposure-2` those with
at least one CPC symbol, since a family without symbols is no evidence for any technology. The other constants
are the same, so that the functions here take the number of families that count.

Confidence and the limits of bands are compared with integers, so that a portfolio exactly on a limit is never
moved by a rounding error.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import comb, sqrt
from types import MappingProxyType
from typing import Final

from giants.domain.rating import Rating
from schemas.codes import Band, Profile


@dataclass(frozen=True, slots=True)
class Methodology:
    """The constants of one version of the method."""

    id: str
    counts_classified: bool  # whether confidence counts families with a CPC symbol alone, or all
    confidence_alpha: int
    confidence_beta: int
    confidence_families: int  # families at which confidence reaches 1
    floor_instances_per_match: int  # rated when matching * this >= total: 50 is the 2 % floor
    score_formula: str
    score_is_derived: bool  # Z-01
    band_cutoffs: tuple[tuple[int, Band], ...]  # lower bound, inclusive
    bands_are_assumed: bool  # Z-02
    high_alignment: float
    high_confidence: float

    def evidence(self, families: int, classified: int) -> int:
        """Families that confidence counts, of all and of those with at least one CPC symbol."""
        return classified if self.counts_classified else families


METHODOLOGY: Final = Methodology(
    id="exposure-2",
    counts_classified=True,
    confidence_alpha=2,
    confidence_beta=4,
    confidence_families=100,
    floor_instances_per_match=50,
    score_formula="100 * sqrt(alignment * confidence)",
    score_is_derived=True,
    band_cutoffs=(
        (0, Band.VERY_WEAK),
        (20, Band.WEAK),
        (40, Band.MODERATE),
        (60, Band.STRONG),
        (80, Band.VERY_STRONG),
    ),
    bands_are_assumed=True,
    high_alignment=0.3,
    high_confidence=0.5,
)
METHODOLOGIES: Final[Mapping[str, Methodology]] = MappingProxyType(
    {
        "exposure-1": replace(METHODOLOGY, id="exposure-1", counts_classified=False),
        METHODOLOGY.id: METHODOLOGY,
    }
)
# Few families are classified where they are fewer than one in so many.
FAMILIES_PER_CLASSIFIED_MAX: Final = 2

# For whole numbers alpha and beta the Beta CDF at x is the chance of at least alpha successes in this many
# trials with chance x each. With x = families / 100 it is a whole number over 100 ** trials.
_TRIALS: Final = METHODOLOGY.confidence_alpha + METHODOLOGY.confidence_beta - 1
_CONFIDENCE_SCALE: Final[int] = METHODOLOGY.confidence_families**_TRIALS
_SCALED_CONFIDENCE: Final[tuple[int, ...]] = tuple(
    sum(
        comb(_TRIALS, successes)
        * families**successes
        * (METHODOLOGY.confidence_families - families) ** (_TRIALS - successes)
        for successes in range(METHODOLOGY.confidence_alpha, _TRIALS + 1)
    )
    for families in range(METHODOLOGY.confidence_families + 1)
)
_CONFIDENCE: Final = tuple(scaled / _CONFIDENCE_SCALE for scaled in _SCALED_CONFIDENCE)

# Constants of the hot path, which every delta goes through some ten times.
_FLOOR: Final = METHODOLOGY.floor_instances_per_match
_FULL: Final = METHODOLOGY.confidence_families
_HIGH_ALIGNMENT: Final = METHODOLOGY.high_alignment
_HIGH_CONFIDENCE: Final = METHODOLOGY.high_confidence
_BANDS: Final = [band for _, band in METHODOLOGY.band_cutoffs]
# Points of the score by which the limits of bands are moved to see what depends on them.
LIMITS_SHIFT: Final = 5


def _scaled_cutoffs(shift: int) -> list[int]:
    """Limits to compare with A * C * scale: 100 * sqrt(A * C) >= limit is A * C * scale >= one of these.

    They are whole numbers, since the scale is a power of 100. The lowest limit stays where it is.
    """
    limits = (cutoff and cutoff + shift for cutoff, _ in METHODOLOGY.band_cutoffs)
    return [limit**2 * _CONFIDENCE_SCALE // 100**2 for limit in limits]


_CUTOFFS: Final = _scaled_cutoffs(0)
_LOWER_CUTOFFS: Final = _scaled_cutoffs(-LIMITS_SHIFT)
_HIGHER_CUTOFFS: Final = _scaled_cutoffs(LIMITS_SHIFT)


def confidence(families: int) -> float:
    """Weight in 0 … 1 that a portfolio of so many families can bear (X-04); not a probability (X-06).

    Raises ValueError for a negative number.
    """
    if families < 0:
        raise ValueError(f"families must not be negative, got {families}")
    return _CONFIDENCE[min(families, _FULL)]


def few_classified(families: int, classified: int) -> bool:
    """Whether a reader has to be told that few families of a portfolio carry a CPC symbol."""
    return FAMILIES_PER_CLASSIFIED_MAX * classified < families


def alignment(matching: int, instances: int) -> float | None:
    """Share of instances that match a technology (X-03); None for an empty portfolio (X-21)."""
    return matching / instances if instances else None


def is_rated(matching: int, instances: int) -> bool:
    """Whether alignment reaches the 2 % floor, compared as integers (X-13)."""
    return matching > 0 and _FLOOR * matching >= instances


def rate(matching: int, instances: int, families: int) -> Rating | None:
    """Rating of one pair, or None below the floor: unrated, which is not the same as very weak (X-14).

    `families` are those that count for confidence.
    """
    scored = score_of(matching, instances, families)
    if scored is None:
        return None
    return Rating(*scored, _profile(matching / instances, confidence(families)))


def score_of(matching: int, instances: int, families: int) -> tuple[float, Band] | None:
    """Score and band of one pair, or None below the floor; as `rate`."""
    if not is_rated(matching, instances):
        return None
    scaled = matching * _SCALED_CONFIDENCE[min(_FULL, families)]
    score = 100 * sqrt(scaled / (instances * _CONFIDENCE_SCALE))
    return score, _BANDS[bisect_right(_CUTOFFS, scaled // instances) - 1]


def stands(rating: Rating | None, matching: int, instances: int, families: int) -> bool:
    """Whether `rate` gives the band and the profile of a rating, or none as well; scores may differ.

    Most updates of a portfolio leave most pairs where they were, and then no rating is made.
    """
    rated = is_rated(matching, instances)
    if rating is None or not rated:
        return rating is None and not rated
    counted = min(_FULL, families)
    scaled = matching * _SCALED_CONFIDENCE[counted] // instances
    band = _BANDS[bisect_right(_CUTOFFS, scaled) - 1]
    return rating.band is band and rating.profile is _profile(matching / instances, _CONFIDENCE[counted])


class Scorer:
    """Scores the pairs of one portfolio, as `rate`: what is the same for all of them is computed once.

    `families` are those that count for confidence.
    """

    __slots__ = ("_divisor", "_instances", "_profiles", "_scaled_confidence")

    def __init__(self, instances: int, families: int) -> None:
        counted = min(_FULL, families)
        self._instances = instances
        self._divisor = instances * _CONFIDENCE_SCALE
        self._scaled_confidence = _SCALED_CONFIDENCE[counted]
        self._profiles = tuple(_profile(alignment_, _CONFIDENCE[counted]) for alignment_ in (0.0, 1.0))

    def score(self, matching: int) -> tuple[float, Band] | None:
        """Score and band of a pair, None below the floor."""
        if matching <= 0 or _FLOOR * matching < self._instances:
            return None
        scaled = matching * self._scaled_confidence
        band = _BANDS[bisect_right(_CUTOFFS, scaled // self._instances) - 1]
        return 100 * sqrt(scaled / self._divisor), band

    def rate(self, matching: int) -> tuple[float, Band, Profile, Band, Band] | None:
        """Score, band and profile of a pair, and its bands at lower and higher limits; None below the floor.

        All limits but the lowest are `LIMITS_SHIFT` points lower, and higher.
        """
        instances = self._instances
        if matching <= 0 or _FLOOR * matching < instances:
            return None
        scaled = matching * self._scaled_confidence
        level = scaled // instances
        return (
            100 * sqrt(scaled / self._divisor),
            _BANDS[bisect_right(_CUTOFFS, level) - 1],
            self._profiles[matching / instances >= _HIGH_ALIGNMENT],
            _BANDS[bisect_right(_LOWER_CUTOFFS, level) - 1],
            _BANDS[bisect_right(_HIGHER_CUTOFFS, level) - 1],
        )


def _profile(alignment_: float, confidence_: float) -> Profile:
    """Quadrant of a rated pair (X-15)."""
    if confidence_ >= _HIGH_CONFIDENCE:
        return Profile.ESTABLISHED if alignment_ >= _HIGH_ALIGNMENT else Profile.PERIPHERAL
    return Profile.TENTATIVE if alignment_ >= _HIGH_ALIGNMENT else Profile.SPARSE
