"""Figures about names and attribution with the targets that the programme's data should meet.

Consistency of names (N-11), corrections (N-04), attribution (P-14), unknown status (S-08).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from giants.domain.names.normal import normal_form

FIRST_ATTRIBUTED_BATCH: Final = 4
CORRECTIONS_BELOW: Final = Fraction(1, 1000)
ATTRIBUTION_ABOVE: Final = Fraction(995, 1000)
UNKNOWN_BELOW: Final = Fraction(3, 100)
# Names that come from name records; all others stand on lists as printed.
RECORD_CAUSES: Final = frozenset({"rename", "correction", "english"})


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, with the target that it should be above or below, where there is one.

    Compared as integers, so that a figure exactly on its target does not meet it.
    """

    what: str
    rule: str
    count: int
    total: int
    above: Fraction | None = None
    below: Fraction | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total:
            raise ValueError(f"{self.what}: got {self.count} of {self.total}, expected a part of the whole")

    @property
    def value(self) -> float | None:
        """The share from 0 to 1; None where there is nothing to take a share of."""
        return self.count / self.total if self.total else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target or without a figure."""
        if not self.total or (self.above is None and self.below is None):
            return None
        share = Fraction(self.count, self.total)
        return (self.above is None or share > self.above) and (self.below is None or share < self.below)

    @property
    def target(self) -> str | None:
        """The target in words, such as "above 99.5 %"."""
        if self.above is not None:
            return f"above {float(self.above * 100):g} %"
        if self.below is not None:
            return f"below {float(self.below * 100):g} %"
        return None


def consistent_name_share(names_of_companies: Iterable[Iterable[str]]) -> Share:
    """Companies that bear one name in all lists (N-11), spelling aside; no target is published.

    Takes for each company the names under which lists recorded it; companies without any do not count.
    """
    companies = consistent = 0
    for names in names_of_companies:
        forms = {normal_form(name) for name in names}
        companies += bool(forms)
        consistent += len(forms) == 1
    return Share("companies with one consistent name", "N-11", consistent, companies)


def correction_share(corrected: int, companies: int) -> Share:
    """Companies whose name is a transcription correction (N-04)."""
    return Share("companies with a corrected name", "N-04", corrected, companies, below=CORRECTIONS_BELOW)


def attribution_share(batches_and_attributed: Iterable[tuple[int, bool]]) -> Share:
    """Designations of batch 4 and later whose authority is known (P-14).

    Takes the batch of each designation and whether it has an authority; earlier batches do not count.
    """
    total = attributed = 0
    for batch, has_authority in batches_and_attributed:
        if batch >= FIRST_ATTRIBUTED_BATCH:
            total += 1
            attributed += has_authority
    what = f"designations since batch {FIRST_ATTRIBUTED_BATCH} with a known authority"
    return Share(what, "P-14", attributed, total, above=ATTRIBUTION_ABOVE)


def unknown_share(unknown: int, reviewed: int) -> Share:
    """Companies of unknown status among those that were due for a review at least once (S-08)."""
    return Share("reviewed companies of unknown status", "S-08", unknown, reviewed, below=UNKNOWN_BELOW)
