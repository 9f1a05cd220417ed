"""The three eligibility frameworks (P-05 to P-09) as effective-dated reference data.

A designation is judged by the framework in force at its launch, a review by the one that its notice
names: the reviews of 2026 still use the text of 2022. Figures are shown to readers; no status follows
from them, because no list carries the figures of a company.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from giants.domain.data_files import data_file


class Criterion(StrEnum):
    """The five recurring substantive criteria (P-06)."""

    FOCUS = "focus"
    MARKET_STANDING = "market_standing"
    INNOVATION = "innovation"
    STRATEGIC_RELEVANCE = "strategic_relevance"
    BUSINESS_QUALITY = "business_quality"


class Unit(StrEnum):
    """What the figure of a threshold counts."""

    YEARS = "years"
    YUAN = "yuan"
    SHARE = "share"
    RIGHTS = "rights"
    RANK = "rank"
    NONE = "none"


class Violation(StrEnum):
    """The five kinds of serious violation that bar a firm (P-07b)."""

    SAFETY = "safety"
    QUALITY = "quality"
    ENVIRONMENT = "environment"
    CREDIT = "credit"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold: at least or at most `value`, in `unit` (shares from 0 to 1), and its words.

    A threshold of words alone has the unit `none` and no figure.
    """

    criterion: Criterion
    item: str
    text: str
    unit: Unit = Unit.NONE
    at_least: float | None = None
    at_most: float | None = None
    in_reviews: bool = True


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that is passed or failed, never graded (P-07, P-09)."""

    item: str
    text: str
    score_min: int | None = None


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework: its document, when it came into force, and what a firm has to satisfy.

    Where only the year is known, `in_force_from` is its first day and `in_force_day_known` is false.
    `conjunctive` says that all thresholds that apply must be met and that they are not points (P-08);
    None where the documents do not say. `sources` are ids of `giants.domain.programme`.
    """

    id: str
    document: str
    in_force_from: date
    in_force_day_known: bool
    thresholds: tuple[Threshold, ...]
    gates: tuple[Gate, ...]
    sources: tuple[str, ...]
    issued_on: date | None = None
    conjunctive: bool | None = None

    @property
    def label(self) -> str:
        """How the framework is shown with a designation."""
        return f"{self.id} framework"


def _shipped() -> tuple[Framework, ...]:
    return msgspec.convert(data_file("frameworks.toml")["framework"], tuple[Framework, ...])


FRAMEWORKS: Final = _shipped()
FRAMEWORK_2018, FRAMEWORK_2022, FRAMEWORK_2026 = FRAMEWORKS
# The first batch, and the first review year, that each framework judges (Z-11: batch 4 is within 2022's).
_FIRST_BATCH: Final = ((8, FRAMEWORK_2026), (4, FRAMEWORK_2022), (1, FRAMEWORK_2018))
_FIRST_REVIEW_YEAR: Final = ((2027, FRAMEWORK_2026), (2022, FRAMEWORK_2022))


def framework_for_designation(batch: int) -> Framework:
    """The framework that new designations of a batch are judged by; the latest known for future batches."""
    if batch < 1:
        raise ValueError(f"got batch {batch}, expected 1 or more")
    return next(framework for first, framework in _FIRST_BATCH if batch >= first)


def framework_for_review(review_year: int) -> Framework:
    """The framework that reviews of a year are judged by; 2026 still uses that of 2022.

    Raises ValueError before 2022, when the first review took place (S-04).
    """
    framework = next((framework for first, framework in _FIRST_REVIEW_YEAR if review_year >= first), None)
    if framework is None:
        raise ValueError(f"got review year {review_year}, expected 2022 or later: no batch was due before")
    return framework
