"""One pass through a company's life, from its first designation to a day."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from giants.domain.lifecycle.facts import (
    TERM_YEARS,
    CompanyFacts,
    CompleteLists,
    DesignationFact,
    ElevationFact,
    Evidence,
    Gap,
    RevocationFact,
    batch_year,
    dated,
)
from giants.domain.lifecycle.settle import (
    Dispute,
    ReviewResult,
    ReviewVerdict,
    Term,
    settle_review,
    settle_term,
)
from schemas.base import REVIEW_YEAR_MAX, AuthorityCode, Stage
from schemas.codes import Status, StatusChangeKind, SubState, Tier

NOT_IN_FINAL_LIST: Final = "not_in_final_list"
NO_REVIEW_DATA: Final = "no_review_data"
REVOKED: Final = "revoked"
_ORDER_OF_A_DAY: Final = {Term: 0, ElevationFact: 1, RevocationFact: 2}


@dataclass(frozen=True, slots=True)
class TransitionCause:
    """Why a transition came: the kind of its cause and the list or the day, and what more is known."""

    cause: str
    ref: str
    reason: str | None = None
    stage: Stage | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A date on which status, sub-state or tier moved. `kind` is None where only the calendar moved.

    `about` names what it concerns ("batch 7", "review 2025"), so that a turn is recognised again when
    other facts have moved its date or its cause.
    """

    on: date
    kind: StatusChangeKind | None
    about: str
    status: Status
    sub_state: SubState
    tier: Tier | None
    authority: AuthorityCode | None
    cause: TransitionCause


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A review that was due and has no known outcome; `has_ended` once its year is over.

    `gap` says why the lists do not settle it.
    """

    review_year: int
    has_ended: bool
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class StatusHistory:
    """A company's life as the facts tell it, up to the day to which it was followed.

    `reviews` are those that were due; `wakes_on` is the next day on which the calendar alone changes
    something.
    """

    transitions: tuple[Transition, ...]
    terms: tuple[Term, ...]
    reviews: tuple[ReviewResult | OpenReview, ...]
    disputes: tuple[Dispute, ...]
    authority: AuthorityCode | None
    next_review_year: int | None
    provisional: bool
    wakes_on: date | None

    @property
    def now(self) -> Transition:
        """The last turn."""
        return self.transitions[-1]

    @property
    def act(self) -> Transition:
        """The last turn that the status rests on: no move of the calendar, no tier."""
        return next(
            transition
            for transition in reversed(self.transitions)
            if transition.kind not in (None, StatusChangeKind.ELEVATED)
        )

    @property
    def first_designated(self) -> date:
        """When the title was first given, as far as it was not withdrawn."""
        return min(term.begins for term in ([one for one in self.terms if not one.withdrawn] or self.terms))

    @property
    def held_since(self) -> date | None:
        """Since when the title is held without interruption; None where it is not held, or not known to be.

        A stretch in which the status was unknown and was settled in favour later is no interruption.
        """
        if self.now.status is not Status.ACTIVE:
            return None
        lost = [number for number, one in enumerate(self.transitions) if one.status is Status.INACTIVE]
        return self.transitions[lost[-1] + 1 if lost else 0].on

    def on(self, day: date) -> Transition | None:
        """The turn in force on a day; None before the first."""
        return next((transition for transition in reversed(self.transitions) if transition.on <= day), None)


def status_history(facts: CompanyFacts, lists: CompleteLists, today: date | None) -> StatusHistory:
    """Where a company stands on the later of `today` and the last date that its own facts carry.

    Raises ValueError for a company without a designation: that is no company.
    """
    if not facts.designations:
        raise ValueError("got a company without a designation, expected at least one")
    return _Walk(facts, lists).through(today)


@dataclass(slots=True)
class _Walk:
    """Where the walk is; nothing is known (Unknown, no batch) before the first designation."""

    facts: CompanyFacts
    lists: CompleteLists
    status: Status = Status.UNKNOWN
    sub_state: SubState = SubState.NEW
    tier: Tier | None = None
    authority: AuthorityCode | None = None
    clock: int | None = None  # the next review year, while there is one
    newest_batch: int = 0
    revocations: int = 0
    provisional: bool = False
    awaited: set[int] = field(default_factory=set)  # review years that began, or were passed, while due
    asked: dict[int, AuthorityCode | None] = field(default_factory=dict)  # authority by review year
    results: dict[int, ReviewResult] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)

    def through(self, today: date | None) -> StatusHistory:
        terms = self._terms()
        events = self._events(terms)
        for on, event in events:
            self._advance(on, on)
            match event:
                case Term():
                    self._designate(event)
                case ElevationFact():
                    self._elevate(event)
                case RevocationFact():
                    self._revoke(event)
        horizon = max(
            [on for on, _ in events]
            + [dated(fact.evidence.on, fact.review_year) for fact in self.facts.reviews]
            + ([today] if today else [])
        )
        # A complete list is proof whatever day it is: outcomes are not held back by the horizon.
        self._advance(horizon, date.max)
        self._note_passes_not_due()
        return StatusHistory(
            transitions=tuple(self.transitions),
            terms=tuple(terms),
            reviews=tuple(
                self.results.get(year) or self._open_review(year, horizon) for year in sorted(self.awaited)
            ),
            disputes=tuple(self.disputes),
            authority=self.authority,
            next_review_year=self.clock if self.status is Status.ACTIVE else None,
            provisional=self.provisional,
            wakes_on=self._wakes_on(horizon),
        )

    def _terms(self) -> list[Term]:
        by_batch: dict[int, list[DesignationFact]] = {}
        for fact in self.facts.designations:
            by_batch.setdefault(fact.batch, []).append(fact)
        terms = []
        for batch in sorted(by_batch):
            term, disputes = settle_term(batch, by_batch[batch], self.lists)
            terms.append(term)
            self.disputes += disputes
        return terms

    def _events(self, terms: list[Term]) -> list[tuple[date, Term | ElevationFact | RevocationFact]]:
        """What happens to the company, in order; withdrawn terms count only where there is nothing else."""
        events: list[tuple[date, Term | ElevationFact | RevocationFact]] = [
            (term.begins, term) for term in ([term for term in terms if not term.withdrawn] or terms)
        ]
        events += [(fact.evidence.on, fact) for fact in self.facts.elevations]
        events += [(fact.evidence.on, fact) for fact in self.facts.revocations]
        return sorted(events, key=lambda event: (event[0], *_order_of_a_day(event[1])))

    def _advance(self, calendar: date, outcomes: date) -> None:
        """Let the calendar run up to a day, and outcomes that are dated up to another take effect."""
        while (year := self.clock) is not None:
            begins, ends = date(year, 1, 1), date(year + 1, 1, 1)
            result = self._settle(year)
            is_reached = result is not None and result.on <= outcomes
            if begins > calendar and not is_reached:
                return
            self._await_review(year, begins)
            if result is not None and is_reached:
                if result.on >= ends:
                    self._lose_sight(year, ends)
                self._conclude(result)
                continue
            if ends > calendar:
                return
            self._lose_sight(year, ends)
            if result is not None:
                return  # its outcome is dated later: the next event comes first
            self._set_clock(year + TERM_YEARS)

    def _settle(self, year: int) -> ReviewResult | None:
        if year in self.results:
            return self.results[year]
        facts = [fact for fact in self.facts.reviews if fact.review_year == year]
        self.asked[year] = self.authority
        elevated_on = min((fact.evidence.on for fact in self.facts.elevations), default=None)
        result, disputes = settle_review(year, facts, self.authority, self.lists, elevated_on)
        if result is not None:
            self.results[year] = result
            self.disputes += disputes
        return result

    def _open_review(self, year: int, horizon: date) -> OpenReview:
        gap = self.lists.review_gap(year, self.asked.get(year))
        return OpenReview(year, horizon.year > year, gap)

    def _await_review(self, year: int, begins: date) -> None:
        if self.status is Status.ACTIVE and year not in self.awaited:
            self.awaited.add(year)
            self.sub_state = SubState.REVIEW_PENDING
            self._add_transition(begins, None, f"review {year}", TransitionCause("day", begins.isoformat()))

    def _conclude(self, result: ReviewResult) -> None:
        year = result.review_year
        self.awaited.add(year)
        self.authority = result.authority or self.authority
        self.provisional = result.shown.stage is Stage.PUBLIC_NOTICE
        if result.verdict is ReviewVerdict.PASSED:
            self.status, self.sub_state = Status.ACTIVE, SubState.MAINTAINED
            self._set_clock(year + TERM_YEARS)
            kind = StatusChangeKind.REVIEW_PASSED
        else:
            self.status, self.sub_state, self.clock = Status.INACTIVE, SubState.LAPSED, None
            kind = StatusChangeKind.DECERTIFIED
        cause = TransitionCause("review", result.first.ref, result.reason, result.first.stage)
        self._add_transition(result.on, kind, f"review {year}", cause)

    def _lose_sight(self, year: int, ends: date) -> None:
        """The review year is over without proof (S-08)."""
        if self.status is not Status.ACTIVE:
            return
        self.status, self.provisional = Status.UNKNOWN, False
        cause = TransitionCause("day", ends.isoformat(), NO_REVIEW_DATA)
        self._add_transition(ends, StatusChangeKind.STATUS_UNKNOWN, f"review {year}", cause)

    def _designate(self, term: Term) -> None:
        if term.batch < self.newest_batch:
            return  # an older batch, printed late in its term, restarts no clock
        kind = StatusChangeKind.RENOMINATED if self.newest_batch else StatusChangeKind.DESIGNATED
        self.newest_batch = term.batch
        self.authority = term.authority or self.authority
        self.status, self.sub_state = Status.ACTIVE, SubState.NEW
        self.provisional = term.shown.stage is Stage.PUBLIC_NOTICE
        self._set_clock(max(self.clock or 0, batch_year(term.batch) + TERM_YEARS))
        about = f"batch {term.batch}"
        self._add_transition(
            term.begins, kind, about, TransitionCause("designation", term.first.ref, stage=term.first.stage)
        )
        if term.withdrawn is not None:
            self._withdraw(term, term.withdrawn)

    def _withdraw(self, term: Term, withdrawn: Evidence) -> None:
        """The final list lacks what the notice had, and nothing else holds the company."""
        self.status, self.sub_state, self.clock = Status.INACTIVE, SubState.LAPSED, None
        self.provisional = False
        self._add_transition(
            dated(withdrawn.on, batch_year(term.batch)),
            StatusChangeKind.DECERTIFIED,
            f"batch {term.batch}",
            TransitionCause("designation", withdrawn.ref, NOT_IN_FINAL_LIST, withdrawn.stage),
        )

    def _elevate(self, fact: ElevationFact) -> None:
        if self.tier is not None:
            return
        self.tier = Tier.SINGLE_CHAMPION
        if self.newest_batch:  # else the tier is there from the first designation on
            cause = TransitionCause("elevation", fact.evidence.ref, stage=fact.evidence.stage)
            self._add_transition(fact.evidence.on, StatusChangeKind.ELEVATED, "tier", cause)

    def _revoke(self, fact: RevocationFact) -> None:
        if not self.newest_batch or self.sub_state is SubState.REVOKED:
            return  # nothing to revoke yet, or the final list of what the notice said
        if self.clock is not None and self.clock not in self.results:
            self.awaited.discard(self.clock)  # its review is not due any more
        self.revocations += 1
        self.status, self.sub_state, self.clock = Status.INACTIVE, SubState.REVOKED, None
        self.provisional = fact.evidence.stage is Stage.PUBLIC_NOTICE
        cause = TransitionCause("revocation", fact.evidence.ref, fact.reason or REVOKED, fact.evidence.stage)
        about = f"revocation {self.revocations}"
        self._add_transition(fact.evidence.on, StatusChangeKind.REVOKED, about, cause)

    def _set_clock(self, year: int) -> None:
        self.clock = year if year <= REVIEW_YEAR_MAX else None

    def _add_transition(
        self, on: date, kind: StatusChangeKind | None, about: str, cause: TransitionCause
    ) -> None:
        # Turns follow each other in time, whatever dates the documents carry.
        on = max(on, self.transitions[-1].on) if self.transitions else on
        transition = Transition(
            on, kind, about, self.status, self.sub_state, self.tier, self.authority, cause
        )
        self.transitions.append(transition)

    def _note_passes_not_due(self) -> None:
        self.disputes += [
            Dispute(f"review {fact.review_year}", "the company's clock", fact.evidence.ref, is_not_due=True)
            for fact in self.facts.reviews
            if fact.passed and fact.review_year not in self.awaited
        ]

    def _wakes_on(self, horizon: date) -> date | None:
        days = [date(year + 1, 1, 1) for year in self.awaited if year not in self.results]
        if self.clock is not None and self.status is Status.ACTIVE:
            days.append(date(self.clock, 1, 1))
        return min((day for day in days if day > horizon), default=None)


def _order_of_a_day(event: Term | ElevationFact | RevocationFact) -> tuple[int, str, str]:
    """Within one day a designation comes first and a revocation last."""
    order = _ORDER_OF_A_DAY[type(event)]
    match event:
        case Term():
            return order, f"{event.batch:03}", ""
        case ElevationFact():
            return order, event.evidence.ref, ""
        case RevocationFact():
            return order, event.evidence.ref, event.reason or ""
