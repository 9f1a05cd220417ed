"""The chain of a company's status changes (design invariant 2): what is new against what was announced.

A company's life may be told anew by a late list. What was announced stays; the chain goes on from there:

* turns that follow those announced are announced one by one;
* where earlier turns changed, one *correction* is announced if the status differs from what was said, or
  if an act was learned that leads to the status of now. Its reason begins with `corrected:`, its cause is
  the fact that brought it;
* a new name comes first, a new tier last, and tags and links of analysts after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Final, NamedTuple

from giants.domain.lifecycle import StatusHistory, Transition
from giants.domain.names.reading import reading_in_words
from giants.domain.registry.dossier import Dossier
from giants.domain.registry.notes import (
    NoteFact,
    OwnershipNote,
    link_of,
    note_about,
    note_substance,
    ownership_of,
    tag_of,
)
from giants.domain.registry.outcome import Place
from schemas.base import Stage
from schemas.changes import Cause, CompanySnapshot, CompanyState, StatusChange
from schemas.codes import Status, StatusChangeKind, Tier
from schemas.facts import LinkRecord, TagRecord

CHANGE_ID_DIGITS: Final = 32
CORRECTED: Final = "corrected:"
WITHDRAWN_BY_REVISION: Final = "withdrawn_by_revision"
MERGED: Final = "merged"
TIER_WITHDRAWN: Final = "tier_withdrawn"
RECALCULATED: Final = "recalculated"

ActKey = tuple[StatusChangeKind, str]


class Act(NamedTuple):
    """A turn that is announced: neither the calendar's nor the tier's."""

    kind: StatusChangeKind
    transition: Transition

    @property
    def key(self) -> ActKey:
        """What it is recognised by when other facts have moved its date or its cause."""
        return self.kind, self.transition.about


class State(NamedTuple):
    """What a link leads to; see `schemas.changes.CompanyState`."""

    status: Status
    tier: Tier | None
    name: str

    def message(self) -> CompanyState:
        """The state as a part of a message."""
        return CompanyState(status=self.status, tier=self.tier, name=self.name)


@dataclass(frozen=True, slots=True)
class Trigger:
    """The fact that is being folded: as a cause, its date where it has one, and its place."""

    cause: Cause
    on: date
    place: Place


@dataclass(frozen=True, slots=True)
class Life:
    """What a chain has to tell of a company."""

    dossier: Dossier
    standing: StatusHistory
    notes: tuple[NoteFact, ...] = ()

    def acts(self) -> list[Act]:
        """Its turns that are announced, in order; there is at least one."""
        return [
            Act(transition.kind, transition)
            for transition in self.standing.transitions
            if transition.kind is not None and transition.kind is not StatusChangeKind.ELEVATED
        ]

    @property
    def state(self) -> State:
        """Where its chain has to end."""
        return State(self.standing.now.status, self.standing.now.tier, self.dossier.names.shown)


@dataclass(frozen=True, slots=True)
class Link:
    """A change before it is a message; `seq` and `previous` make it a link of its chain."""

    kind: StatusChangeKind
    state: State | None
    on: date
    cause: Cause
    reason: str | None = None
    stage: Stage | None = None
    merged_into: str | None = None
    note: NoteFact | None = None
    seq: int = 0
    previous: State | None = None


class Chain:
    """One company's chain: how long it is, what state it ends in, which acts and notes were announced."""

    __slots__ = ("_announced", "_notes", "_seq", "_state")

    def __init__(self) -> None:
        self._seq = 0
        self._state: State | None = None
        self._announced: tuple[ActKey, ...] = ()
        self._notes: tuple[NoteFact, ...] = ()

    def follow(self, life: Life, trigger: Trigger) -> list[Link]:
        """Announce what is new of a company."""
        acts = life.acts()
        links = [*self._name_link(life, trigger), *self._act_links(life, acts, trigger)]
        links += self._tier_link(life, acts[-1], trigger)
        links += self._note_links(life, trigger)
        self._announced, self._notes = tuple([act.key for act in acts]), life.notes
        return self._chained(links)

    def end(self, merged_into: str | None, trigger: Trigger) -> list[Link]:
        """Announce that an id is gone: into another company, or withdrawn from its last list."""
        self._announced, self._notes = (), ()
        kind = StatusChangeKind.MERGED if merged_into else StatusChangeKind.DECERTIFIED
        reason = MERGED if merged_into else WITHDRAWN_BY_REVISION
        return self._chained([Link(kind, None, trigger.on, trigger.cause, reason, merged_into=merged_into)])

    def adopt(self, life: Life | None) -> None:
        """Take a life as announced, or none where the id is gone; the links were said in an epoch before."""
        self._announced = tuple([act.key for act in life.acts()]) if life is not None else ()
        self._notes = life.notes if life is not None else ()

    def resume(self, seq: int, state: State | None) -> None:
        """Go on after the last link that was said in an epoch before."""
        if seq > self._seq:
            self._seq, self._state = seq, state

    def recalculated(self, life: Life | None, trigger: Trigger) -> list[Link]:
        """One link where the state that was said last is not that of a life, or of an id that is gone."""
        if self._state == (life.state if life is not None else None):
            return []
        if life is None:
            return self.end(None, trigger)
        last = life.acts()[-1]
        reason = f"{CORRECTED}{RECALCULATED}"
        return self._chained([Link(last.kind, life.state, last.transition.on, trigger.cause, reason)])

    def _chained(self, links: list[Link]) -> list[Link]:
        chained = []
        for link in links:
            self._seq += 1
            chained.append(replace(link, seq=self._seq, previous=self._state))
            self._state = link.state
        return chained

    def _name_link(self, life: Life, trigger: Trigger) -> Iterator[Link]:
        names = life.dossier.names
        if self._state is not None and self._state.name != names.shown:
            state = self._state._replace(name=names.shown)
            yield Link(StatusChangeKind.RENAMED, state, names.shown_since, trigger.cause, names.shown_cause)

    def _act_links(self, life: Life, acts: list[Act], trigger: Trigger) -> Iterator[Link]:
        announced, state = (
            self._announced,
            life.state._replace(tier=self._state.tier if self._state else None),
        )
        if tuple([act.key for act in acts[: len(announced)]]) == announced:
            yield from (_act_link(act, state) for act in acts[len(announced) :])
            return
        last = acts[-1]
        fresh = [
            act
            for act in acts
            if act.key not in announced and act.transition.status is last.transition.status
        ]
        if not fresh and self._state is not None and self._state.status is last.transition.status:
            return  # what changed lies in the past and led to where the company already was
        link = _act_link(fresh[-1] if fresh else last, state)
        yield replace(link, cause=trigger.cause, reason=f"{CORRECTED}{link.reason or link.kind}")

    def _tier_link(self, life: Life, last: Act, trigger: Trigger) -> Iterator[Link]:
        state = life.state
        if state.tier is (self._state.tier if self._state else None):
            return
        if state.tier is None:
            yield Link(last.kind, state, last.transition.on, trigger.cause, f"{CORRECTED}{TIER_WITHDRAWN}")
            return
        first = min(
            (fact.evidence for fact in life.dossier.facts.elevations),
            key=lambda evidence: (evidence.on, evidence.ref),
        )
        cause = Cause(kind="elevation", ref=first.ref)
        yield Link(StatusChangeKind.ELEVATED, state, first.on, cause, stage=first.stage)

    def _note_links(self, life: Life, trigger: Trigger) -> Iterator[Link]:
        """Notes that are gone, then those that are new or say something else; none moves the state."""
        before, after = _by_record(self._notes), _by_record(life.notes)
        for key, note in before.items():
            if key not in after:
                kind = StatusChangeKind.UNTAGGED if isinstance(note, TagRecord) else StatusChangeKind.UNLINKED
                yield _note_link(kind, note, life, trigger)
        for key, note in after.items():
            known = before.get(key)
            if known is None or note_substance(known) != note_substance(note):
                kind = StatusChangeKind.TAGGED if isinstance(note, TagRecord) else StatusChangeKind.LINKED
                yield _note_link(kind, note, life, trigger)


