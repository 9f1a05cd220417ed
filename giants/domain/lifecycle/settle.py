"""From all lists that speak of one designation or one review to what holds (D-04, D-05)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from giants.domain.lifecycle.facts import (
    CompleteLists,
    DesignationFact,
    Evidence,
    ReviewFact,
    batch_year,
    dated,
)
from schemas.base import AuthorityCode, Stage

ABSENT_FROM_COMPLETE_LIST: Final = "absent_from_complete_list"
ABSENT_AFTER_ELEVATION: Final = "absent_after_elevation"
FAILED_REVIEW: Final = "failed_review"


class ReviewVerdict(StrEnum):
    """What a review year brought."""

    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Term:
    """One designation: when it began and by which list, the best list, and whether a final list bore it out.

    `confirmed` is None while only public notices name the company, and False once it was withdrawn.
    """

    batch: int
    authority: AuthorityCode | None
    begins: date
    first: Evidence
    shown: Evidence
    confirmed: bool | None
    withdrawn: Evidence | None


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """One review: its verdict, the list that brought it first, and the best list that bears it out."""

    review_year: int
    verdict: ReviewVerdict
    authority: AuthorityCode | None
    on: date
    first: Evidence
    shown: Evidence
    reason: str | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a list said and what was not followed: `kept` won over `set_aside` in the matter of `about`."""

    about: str
    kept: str
    set_aside: str
    is_not_due: bool = False


def settle_term(
    batch: int, facts: Sequence[DesignationFact], lists: CompleteLists
) -> tuple[Term, list[Dispute]]:
    """One designation from all lists that name the company for a batch, and those that should have."""
    facts = sorted(facts, key=_designation_order)
    best = facts[0].evidence
    authority = next((fact.authority for fact in facts if fact.authority is not None), None)
    first, shown = _first_and_shown([fact.evidence for fact in facts])
    absent = lists.final_designations(batch, authority)
    withdrawn = absent if absent is not None and absent.weight < best.weight else None
    is_final = shown.stage is Stage.FINAL
    term = Term(
        batch,
        authority,
        dated(first.on, batch_year(batch)),
        first,
        shown,
        False if withdrawn else is_final or None,
        withdrawn,
    )
    about = f"batch {batch}"
    disputes = [
        Dispute(about, f"{authority} by {shown.ref}", f"{fact.authority} by {fact.evidence.ref}")
        for fact in facts
        if fact.authority not in (None, authority)
    ]
    if withdrawn and is_final:
        disputes.append(Dispute(about, withdrawn.ref, shown.ref))
    return term, disputes


def settle_review(
    review_year: int,
    facts: Sequence[ReviewFact],
    authority: AuthorityCode | None,
    lists: CompleteLists,
    elevated_on: date | None = None,
) -> tuple[ReviewResult | None, list[Dispute]]:
    """The outcome of one review that was due under an authority; None while nothing proves one.

    `elevated_on` is the day of the company's elevation: a champion does not apply for the review (S-13).
    """
    facts = sorted(facts, key=_review_order)
    absent = lists.reviews(review_year, authority)
    if absent is not None and (not facts or absent.weight < facts[0].evidence.weight):
        on = dated(absent.on, review_year)
        was_elevated = elevated_on is not None and elevated_on <= on
        reason = ABSENT_AFTER_ELEVATION if was_elevated else ABSENT_FROM_COMPLETE_LIST
        result = ReviewResult(review_year, ReviewVerdict.ABSENT, authority, on, absent, absent, reason)
        return result, _set_aside(result, facts, absent)
    if not facts:
        return None, []
    passed = facts[0].passed
    agreeing = [fact for fact in facts if fact.passed == passed]
    first, shown = _first_and_shown([fact.evidence for fact in agreeing])
    result = ReviewResult(
        review_year,
        ReviewVerdict.PASSED if passed else ReviewVerdict.FAILED,
        next((fact.authority for fact in agreeing if fact.authority is not None), None),
        dated(first.on, review_year),
        first,
        shown,
        None if passed else next((fact.reason for fact in agreeing if fact.reason), FAILED_REVIEW),
    )
    return result, _set_aside(result, facts, facts[0].evidence)


def _first_and_shown(evidence: Sequence[Evidence]) -> tuple[Evidence, Evidence]:
    """The earliest of some lists, and the one to quote: final before notice; given best first."""
    if len(evidence) == 1:
        return evidence[0], evidence[0]
    first = min(evidence, key=lambda one: (one.on, one.weight, one.ref))
    shown = min(evidence, key=lambda one: one.stage is not Stage.FINAL)
    return first, shown


def _set_aside(result: ReviewResult, facts: Iterable[ReviewFact], kept: Evidence) -> list[Dispute]:
    """Lists that say otherwise; a notice that its own final list overrides is the normal course."""
    passed = result.verdict is ReviewVerdict.PASSED
    return [
        Dispute(f"review {result.review_year}", kept.ref, fact.evidence.ref)
        for fact in facts
        if fact.passed != passed and not _is_overridden_notice(fact.evidence, kept)
    ]


def _is_overridden_notice(evidence: Evidence, kept: Evidence) -> bool:
    return (
        evidence.stage is Stage.PUBLIC_NOTICE
        and kept.stage is Stage.FINAL
        and kept.source.rank <= evidence.source.rank
    )


def _designation_order(fact: DesignationFact) -> tuple[tuple[int, bool], int, str, str]:
    """Best first (D-04)."""
    return (
        fact.evidence.weight,
        -fact.evidence.on.toordinal(),
        fact.evidence.ref,
        fact.authority or "",
    )


def _review_order(fact: ReviewFact) -> tuple[tuple[int, bool], int, str, bool, str]:
    """Best first; where one document holds a name under both headings, the failures are its last word."""
    return (
        fact.evidence.weight,
        -fact.evidence.on.toordinal(),
        fact.evidence.ref,
        fact.passed,
        fact.reason or "",
    )
