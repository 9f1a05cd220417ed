"""The chain of a company's status changes (design invariant 2): what is new against what was announced.

A company's life may be told anew by a late list. What was announced stays; the chain goes on from there:

* turns that follow those announced are announced one by one;
* where earlier turns changed, one *correction* is announced if the status differs from what was said, or
  if an act was learned that leads to the status of now. Its reason begins with `corrected:`, its cause is
  the fact that brought it;
* a new name comes first and a new tier last.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Final

from giants.domain.lifecycle import Turn
from giants.domain.registry.dossier import Dossier
from giants.domain.registry.outcome import Place
from schemas.base import Stage
from schemas.changes import Cause, CompanySnapshot, CompanyState, StatusChange
from schemas.codes import StatusChangeKind, Tier

CHANGE_ID_DIGITS: Final = 32
CORRECTED: Final = "corrected:"
WITHDRAWN_BY_REVISION: Final = "withdrawn_by_revision"
MERGED: Final = "merged"
TIER_WITHDRAWN: Final = "tier_withdrawn"

# A turn that is announced, with its kind; what it is recognised by.
Act = tuple[StatusChangeKind, Turn]
ActKey = tuple[StatusChangeKind, str]


@dataclass(frozen=True, slots=True)
class Trigger:
    """The fact that is being folded: as a cause, its date where it has one, and its place."""

    cause: Cause
    on: date
    place: Place


@dataclass(frozen=True, slots=True)
class Life:
    """What a chain has to tell of a company: who it is, its turns, and its message."""

    dossier: Dossier
    turns: tuple[Turn, ...]
    snapshot: CompanySnapshot


@dataclass(frozen=True, slots=True)
class _Link:
    """A change before it has its number."""

    kind: StatusChangeKind
    state: CompanyState | None
    on: date
    cause: Cause
    reason: str | None = None
    stage: Stage | None = None
    merged_into: str | None = None


class Chain:
    """One company's chain: how long it is, what state it ends in, and which turns were announced."""

    __slots__ = ("_announced", "_company_id", "_seq", "_state")

    def __init__(self, company_id: str) -> None:
        self._company_id = company_id
        self._seq = 0
        self._state: CompanyState | None = None
        self._announced: tuple[ActKey, ...] = ()

    def follow(self, life: Life, trigger: Trigger) -> list[StatusChange]:
        """Announce what is new of a company."""
        links = list(self._links(life, trigger))
        self._announced = tuple(map(_key, _acts(life)))
        return [self._change(link, life.snapshot, trigger.place) for link in links]

    def end(self, last: CompanySnapshot, merged_into: str | None, trigger: Trigger) -> list[StatusChange]:
        """Announce that an id is gone: into another company, or withdrawn from its last list."""
        self._announced = ()
        link = _Link(
            kind=StatusChangeKind.MERGED if merged_into else StatusChangeKind.DECERTIFIED,
            state=None,
            on=trigger.on,
            cause=trigger.cause,
            reason=MERGED if merged_into else WITHDRAWN_BY_REVISION,
            merged_into=merged_into,
        )
        return [self._change(link, last, trigger.place)]

    def _links(self, life: Life, trigger: Trigger) -> Iterator[_Link]:
        state, names = self._state, life.dossier.names
        if state is not None and state.name != names.shown:
            state = state.model_copy(update={"name": names.shown})
            yield _Link(StatusChangeKind.RENAMED, state, names.shown_since, trigger.cause, names.shown_cause)
        tier = state.tier if state else None
        yield from self._acts(life, tier, trigger)
        yield from _tier_links(life, tier, trigger)

    def _acts(self, life: Life, tier: Tier | None, trigger: Trigger) -> Iterator[_Link]:
        acts, announced = _acts(life), self._announced
        if tuple(map(_key, acts[: len(announced)])) == announced:
            yield from (_act_link(act, tier, life) for act in acts[len(announced) :])
            return
        kind, last = acts[-1]
        fresh = [act for act in acts if _key(act) not in announced and act[1].status is last.status]
        if not fresh and self._state is not None and self._state.status is last.status:
            return  # what changed lies in the past and led to where the company already was
        link = _act_link(fresh[-1] if fresh else (kind, last), tier, life)
        reason = f"{CORRECTED}{link.reason or link.kind}"
        yield replace(link, cause=trigger.cause, reason=reason)

    def _change(self, link: _Link, snapshot: CompanySnapshot, place: Place) -> StatusChange:
        self._seq += 1
        previous, self._state = self._state, link.state
        return StatusChange(
            id=_change_id(place.epoch, self._company_id, self._seq),
            seq=self._seq,
            company_id=self._company_id,
            name=snapshot.name,
            name_en=snapshot.name_en,
            kind=link.kind,
            previous=previous,
            current=link.state,
            effective_on=link.on,
            cause=link.cause,
            reason=link.reason,
            stage=link.stage,
            authority=snapshot.authority,
            batches=snapshot.batches,
            merged_into=link.merged_into,
            at=place.at,
            backfill=place.backfill,
            replayed=place.replayed,
            epoch=place.epoch,
            caveats=snapshot.caveats,
        )


def _acts(life: Life) -> list[Act]:
    """Turns of the status that are announced: neither the calendar's nor those of the tier."""
    return [
        (turn.kind, turn)
        for turn in life.turns
        if turn.kind is not None and turn.kind is not StatusChangeKind.ELEVATED
    ]


def _key(act: Act) -> ActKey:
    kind, turn = act
    return kind, turn.about


def _act_link(act: Act, tier: Tier | None, life: Life) -> _Link:
    kind, turn = act
    return _Link(
        kind,
        CompanyState(status=turn.status, tier=tier, name=life.dossier.names.shown),
        turn.on,
        Cause(kind=turn.ground.cause, ref=turn.ground.ref),
        turn.ground.reason,
        turn.ground.stage,
    )


def _tier_links(life: Life, tier: Tier | None, trigger: Trigger) -> Iterator[_Link]:
    snapshot = life.snapshot
    if snapshot.tier is tier:
        return
    state = CompanyState(status=snapshot.status, tier=snapshot.tier, name=snapshot.name)
    if snapshot.tier is None:
        kind, turn = _acts(life)[-1]
        yield _Link(kind, state, turn.on, trigger.cause, f"{CORRECTED}{TIER_WITHDRAWN}")
        return
    first = min(
        (fact.evidence for fact in life.dossier.facts.elevations),
        key=lambda evidence: (evidence.on, evidence.ref),
    )
    cause = Cause(kind="elevation", ref=first.ref)
    yield _Link(StatusChangeKind.ELEVATED, state, first.on, cause, stage=first.stage)


def _change_id(epoch: int, company_id: str, seq: int) -> str:
    return sha256(f"{epoch}/status/{company_id}/{seq}".encode()).hexdigest()[:CHANGE_ID_DIGITS]
