"""What lists say of one company, and the arithmetic of terms."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from schemas.base import AuthorityCode, SourceClass, Stage

YEAR_BEFORE_FIRST_BATCH: Final = 2018
TERM_YEARS: Final = 3


def batch_year(batch: int) -> int:
    """The year of a batch (P-11): 2019 for batch 1."""
    return YEAR_BEFORE_FIRST_BATCH + batch


def dated(on: date, year: int) -> date:
    """The date of a fact of a year, brought into the term of three years that begins with it."""
    if on.year < year:
        return date(year, 1, 1)
    return on if on.year < year + TERM_YEARS else date(year, 12, 31)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The list that says something: its class, its stage, when it was published, and `list_id@revision`.

    `weight` is class, then stage; the smaller wins (D-04).
    """

    source: SourceClass
    stage: Stage
    on: date
    ref: str
    weight: tuple[int, bool] = field(init=False)

    def __post_init__(self) -> None:
        # Kept, not computed each time: lists are few and their evidence is compared all the time.
        object.__setattr__(self, "weight", (self.source.rank, self.stage is not Stage.FINAL))


@dataclass(frozen=True, slots=True)
class DesignationFact:
    """A designation list names the company."""

    batch: int
    authority: AuthorityCode | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """A review list names the company; `reason` goes with a failure."""

    review_year: int
    passed: bool
    reason: str | None
    authority: AuthorityCode | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class RevocationFact:
    """A revocation list names the company."""

    reason: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ElevationFact:
    """A list of the higher title names the company."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """Everything that lists say of one company, in any order."""

    designations: tuple[DesignationFact, ...]
    reviews: tuple[ReviewFact, ...] = ()
    revocations: tuple[RevocationFact, ...] = ()
    elevations: tuple[ElevationFact, ...] = ()


class GapReason(StrEnum):
    """Why lists do not settle a review (S-08, S-17)."""

    NO_LIST = "no_list"
    NOT_ALL_LISTS = "not_all_lists"
    LIST_NOT_COMPLETE = "list_not_complete"
    LIST_CONTRADICTS_ITSELF = "list_contradicts_itself"
    TOTAL_CONTRADICTS = "total_contradicts"


class Gap(NamedTuple):
    """What is missing for a proof; `ref` is the list that falls short, where there is one."""

    reason: GapReason
    ref: str | None = None


class CompleteLists(Protocol):
    """Which complete lists had to hold a company; None where there is no such proof (S-17).

    `authority` None stands for a company whose authority is not known: every list that could hold it must
    be complete, or a national one.
    """

    def final_designations(self, batch: int, authority: AuthorityCode | None) -> Evidence | None:
        """Final lists of a batch."""
        ...

    def reviews(self, review_year: int, authority: AuthorityCode | None) -> Evidence | None:
        """Review lists of a year: the final list if there is one, else the public notice."""
        ...

    def review_gap(self, review_year: int, authority: AuthorityCode | None) -> Gap | None:
        """Why `reviews` gives no proof; None where it gives one."""
        ...
