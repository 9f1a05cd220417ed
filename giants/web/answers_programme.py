"""What is said about the programme as a whole, with its sources."""

from collections.abc import Mapping, Sequence
from datetime import date

from giants.domain.frameworks import FRAMEWORKS, Criterion, Unit
from giants.domain.programme import PROGRAMME, Basis, CycleYear, Level
from giants.store.queries.dashboard_programme import DueRow
from giants.web.answers import COMPANY_CAVEATS, Answer, CaveatNote, notes


class SourceItem(Answer):
    """A text that statements rest on: official, secondary, or derived by this project."""

    id: str
    title: str
    basis: Basis
    url: str | None


class StatementItem(Answer):
    """One sentence and the ids of its sources."""

    id: str
    text: str
    sources: tuple[str, ...]


class TierItem(Answer):
    """A title that firms can hold; `rank` counts the ladder from the bottom, null for titles outside it.

    `score_min` is the least development-quality score since 2026. Lists are read here of what is `tracked`.
    """

    id: str
    name: str
    name_zh: str
    level: Level
    rank: int | None
    score_min: int | None
    tracked: bool
    text: str
    sources: tuple[str, ...]


class ThresholdItem(Answer):
    """What has to be met: its words, and a figure in `unit` where there is one (shares from 0 to 1)."""

    criterion: Criterion
    item: str
    text: str
    unit: Unit
    at_least: float | None
    at_most: float | None
    in_reviews: bool


class GateItem(Answer):
    """A condition that is passed or failed, never graded."""

    item: str
    text: str
    score_min: int | None


class FrameworkItem(Answer):
    """A framework of criteria. `conjunctive` is null where no document says whether all must be met."""

    id: str
    document: str
    issued_on: date | None
    in_force_from: date
    in_force_day_known: bool
    conjunctive: bool | None
    thresholds: tuple[ThresholdItem, ...]
    gates: tuple[GateItem, ...]
    sources: tuple[str, ...]


class ReviewedItem(Answer):
    """A batch that is due in a year, after `passes_before` reviews that its companies passed.

    `companies` are those with that year as their next review; null where there are none (any more).
    `passes_before` is null where companies are due in a year that is not one of their newest batch.
    """

    batch: int
    passes_before: int | None
    companies: int | None


class CycleItem(Answer):
    """A year of the cycle, and the frameworks that its new batch and its reviews are judged by."""

    year: int
    designated: int
    designation_framework: str
    reviewed: tuple[ReviewedItem, ...]
    review_framework: str


class ProgrammeAnswer(Answer):
    """Objectives, tiers, benefits, frameworks and the cycle; `sources` are what ids stand for."""

    objectives: tuple[StatementItem, ...]
    choke_points: int
    choke_points_sources: tuple[str, ...]
    tiers: tuple[TierItem, ...]
    benefits: tuple[StatementItem, ...]
    frameworks: tuple[FrameworkItem, ...]
    cycle: tuple[CycleItem, ...]
    cycle_sources: tuple[str, ...]
    sources: tuple[SourceItem, ...]
    caveats: tuple[CaveatNote, ...]


def programme_answer(cycle: Sequence[CycleYear], due: Sequence[DueRow]) -> ProgrammeAnswer:
    """What is said, with the years of the cycle and how many companies come up for review in each."""
    companies = {(row.review_year, row.batch): row.companies for row in due}
    return ProgrammeAnswer(
        objectives=tuple(StatementItem.model_validate(one) for one in PROGRAMME.objectives),
        choke_points=PROGRAMME.choke_points,
        choke_points_sources=PROGRAMME.choke_points_sources,
        tiers=tuple(TierItem.model_validate(one) for one in PROGRAMME.tiers),
        benefits=tuple(StatementItem.model_validate(one) for one in PROGRAMME.benefits),
        frameworks=tuple(FrameworkItem.model_validate(one) for one in FRAMEWORKS),
        cycle=tuple(_cycle_item(year, companies) for year in cycle),
        cycle_sources=PROGRAMME.cycle_sources,
        sources=tuple(SourceItem.model_validate(one) for one in PROGRAMME.sources),
        caveats=notes(COMPANY_CAVEATS),
    )


def _cycle_item(year: CycleYear, companies: Mapping[tuple[int, int], int]) -> CycleItem:
    passes = {one.batch: one.passes_before for one in year.reviewed}
    off_cycle = sorted(batch for due, batch in companies if due == year.year and batch not in passes)
    return CycleItem(
        year=year.year,
        designated=year.designated,
        designation_framework=year.designation_framework.id,
        reviewed=tuple(
            ReviewedItem(
                batch=batch, passes_before=passes.get(batch), companies=companies.get((year.year, batch))
            )
            for batch in (*passes, *off_cycle)
        ),
        review_framework=year.review_framework.id,
    )
