"""What lists say of a company, or prove by leaving it out: the part that each list has in its history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from giants.domain.lifecycle import ABSENT_AFTER_ELEVATION, ReviewResult, ReviewVerdict, StatusHistory
from giants.domain.registry.dossier import Dossier


class Role(StrEnum):
    """What a list is to a company; see `schemas.changes.ListCounts`."""

    NEW = "new"
    AGAIN = "again"
    WITHDRAWN = "withdrawn"
    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
    ABSENT_AFTER_ELEVATION = "absent_after_elevation"
    STRUCK_OUT = "struck_out"
    REVOKED = "revoked"
    ELEVATED = "elevated"


# Roles of companies that a list names; of the others it is silent.
NAMING = frozenset(Role) - {Role.ABSENT, Role.ABSENT_AFTER_ELEVATION, Role.STRUCK_OUT}
CAME = (Role.NEW, Role.AGAIN)
LEFT = (Role.FAILED, Role.ABSENT, Role.ABSENT_AFTER_ELEVATION, Role.STRUCK_OUT, Role.REVOKED)


class ListRef(NamedTuple):
    """A revision of a list; reviews and announcements may share their ids."""

    is_review: bool
    ref: str


Part = tuple[ListRef, Role]


@dataclass(frozen=True, slots=True)
class CompanyParts:
    """What the lists are to one company, its batches that hold, and what came of its reviews by year."""

    parts: frozenset[Part] = frozenset()
    batches: frozenset[int] = frozenset()
    outcomes: Mapping[int, str] = field(default_factory=dict)


def company_parts(dossier: Dossier, standing: StatusHistory) -> CompanyParts:
    """What the lists are to a company, by its dossier and its status history."""
    batches = frozenset(term.batch for term in standing.terms if not term.withdrawn)
    return CompanyParts(frozenset(_parts(dossier, standing)), batches, _outcomes(standing))


def _outcomes(standing: StatusHistory) -> dict[int, str]:
    """What came of each review that was settled, by year: passed, removed, absent_after_elevation."""
    found = {}
    for review in standing.reviews:
        if isinstance(review, ReviewResult):
            is_elevated = review.reason == ABSENT_AFTER_ELEVATION
            passed = review.verdict is ReviewVerdict.PASSED
            found[review.review_year] = (
                "passed" if passed else ABSENT_AFTER_ELEVATION if is_elevated else "removed"
            )
    return found


def _parts(dossier: Dossier, standing: StatusHistory) -> Iterator[Part]:
    withdrawn = {term.batch for term in standing.terms if term.withdrawn}
    first = min((term.batch for term in standing.terms if not term.withdrawn), default=None)
    for fact in dossier.facts.designations:
        role = Role.WITHDRAWN if fact.batch in withdrawn else Role.NEW if fact.batch == first else Role.AGAIN
        yield ListRef(False, fact.evidence.ref), role
    for term in standing.terms:
        if term.withdrawn is not None:
            yield ListRef(False, term.withdrawn.ref), Role.STRUCK_OUT
    for review in dossier.facts.reviews:
        yield ListRef(True, review.evidence.ref), Role.PASSED if review.passed else Role.FAILED
    for result in standing.reviews:
        if isinstance(result, ReviewResult) and result.verdict is ReviewVerdict.ABSENT:
            is_elevated = result.reason == ABSENT_AFTER_ELEVATION
            role = Role.ABSENT_AFTER_ELEVATION if is_elevated else Role.ABSENT
            yield ListRef(True, result.first.ref), role
    for revocation in dossier.facts.revocations:
        yield ListRef(False, revocation.evidence.ref), Role.REVOKED
    for elevation in dossier.facts.elevations:
        yield ListRef(False, elevation.evidence.ref), Role.ELEVATED
