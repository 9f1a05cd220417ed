"""What is said about the programme as a whole, each statement with its sources (P-02, P-18, P-23, P-25).

The accreditation cycle is no statement: it follows from the rules of terms and reviews (S-02, S-04, S-05).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from giants.domain.data_files import data_file
from giants.domain.frameworks import FRAMEWORKS, Framework, framework_for_designation, framework_for_review
from giants.domain.lifecycle import TERM_YEARS, batch_year
from schemas.base import BATCH_MAX

FIRST_REVIEW_YEAR: Final = batch_year(1) + TERM_YEARS
LAST_CYCLE_YEAR: Final = batch_year(BATCH_MAX)
# Through the next review of whoever was designated in the newest year that is known.
CYCLE_YEARS_AHEAD: Final = TERM_YEARS


class Basis(StrEnum):
    """What kind of text a source is."""

    OFFICIAL = "official"
    SECONDARY = "secondary"
    DERIVED = "derived"


class Level(StrEnum):
    """Who recognises the firms of a tier."""

    PROVINCIAL = "provincial"
    NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Source:
    """A text that statements rest on; `url` is None where no stable address is known."""

    id: str
    title: str
    basis: Basis
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence and the ids of its sources."""

    id: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LadderTier:
    """A title that firms can hold (P-23, P-24, P-33).

    `rank` counts the ladder from the bottom, None for titles outside it; `score_min` is the least
    development-quality score since 2026; `tracked` says whether lists of the title are read here.
    """

    id: str
    name: str
    name_zh: str
    level: Level
    tracked: bool
    text: str
    sources: tuple[str, ...]
    rank: int | None = None
    score_min: int | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """Everything that is said, in the order in which it is shown."""

    sources: tuple[Source, ...]
    objectives: tuple[Statement, ...]
    choke_points: int
    choke_points_sources: tuple[str, ...]
    cycle_sources: tuple[str, ...]
    tiers: tuple[LadderTier, ...]
    benefits: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class ReviewedBatch:
    """A batch that is due in a year: its firms have passed `passes_before` reviews by then."""

    batch: int
    passes_before: int


@dataclass(frozen=True, slots=True)
class CycleYear:
    """A year of the cycle: which batch is designated, which are reviewed, and by which frameworks (S-05)."""

    year: int
    designated: int
    designation_framework: Framework
    reviewed: tuple[ReviewedBatch, ...]
    review_framework: Framework


def _shipped() -> Programme:
    content: dict[str, Any] = data_file("programme.toml")
    return msgspec.convert(content, Programme, strict=True)


PROGRAMME: Final = _shipped()


def accreditation_cycle(first_year: int, last_year: int) -> tuple[CycleYear, ...]:
    """The years of the cycle from the first to the last; ValueError for years that it does not have."""
    if not FIRST_REVIEW_YEAR <= first_year <= last_year <= LAST_CYCLE_YEAR:
        raise ValueError(
            f"got the years {first_year} to {last_year}, expected years in order"
            f" from {FIRST_REVIEW_YEAR} to {LAST_CYCLE_YEAR}"
        )
    return tuple(_cycle_year(year) for year in range(first_year, last_year + 1))


def cycle_known_in(year: int | None) -> tuple[CycleYear, ...]:
    """The cycle from the first review on, through one term after the newest year that is known.

    With None, no fact being known yet, it goes one term beyond the newest framework.
    """
    newest = year or FRAMEWORKS[-1].in_force_from.year
    last = min(max(newest, FIRST_REVIEW_YEAR) + CYCLE_YEARS_AHEAD, LAST_CYCLE_YEAR)
    return accreditation_cycle(FIRST_REVIEW_YEAR, last)


def _cycle_year(year: int) -> CycleYear:
    designated = year - batch_year(1) + 1
    return CycleYear(
        year=year,
        designated=designated,
        designation_framework=framework_for_designation(designated),
        reviewed=tuple(
            ReviewedBatch(batch, (year - batch_year(batch)) // TERM_YEARS - 1)
            for batch in range(designated - TERM_YEARS, 0, -TERM_YEARS)
        ),
        review_framework=framework_for_review(year),
    )
