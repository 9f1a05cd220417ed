"""What a rating must be (X-03 … X-17), with exact fractions and literal tables.

Imports nothing of the product, so that a mistake in its rating cannot be a mistake here as well.
"""

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final, NamedTuple

# Band from its lower limit on.
BANDS: Final = ((80, "very_strong"), (60, "strong"), (40, "moderate"), (20, "weak"), (0, "very_weak"))
# Whether alignment reaches 3/10, whether confidence reaches 1/2.
PROFILES: Final = {
    (True, True): "established",
    (False, True): "peripheral",
    (True, False): "tentative",
    (False, False): "sparse",
}
# Whether confidence counts families with a CPC symbol alone.
COUNTS_CLASSIFIED: Final = {"exposure-1": False, "exposure-2": True}
# Digits of square roots, far beyond those of a float.
_DIGITS: Final = 60


class Expected(NamedTuple):
    """A rated pair."""

    score: float
    band: str
    profile: str


def evidence(methodology: str, families: int, classified: int) -> int:
    """Give the families that confidence counts."""
    return classified if COUNTS_CLASSIFIED[methodology] else families


def confidence(families: int) -> Fraction:
    """Give the Beta(2, 4) CDF at families / 100, at most 1: 10 x² - 20 x³ + 15 x⁴ - 4 x⁵."""
    x = min(Fraction(families, 100), Fraction(1))
    return 10 * x**2 - 20 * x**3 + 15 * x**4 - 4 * x**5


def rated(matching: int, instances: int, families: int) -> Expected | None:
    """Give the rating of a pair, None below the floor of 2 % (X-13)."""
    if matching == 0 or Fraction(matching, instances) < Fraction(2, 100):
        return None
    alignment, weight = Fraction(matching, instances), confidence(families)
    product = alignment * weight
    # The score 100 √(A C) reaches a limit where A C reaches the square of the limit over 10,000.
    band = next(band for limit, band in BANDS if product >= Fraction(limit**2, 100**2))
    profile = PROFILES[alignment >= Fraction(3, 10), weight >= Fraction(1, 2)]
    return Expected(_score(product), band, profile)


def _score(product: Fraction) -> float:
    with localcontext() as context:
        context.prec = _DIGITS
        return float(100 * (Decimal(product.numerator) / Decimal(product.denominator)).sqrt())


def is_additional(symbol: str) -> bool:
    """Whether a symbol is of section Y or of the 2000-series."""
    return symbol[0] == "Y" or int(symbol[4:].split("/", maxsplit=1)[0]) >= 2000


def sensitivity(
    matching: int, instances: int, families: int, indexing: tuple[int, int], children: int
) -> dict[str, object]:
    """Give a rated pair by other choices; `indexing` are matching and all instances of additional symbols."""
    product = Fraction(matching, instances) * confidence(families)
    shifted = {
        points: next(
            band
            for limit, band in BANDS
            if limit == 0 or product >= Fraction(max(limit + points, 0) ** 2, 100**2)
        )
        for points in (-5, 5)
    }
    return {
        "without_indexing": _scored(matching - indexing[0], instances - indexing[1], families),
        "without_children": _scored(matching - children, instances, families),
        "limits_lower": shifted[-5],
        "limits_higher": shifted[5],
    }


def _scored(matching: int, instances: int, families: int) -> dict[str, object] | None:
    rating = rated(matching, instances, families)
    return None if rating is None else {"score": round(rating.score, 4), "band": rating.band}


def exposure(
    technology: str,
    matching: int,
    instances: int,
    families: int,
    *,
    indexing: tuple[int, int] = (0, 0),
    children: int = 0,
) -> dict[str, object]:
    """Give what an exposure says of a technology that matches: numbers as they are published."""
    rating = rated(matching, instances, families)
    return {
        "technology": technology,
        "matching": matching,
        "alignment": round(float(Fraction(matching, instances)), 6),
        "score": None if rating is None else round(rating.score, 4),
        "band": None if rating is None else rating.band,
        "profile": None if rating is None else rating.profile,
        "sensitivity": None
        if rating is None
        else sensitivity(matching, instances, families, indexing, children),
    }


def published_confidence(families: int) -> float:
    """Give the confidence as it is published."""
    return round(float(confidence(families)), 7)