def _by_record(notes: tuple[NoteFact, ...]) -> dict[tuple[str, str], NoteFact]:
    """Notes by record and what they are about: a tag that moves to another category is another tag."""
    return {(note.record_id, note_about(note)): note for note in notes}


def _note_link(kind: StatusChangeKind, note: NoteFact, life: Life, trigger: Trigger) -> Link:
    return Link(kind, life.state, trigger.on, trigger.cause, note_about(note), note=note)


def _act_link(act: Act, state: State) -> Link:
    transition = act.transition
    cause = Cause(kind=transition.cause.cause, ref=transition.cause.ref)
    return Link(
        act.kind,
        state._replace(status=transition.status),
        transition.on,
        cause,
        transition.cause.reason,
        transition.cause.stage,
    )


def message_of(link: Link, snapshot: CompanySnapshot, place: Place) -> StatusChange:
    """A link as a message; `snapshot` is the company's, or its last one where the id is gone."""
    return StatusChange(
        id=_change_id(place.epoch, snapshot.company_id, link.seq),
        seq=link.seq,
        company_id=snapshot.company_id,
        name=snapshot.name,
        name_en=snapshot.name_en,
        kind=link.kind,
        previous=link.previous.message() if link.previous else None,
        current=link.state.message() if link.state else None,
        effective_on=link.on,
        cause=link.cause,
        reason=link.reason,
        stage=link.stage,
        authority=snapshot.authority,
        batches=snapshot.batches,
        first_designated=snapshot.first_designated,
        held_since=snapshot.held_since,
        term_since=snapshot.term_since,
        next_review_year=snapshot.next_review_year,
        merged_into=link.merged_into,
        at=place.at,
        backfill=place.backfill,
        replayed=place.replayed,
        epoch=place.epoch,
        caveats=snapshot.caveats,
        tag=tag_of(link.note) if isinstance(link.note, TagRecord) else None,
        link=link_of(link.note) if isinstance(link.note, LinkRecord) else None,
        ownership=ownership_of(link.note) if isinstance(link.note, OwnershipNote) else None,
        name_reading=reading_in_words(snapshot.name) if snapshot.name_en is None else None,
    )


def message_of_unknown(company_id: str, link: Link, place: Place) -> StatusChange:
    """The end of a chain whose company the facts do not know any more; `link` was announced of it before."""
    name = link.previous.name if link.previous else company_id
    return StatusChange(
        id=_change_id(place.epoch, company_id, link.seq),
        seq=link.seq,
        company_id=company_id,
        name=name,
        name_en=None,
        kind=link.kind,
        previous=link.previous.message() if link.previous else None,
        current=None,
        effective_on=link.on,
        cause=link.cause,
        reason=link.reason,
        at=place.at,
        backfill=place.backfill,
        replayed=place.replayed,
        epoch=place.epoch,
        caveats=(),
        name_reading=reading_in_words(name),
    )


def _change_id(epoch: int, company_id: str, seq: int) -> str:
    return sha256(f"{epoch}/status/{company_id}/{seq}".encode()).hexdigest()[:CHANGE_ID_DIGITS]
