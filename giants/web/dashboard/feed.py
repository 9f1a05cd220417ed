"""Changes as people read them: who, what, from what to what, because of what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from giants.domain.watch.text import one_line
from giants.store.client import Database
from giants.store.queries.companies import Known, companies_by_id
from giants.store.queries.dashboard_technologies import TechnologyName
from giants.store.queries.lists import NO_STRENGTH, ListStrength, strength_of_lists
from giants.web.dashboard.words import SIGNALS, spoken
from schemas.base import NAME_CHARACTERS_MAX, TEXT_CHARACTERS_MAX
from schemas.changes import Cause, CompanyState, ListChange, Rating, RatingChange, SignalChange, StatusChange
from schemas.codes import Band, Caveat, ChangeKind, StatusChangeKind

_LEVELS = tuple(Band)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change, ready to be shown; `before` and `after` are None where there was or is nothing.

    `direction` is 1 for up, -1 for down, 0 for neither. Texts are one line each.
    """

    id: str
    kind: ChangeKind
    at: datetime
    company_id: str
    name: str
    name_en: str | None
    before: str | None
    after: str | None
    cause: Cause
    backfill: bool
    caveats: tuple[Caveat, ...]
    technology: str | None = None
    technology_name: str | None = None
    before_band: Band | None = None
    after_band: Band | None = None
    direction: int = 0
    reason: str | None = None
    authority: str | None = None
    batches: tuple[int, ...] = ()
    stage: str | None = None


def entries(
    database: Database,
    changes: Iterable[StatusChange | RatingChange | SignalChange | ListChange],
    technologies: dict[str, TechnologyName],
) -> list[Entry]:
    """Changes with the names of their companies and technologies."""
    listed = list(changes)
    names = companies_by_id(
        database,
        [change.company_id for change in listed if not isinstance(change, StatusChange | ListChange)],
    )
    strengths = strength_of_lists(
        database, [change.list_id for change in listed if isinstance(change, ListChange)]
    )
    made = []
    for change in listed:
        if isinstance(change, StatusChange):
            made.append(_status_entry(change))
            continue
        if isinstance(change, ListChange):
            made.append(list_entry(change, strengths.get(change.list_id, NO_STRENGTH)))
            continue
        known = names.get(change.company_id, Known(change.company_id, None, None))[:2]
        technology = technologies.get(change.technology or "")
        if isinstance(change, RatingChange):
            made.append(_rating_entry(change, known, technology))
        else:
            made.append(_signal_entry(change, known, technology))
    return made


def _common(
    change: StatusChange | RatingChange | SignalChange, name: str, name_en: str | None
) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": change.at,
        "company_id": change.company_id,
        "name": one_line(name, NAME_CHARACTERS_MAX),
        "name_en": one_line(name_en, NAME_CHARACTERS_MAX) if name_en else None,
        "cause": change.cause,
        "backfill": change.backfill,
        "caveats": change.caveats,
    }


def _status_entry(change: StatusChange) -> Entry:
    before, after = change.previous, change.current
    return Entry(
        **_common(change, change.name, change.name_en),
        kind=ChangeKind(change.kind.value),
        before=_state(change.kind, before),
        after=_state(change.kind, after),
        direction=_DIRECTIONS.get(change.kind, 0),
        reason=change.reason,
        authority=change.authority,
        batches=change.batches,
        stage=change.stage,
    )


def list_entry(change: ListChange, strength: ListStrength = NO_STRENGTH) -> Entry:
    """News of a list: its sentence stands in place of the name of a company."""
    text = one_line(change.text, TEXT_CHARACTERS_MAX)
    if strength.companies:
        text = f"{text.rstrip('.')}; {strength.in_words}."
    return Entry(
        id=change.id,
        kind=ChangeKind(change.kind.value),
        at=change.at,
        company_id="",
        name=text,
        name_en=None,
        technology=None,
        technology_name=None,
        before=None,
        after=None,
        before_band=None,
        after_band=None,
        direction=0,
        cause=change.cause,
        reason=None,
        authority=change.summary.authority,
        batches=() if change.summary.batch is None else (change.summary.batch,),
        stage=change.summary.stage,
        backfill=change.backfill,
        caveats=change.caveats,
    )


_DIRECTIONS = {
    StatusChangeKind.DESIGNATED: 1,
    StatusChangeKind.RENOMINATED: 1,
    StatusChangeKind.REVIEW_PASSED: 1,
    StatusChangeKind.ELEVATED: 1,
    StatusChangeKind.DECERTIFIED: -1,
    StatusChangeKind.REVOKED: -1,
}


def _state(kind: StatusChangeKind, state: CompanyState | None) -> str | None:
    """What of a state the change is about: the name, the tier, or the status."""
    if state is None:
        return None
    if kind is StatusChangeKind.RENAMED:
        return one_line(state.name, NAME_CHARACTERS_MAX)
    if kind is StatusChangeKind.ELEVATED:
        return spoken(state.tier) if state.tier else "no tier"
    return state.status


def _rating_entry(
    change: RatingChange, names: tuple[str, str | None], technology: TechnologyName | None
) -> Entry:
    before, after = change.previous, change.current
    return Entry(
        **_common(change, *names),
        kind=ChangeKind.RATING_CHANGED,
        technology=change.technology,
        technology_name=technology.name if technology else change.technology,
        before=_rating(before),
        after=_rating(after),
        before_band=before.band if before else None,
        after_band=after.band if after else None,
        direction=_step(before, after),
    )


def _signal_entry(
    change: SignalChange, names: tuple[str, str | None], technology: TechnologyName | None
) -> Entry:
    """A signal that was raised or cleared; its numbers stand where others give their reason."""
    called = SIGNALS[change.signal]
    return Entry(
        **_common(change, *names),
        kind=ChangeKind(change.kind.value),
        technology=change.technology,
        technology_name=technology.name if technology else change.technology,
        before=None if change.previous is None else called,
        after=None if change.current is None else called,
        reason=one_line(change.text, TEXT_CHARACTERS_MAX),
    )


def _rating(rating: Rating | None) -> str | None:
    return None if rating is None else f"{spoken(rating.band)} · {rating.score:.1f} · {rating.profile}"


def _step(before: Rating | None, after: Rating | None) -> int:
    """Up, down or neither, by band; being rated at all is a step up."""
    level_before = _LEVELS.index(before.band) + 1 if before else 0
    level_after = _LEVELS.index(after.band) + 1 if after else 0
    return (level_after > level_before) - (level_after < level_before)
