"""Which lists are there, by authority, batch and review year, and which would settle what is open (S-17).

A cell is *outstanding* while no list of it counts, *seen* while none proves an absence, *contradicting* where
one that says it is complete contradicts itself or the total of its period, *complete* where one proves whom
it lacks absent, and *zero* where that one names nobody (P-13).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from schemas.base import AuthorityCode, Stage
from schemas.changes import ListSummary
from schemas.codes import ListKind


class CellState(StrEnum):
    """How far a cell is covered."""

    OUTSTANDING = "outstanding"
    SEEN = "seen"
    CONTRADICTING = "contradicting"
    COMPLETE = "complete"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Cell:
    """The lists of one authority in one batch or review year; None stands for national lists.

    `stages` are those seen, `names` is the count of the best list, `expected` what it says of itself.
    """

    authority: AuthorityCode | None
    state: CellState
    stages: tuple[Stage, ...] = ()
    list_ids: tuple[str, ...] = ()
    names: int | None = None
    expected: int | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A batch, or a review year: its cells, what their best lists name and state, and the published total.

    `names` is what the best lists name together. Some of them state how many they hold: those state
    `expected` together and name `expected_names`. `total` is what the best list says of the whole batch or
    year. `outstanding` are authorities whose complete list would settle what is open; none where a national
    one does.
    """

    batch: int | None
    review_year: int | None
    cells: tuple[Cell, ...]
    names: int
    total: int | None
    outstanding: tuple[AuthorityCode, ...]
    expected: int | None = None
    expected_names: int | None = None


def coverage(lists: Iterable[ListSummary]) -> tuple[Column, ...]:
    """Batches in order, then review years, of all lists that count."""
    grouped: dict[tuple[int, int], list[ListSummary]] = {}
    for one in lists:
        if one.kind is ListKind.DESIGNATION and one.batch is not None:
            grouped.setdefault((one.batch, 0), []).append(one)
        elif one.kind is ListKind.REVIEW and one.review_year is not None:
            grouped.setdefault((0, one.review_year), []).append(one)
    ordered = sorted(grouped.items(), key=lambda item: (item[0][0] == 0, item[0]))
    return tuple(_column(batch or None, year or None, of_one) for (batch, year), of_one in ordered)


def _column(batch: int | None, review_year: int | None, lists: list[ListSummary]) -> Column:
    cells = tuple(
        _cell(authority, [one for one in lists if one.authority == authority])
        for authority in (None, *AuthorityCode)
    )
    settled = {CellState.COMPLETE, CellState.ZERO}
    national, own = cells[0], cells[1:]
    outstanding = () if national.state in settled else [one for one in own if one.state not in settled]
    named = [one for one in own if one.names] or [national]
    stating = [one for one in named if one.expected is not None]
    return Column(
        batch=batch,
        review_year=review_year,
        cells=cells,
        names=sum(cell.names or 0 for cell in named),
        total=next((one.total for one in lists if one.total is not None), None),
        outstanding=tuple(one.authority for one in outstanding if one.authority is not None),
        expected=sum(cell.expected or 0 for cell in stating) if stating else None,
        expected_names=sum(cell.names or 0 for cell in stating) if stating else None,
    )


def _cell(authority: AuthorityCode | None, lists: list[ListSummary]) -> Cell:
    if not lists:
        return Cell(authority, CellState.OUTSTANDING)
    best = min(lists, key=_rank)
    if best.proves_absence:
        state = CellState.COMPLETE if best.names else CellState.ZERO
    else:
        state = CellState.CONTRADICTING if any(one.doubt for one in lists) else CellState.SEEN
    return Cell(
        authority=authority,
        state=state,
        stages=tuple(stage for stage in Stage if any(one.stage is stage for one in lists)),
        list_ids=tuple(sorted(one.list_id for one in lists)),
        names=best.names,
        expected=best.expected_count,
        doubt=next((one.doubt for one in sorted(lists, key=_rank) if one.doubt), None),
    )


def _rank(one: ListSummary) -> tuple[bool, bool, int, int, str]:
    """The list that says most of a cell first: proof, then final, then class, then the latest."""
    return (
        not one.proves_absence,
        one.stage is not Stage.FINAL,
        one.source.source_class.rank,
        -one.published_on.toordinal(),
        one.list_id,
    )
