"""What a fold is given beside a fact, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from giants.domain.registry.findings import Finding
from schemas.changes import CompanySnapshot, ListChange, ListSnapshot, StatusChange


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact stands in the stream; all of it is only copied into the changes.

    `at` is the instant of arrival of the input record, UTC. Facts of a backfill or a replay are told so
    that nobody is alerted; `epoch` counts rebuilds (design invariant 8).
    """

    at: datetime
    backfill: bool = False
    replayed: bool = False
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one fact changed.

    `snapshots`: companies of which something changed; None is an id that is gone. `changes`: links of the
    chains, those of one company in order. `assignments`: lookup keys that changed hands; None is a key that
    nobody holds any more. `findings`: those that are new; `settled`: those that are in force no more.
    `backfill`: the fact was old news. `today`: the day by all facts; `day_moved` where this fact moved it.
    `lists`: summaries of lists that differ now, by id; None is one that is gone. `list_changes`: their news.
    """

    snapshots: dict[str, CompanySnapshot | None]
    changes: tuple[StatusChange, ...]
    assignments: dict[str, str | None]
    findings: tuple[Finding, ...]
    settled: tuple[Finding, ...] = ()
    backfill: bool = False
    today: date | None = None
    day_moved: bool = False
    lists: Mapping[str, ListSnapshot | None] = field(default_factory=dict)
    list_changes: tuple[ListChange, ...] = ()

    @classmethod
    def nothing(cls) -> Self:
        """A fact that changed nothing."""
        return cls({}, (), {}, ())
