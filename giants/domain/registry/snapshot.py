"""The snapshot of a company: its dossier and its standing as a message of the contract."""

from collections.abc import Sequence
from typing import Final

from giants.domain.frameworks import framework_for_designation
from giants.domain.lifecycle import OpenReview, ReviewResult, StatusHistory, Term
from giants.domain.registry.dossier import Dossier
from giants.domain.registry.notes import NoteFact, OwnershipNote, link_of, ownership_of, tag_of
from schemas.changes import Cause, CompanySnapshot, Designation, NameUse, ReviewOutcome, StatusSpell
from schemas.codes import Caveat, Status, SubState
from schemas.facts import LinkRecord, TagRecord

OUTCOME_UNKNOWN: Final = "unknown"
OUTCOME_PENDING: Final = "pending"


def snapshot_of(dossier: Dossier, standing: StatusHistory, notes: Sequence[NoteFact]) -> CompanySnapshot:
    """The message; a function of nothing but its arguments, so that it has the same bytes in any order.

    `notes` are the tags, links and ownership that are shown, newest first.
    """
    act = standing.act
    return CompanySnapshot(
        company_id=dossier.company_id,
        name=dossier.names.shown,
        name_en=dossier.names_en[0] if dossier.names_en else None,
        names=tuple(
            NameUse(name=one.name, cause=one.cause, ref=one.ref, since=one.since)
            for one in dossier.names.names
        ),
        names_en=dossier.names_en,
        status=standing.now.status,
        sub_state=standing.now.sub_state,
        since=act.on,
        first_designated=standing.first_designated,
        held_since=standing.held_since,
        term_since=act.on if standing.now.status is Status.ACTIVE else None,
        next_review_year=standing.next_review_year,
        authority=standing.authority,
        tier=standing.now.tier,
        batches=tuple(term.batch for term in standing.terms),
        framework=framework_for_designation(_term_in_force(standing).batch).id,
        designations=tuple(_designation(term) for term in standing.terms),
        reviews=tuple(_review(review) for review in standing.reviews),
        timeline=tuple(
            StatusSpell(
                since=transition.on,
                status=transition.status,
                sub_state=transition.sub_state,
                cause=Cause(kind=transition.cause.cause, ref=transition.cause.ref),
                reason=transition.cause.reason,
            )
            for transition in standing.transitions
        ),
        merged_from=dossier.merged_from,
        uscc=dossier.uscc,
        reason=act.cause.reason,
        provisional=standing.provisional,
        caveats=_caveats(standing),
        tags=tuple(tag_of(note) for note in notes if isinstance(note, TagRecord)),
        links=tuple(link_of(note) for note in notes if isinstance(note, LinkRecord)),
        ownership=tuple(ownership_of(note) for note in notes if isinstance(note, OwnershipNote)),
    )


def _term_in_force(standing: StatusHistory) -> Term:
    """The newest designation that was not withdrawn, else the newest."""
    return max(standing.terms, key=lambda term: (term.withdrawn is None, term.batch))


def _designation(term: Term) -> Designation:
    return Designation(
        batch=term.batch,
        stage=term.shown.stage,
        authority=term.authority,
        on=term.shown.on,
        ref=term.shown.ref,
        confirmed=term.confirmed,
    )


def _review(review: ReviewResult | OpenReview) -> ReviewOutcome:
    if isinstance(review, OpenReview):
        return ReviewOutcome(
            review_year=review.review_year,
            outcome=OUTCOME_UNKNOWN if review.has_ended else OUTCOME_PENDING,
            authority=None,
            on=None,
            ref=review.gap.ref if review.gap else None,
            reason=review.gap.reason if review.gap else None,
        )
    return ReviewOutcome(
        review_year=review.review_year,
        outcome=review.verdict,
        authority=review.authority,
        on=review.shown.on,
        ref=review.shown.ref,
        reason=review.reason,
    )


def _caveats(standing: StatusHistory) -> tuple[Caveat, ...]:
    """What a reader must be told of a status (W-05, W-09, W-10)."""
    caveats = [Caveat.STANDALONE_ENTITY, Caveat.NOT_MALIGN]
    if standing.now.status is Status.UNKNOWN:
        caveats.append(Caveat.STATUS_UNKNOWN)
    elif standing.now.sub_state is SubState.REVIEW_PENDING:
        caveats.append(Caveat.REVIEW_PENDING)
    if standing.authority is None:
        caveats.append(Caveat.AUTHORITY_UNKNOWN)
    if standing.provisional:
        caveats.append(Caveat.PROVISIONAL)
    return tuple(caveats)
