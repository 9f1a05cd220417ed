"""Cohorts: what became of each batch at each review, from the snapshots of all companies (S-05, S-11, G-01).

A review belongs to the newest batch that designated the company before the review year and was not
withdrawn: a company that was designated again is reviewed with its new batch.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.domain.lifecycle import ABSENT_AFTER_ELEVATION, TERM_YEARS, ReviewVerdict, batch_year
from schemas.base import REVIEW_YEAR_MAX, AuthorityCode
from schemas.changes import CompanySnapshot, ReviewOutcome
from schemas.codes import Status

_KINDS: Final = ("passed", "removed", "elevated", "unknown", "pending", "expected")
_REMOVED: Final = frozenset({ReviewVerdict.FAILED.value, ReviewVerdict.ABSENT.value})


@dataclass(frozen=True, slots=True)
class Cohort:
    """Companies of one batch at one review; counts of companies.

    `due` = `passed` + `removed` + `elevated` + `unknown` + `pending` + `expected`, where `expected` are those
    of a year that has not begun, if they pass until then. `elevated` are absent after their elevation to a
    higher title, which is no removal (S-13). `renominated` are those of the `due` that did not pass and
    were designated again since.
    """

    batch: int
    review_year: int
    due: int
    passed: int
    removed: int
    unknown: int
    pending: int
    expected: int
    renominated: int
    elevated: int = 0

    @property
    def passes_before(self) -> int:
        """How many reviews the cohort has passed before this one."""
        return (self.review_year - batch_year(self.batch)) // TERM_YEARS - 1

    @property
    def removal_rate(self) -> float | None:
        """Share removed of those whose review is settled (S-11); None while none is."""
        settled = self.passed + self.removed
        return self.removed / settled if settled else None


@dataclass(frozen=True, slots=True)
class Retention:
    """What is left of a batch at the end of a year; counts of companies.

    `kept` held the title without a break since their designation; `active` hold it, by this batch or
    another.
    """

    batch: int
    year: int
    designated: int
    kept: int
    active: int

    @property
    def kept_share(self) -> float:
        """Share that kept the title, from 0 to 1."""
        return self.kept / self.designated


@dataclass(frozen=True, slots=True)
class AuthorityCount:
    """Companies of an authority by status; None is no known authority (P-14)."""

    authority: AuthorityCode | None
    active: int
    inactive: int
    unknown: int

    @property
    def companies(self) -> int:
        """All companies of the authority."""
        return self.active + self.inactive + self.unknown


def cohorts(snapshots: Iterable[CompanySnapshot], through_year: int) -> tuple[Cohort, ...]:
    """Every (batch, review year) up to a year, by review year and then newest batch first (S-05)."""
    last_year = min(through_year, REVIEW_YEAR_MAX)
    counts: dict[tuple[int, int], Counter[str]] = {}
    for snapshot in snapshots:
        for review in snapshot.reviews:
            if review.review_year <= last_year and (batch := _batch_of(snapshot, review.review_year)):
                count = counts.setdefault((review.review_year, -batch), Counter())
                count[_kind_of(review)] += 1
                if review.outcome != ReviewVerdict.PASSED and _is_renominated(snapshot, review.review_year):
                    count["renominated"] += 1
        for year in _years_to_come(snapshot, last_year):
            if batch := _batch_of(snapshot, year):
                counts.setdefault((year, -batch), Counter())["expected"] += 1
    return tuple(
        Cohort(
            batch=-negative_batch,
            review_year=year,
            due=sum(count[kind] for kind in _KINDS),
            passed=count["passed"],
            removed=count["removed"],
            unknown=count["unknown"],
            pending=count["pending"],
            expected=count["expected"],
            renominated=count["renominated"],
            elevated=count["elevated"],
        )
        for (year, negative_batch), count in sorted(counts.items())
    )


def retention(snapshots: Iterable[CompanySnapshot], through_year: int) -> tuple[Retention, ...]:
    """The curve of each batch: what is left of it at the end of each year since its own."""
    designated: Counter[int] = Counter()
    kept: Counter[tuple[int, int]] = Counter()
    active: Counter[tuple[int, int]] = Counter()
    for snapshot in snapshots:
        for designation in snapshot.designations:
            if designation.confirmed is False:
                continue
            batch = designation.batch
            designated[batch] += 1
            for year in range(batch_year(batch), through_year + 1):
                active[batch, year] += _status_at_end_of(snapshot, year) is Status.ACTIVE
                kept[batch, year] += _keeps_through(snapshot, batch_year(batch), year)
    return tuple(
        Retention(batch, year, count, kept[batch, year], active[batch, year])
        for batch, count in sorted(designated.items())
        for year in range(batch_year(batch), through_year + 1)
    )


def by_authority(snapshots: Iterable[CompanySnapshot]) -> tuple[AuthorityCount, ...]:
    """Companies by authority and status, the largest first."""
    counts: dict[AuthorityCode | None, Counter[Status]] = {}
    for snapshot in snapshots:
        counts.setdefault(snapshot.authority, Counter())[snapshot.status] += 1
    rows = [
        AuthorityCount(authority, count[Status.ACTIVE], count[Status.INACTIVE], count[Status.UNKNOWN])
        for authority, count in counts.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.companies, row.authority or "")))


def _batch_of(snapshot: CompanySnapshot, review_year: int) -> int | None:
    """The batch with which a company is reviewed in a year."""
    return max(
        (
            designation.batch
            for designation in snapshot.designations
            if designation.confirmed is not False and batch_year(designation.batch) < review_year
        ),
        default=None,
    )


def _kind_of(review: ReviewOutcome) -> str:
    if review.reason == ABSENT_AFTER_ELEVATION:
        return "elevated"
    return "removed" if review.outcome in _REMOVED else review.outcome


def _is_renominated(snapshot: CompanySnapshot, review_year: int) -> bool:
    return any(
        designation.confirmed is not False and batch_year(designation.batch) >= review_year
        for designation in snapshot.designations
    )


def _years_to_come(snapshot: CompanySnapshot, last_year: int) -> range:
    """Review years that have not begun, as long as the company goes on passing."""
    if snapshot.next_review_year is None:
        return range(0)
    has_begun = any(review.review_year == snapshot.next_review_year for review in snapshot.reviews)
    first = snapshot.next_review_year + (TERM_YEARS if has_begun else 0)
    return range(first, last_year + 1, TERM_YEARS)


def _status_at_end_of(snapshot: CompanySnapshot, year: int) -> Status | None:
    end = date(year, 12, 31)
    return next((spell.status for spell in reversed(snapshot.timeline) if spell.since <= end), None)


def _keeps_through(snapshot: CompanySnapshot, first_year: int, year: int) -> bool:
    """Whether every spell of some years is Active; there is one from the year of the designation on."""
    statuses = [spell.status for spell in snapshot.timeline if first_year <= spell.since.year <= year]
    return all(status is Status.ACTIVE for status in statuses)
