"""What a rating would be by other choices than the method's: how much its band depends on them (X-03, X-11).

The sources count every CPC symbol, take what the mapping takes, and leave the limits of the bands to be
assumed. Beside each rating stand those without indexing codes (2000-series and section Y: additional
information that fills the denominator), without the children of entries (C-10), and the bands at limits five
points lower and higher. Confidence is the same in all of them.
"""

from typing import Final, NamedTuple

from giants.domain.cpc import INDEXING_MAIN_GROUP_MIN, main_group_of
from giants.domain.exposure import LIMITS_SHIFT, Scorer
from schemas import changes
from schemas.codes import Band, Profile

_SECTION_Y: Final = "Y"
_SUBCLASS_CHARACTERS: Final = 4
_INDEXING_GROUP_MIN: Final = str(INDEXING_MAIN_GROUP_MIN)  # the highest main groups have four digits

Scored = tuple[float, Band]


class Sensitivity(NamedTuple):
    """A rated pair by other choices: scores with their bands, None where it would not be rated, and bands."""

    without_indexing: Scored | None
    without_children: Scored | None
    limits_lower: Band
    limits_higher: Band


class PairCounts(NamedTuple):
    """Instances of a pair and its portfolio: all, of indexing codes, those matched by children alone."""

    matching: int
    instances: int
    indexing_matching: int
    indexing_instances: int
    children_matching: int


def is_additional(symbol: str) -> bool:
    """Whether a symbol in normal form is an indexing code or a Y tag: additional information only."""
    group = main_group_of(symbol)[_SUBCLASS_CHARACTERS:]
    is_indexing = len(group) == len(_INDEXING_GROUP_MIN) and group >= _INDEXING_GROUP_MIN
    return is_indexing or symbol.startswith(_SECTION_Y)


def dependence_of(band: Band, sensitivity: changes.Sensitivity) -> str | None:
    """Say on which choices a band depends ("moderate; strong without indexing codes"), None where on none."""
    by_other_choices = (
        (_band(sensitivity.without_indexing), "without indexing codes"),
        (_band(sensitivity.without_children), "without the children of entries"),
        (sensitivity.limits_lower, f"at limits {LIMITS_SHIFT} points lower"),
        (sensitivity.limits_higher, f"at limits {LIMITS_SHIFT} points higher"),
    )
    differences = [f"{_spoken(other)} {choice}" for other, choice in by_other_choices if other != band]
    return "; ".join([_spoken(band), *differences]) if differences else None


def _band(scored: changes.ScoredBand | None) -> Band | None:
    return None if scored is None else scored.band


def _spoken(band: Band | None) -> str:
    return "unrated" if band is None else band.replace("_", " ")


class RatedPair(NamedTuple):
    """A rating and what it would be by other choices."""

    scored: Scored
    profile: Profile
    sensitivity: Sensitivity


class Choices:
    """Rates the pairs of one portfolio by the method and by other choices.

    `evidence` is the number of families that confidence counts.
    """

    __slots__ = ("_all", "_plain")

    def __init__(self, instances: int, indexing_instances: int, evidence: int) -> None:
        self._all: Final = Scorer(instances, evidence)
        self._plain: Final = Scorer(instances - indexing_instances, evidence) if indexing_instances else None

    def rate(self, matching: int, indexing_matching: int, children_matching: int) -> RatedPair | None:
        """Rate a pair, None below the floor; a choice that changes nothing has the same object as score."""
        found = self._all.rate(matching)
        if found is None:
            return None
        score, band, profile, lower, higher = found
        scored = (score, band)
        return RatedPair(
            scored,
            profile,
            Sensitivity(
                scored if self._plain is None else self._plain.score(matching - indexing_matching),
                self._all.score(matching - children_matching) if children_matching else scored,
                lower,
                higher,
            ),
        )


def sensitivity_of(counts: PairCounts, evidence: int) -> Sensitivity | None:
    """Give a pair by other choices, None below the floor."""
    rated = Choices(counts.instances, counts.indexing_instances, evidence).rate(
        counts.matching, counts.indexing_matching, counts.children_matching
    )
    return None if rated is None else rated.sensitivity
