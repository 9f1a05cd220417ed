"""How a portfolio becomes a rating: alignment, confidence, score, band, profile (X-01 … X-25).

The formula of the score is *derived* and the bands are *assumed*: the tables of the published method are
missing (Z-01, Z-02). Both are data of a named methodology version, so that every answer can say so.
"""

from bisect import bisect_right
from dataclasses import dataclass
from math import sqrt
from typing import Final

import msgspec
from scipy.special import betainc

from schemas.codes import Band, Profile


@dataclass(frozen=True, slots=True)
class Methodology:
    """The constants of one version of the method."""

    id: str
    confidence_alpha: float
    confidence_beta: float
    confidence_families: int  # families at which confidence reaches 1
    floor_instances_per_match: int  # rated when matching * this >= total: 50 is the 2 % floor
    score_formula: str
    score_is_derived: bool  # Z-01
    band_cutoffs: tuple[tuple[float, Band], ...]  # lower bound, inclusive
    bands_are_assumed: bool  # Z-02
    high_alignment: float
    high_confidence: float


METHODOLOGY: Final = Methodology(
    id="exposure-1",
    confidence_alpha=2,
    confidence_beta=4,
    confidence_families=100,
    floor_instances_per_match=50,
    score_formula="100 * sqrt(alignment * confidence)",
    score_is_derived=True,
    band_cutoffs=(
        (0.0, Band.VERY_WEAK),
        (20.0, Band.WEAK),
        (40.0, Band.MODERATE),
        (60.0, Band.STRONG),
        (80.0, Band.VERY_STRONG),
    ),
    bands_are_assumed=True,
    high_alignment=0.3,
    high_confidence=0.5,
)

# I_x(2, 4) for x = 0.00 … 1.00: there are no other values, since x is families / 100, at most 1.
_CONFIDENCE: Final = tuple(
    float(
        betainc(
            METHODOLOGY.confidence_alpha,
            METHODOLOGY.confidence_beta,
            families / METHODOLOGY.confidence_families,
        )
    )
    for families in range(METHODOLOGY.confidence_families + 1)
)

_FLOOR: Final = METHODOLOGY.floor_instances_per_match
_CUTOFFS: Final = [cutoff for cutoff, _ in METHODOLOGY.band_cutoffs]
_BANDS: Final = [band for _, band in METHODOLOGY.band_cutoffs]


class Rating(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A rated pair: score in 0 … 100, its band, its profile."""

    score: float
    band: Band
    profile: Profile


def confidence(families: int) -> float:
    """Weight in 0 … 1 that a portfolio of so many families can bear (X-04); not a probability (X-06)."""
    if families < 0:
        raise ValueError(f"families must not be negative, got {families}")
    return _CONFIDENCE[min(families, METHODOLOGY.confidence_families)]


def alignment(matching: int, instances: int) -> float | None:
    """Share of instances that match a technology (X-03); None for an empty portfolio (X-21)."""
    return matching / instances if instances else None


def is_rated(matching: int, instances: int) -> bool:
    """Whether alignment reaches the 2 % floor, compared as integers (X-13)."""
    return matching > 0 and _FLOOR * matching >= instances


def band_of(score_: float) -> Band:
    """Band of a score of at least 0; lower bounds belong to the band (X-11, assumed)."""
    return _BANDS[bisect_right(_CUTOFFS, score_) - 1]


def profile_of(alignment_: float, confidence_: float) -> Profile:
    """Quadrant of a rated pair (X-15)."""
    if confidence_ >= METHODOLOGY.high_confidence:
        return Profile.ESTABLISHED if alignment_ >= METHODOLOGY.high_alignment else Profile.PERIPHERAL
    return Profile.TENTATIVE if alignment_ >= METHODOLOGY.high_alignment else Profile.SPARSE


def rate(matching: int, instances: int, confidence_: float) -> Rating | None:
    """Rating of one pair, or None below the floor: unrated, which is not the same as very weak (X-14).

    `confidence_` is that of the whole portfolio, so that it is looked up once for all technologies.
    """
    if not is_rated(matching, instances):
        return None
    alignment_ = matching / instances
    value = 100 * sqrt(alignment_ * confidence_)
    return Rating(value, band_of(value), profile_of(alignment_, confidence_))


def stands(rating: Rating | None, matching: int, instances: int, confidence_: float) -> bool:
    """Whether `rate` gives the band and the profile of a rating, or none as well; scores may differ.

    Most updates of a portfolio leave most pairs where they were, and then no rating is made.
    """
    rated = is_rated(matching, instances)
    if rating is None or not rated:
        return rating is None and not rated
    alignment_ = matching / instances
    band = band_of(100 * sqrt(alignment_ * confidence_))
    return rating.band is band and rating.profile is profile_of(alignment_, confidence_)
