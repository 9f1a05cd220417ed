"""The programme: batches and what became of them, reviews, authorities."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from giants.domain.coverage import coverage
from giants.domain.lifecycle import TERM_YEARS, batch_year
from giants.domain.programme import FIRST_REVIEW_YEAR
from giants.store.queries import programme
from giants.store.queries.dashboard_programme import (
    RetentionRow,
    authorities_of_batch,
    batches_of_authority,
    newest_day,
    retention,
    reviews_due,
)
from giants.store.queries.lists import summaries
from giants.store.queries.movements import strong_shares
from giants.store.queries.programme import BatchItem, CohortItem
from giants.web.answers import COMPANY_CAVEATS
from giants.web.context import InContext
from giants.web.dashboard.charts.bars import Part, bar, status_bar
from giants.web.dashboard.charts.retention import retention_curves
from giants.web.dashboard.charts.tiles import tiles
from giants.web.dashboard.parameters import AsOfQuery, BatchNumber, Code
from giants.web.dashboard.rendering import authority_of, render
from giants.web.errors import NotFoundError
from schemas.codes import Caveat

CALENDAR_YEARS_AHEAD: Final = 4

router = APIRouter()


@dataclass(frozen=True, slots=True)
class CalendarCell:
    """A batch in a review year: the round it is in, what came of it, or how many are to come.

    `round` counts the reviews of the batch; None means that none is due in this year (S-05).
    """

    round: int | None
    outcome: CohortItem | None
    due: int | None


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A batch with a cell for each year of the calendar."""

    batch: int
    cells: tuple[CalendarCell, ...]


@router.get("/batches")
def batches(request: Request, context: InContext, query: Annotated[AsOfQuery, Query()]) -> Response:
    """Batches, retention, the review calendar and the authorities; with `as_of` as things stood on a day."""
    database = context.database
    until = newest_day(database)
    rows = programme.batches(database, query.as_of)
    kept = _by_batch(retention(database, until.year)) if until else {}
    cohorts = programme.cohorts(database)
    years = _calendar_years(until)
    authorities = programme.authorities(database, query.as_of)
    return render(
        request,
        "batches.html",
        asked=query,
        batches=rows,
        largest=max((row.companies for row in rows), default=0),
        status_bar=status_bar,
        retention=retention_curves(kept) if kept else None,
        kept={batch: {row.year: row for row in members} for batch, members in kept.items()},
        kept_years=sorted({row.year for members in kept.values() for row in members}),
        cohorts=cohorts,
        years=years,
        calendar=_calendar(
            rows, cohorts, {(d.batch, d.review_year): d.companies for d in reviews_due(database)}, years
        ),
        tiles=tiles(authorities),
        authorities=authorities,
        strong=strong_shares(database),
        share_bar=lambda row: bar(
            (Part(row.strong, "b4"), Part(row.rated - row.strong, "b2")), row.companies
        ),
        until=until,
        caveats=(*COMPANY_CAVEATS, Caveat.STATUS_UNKNOWN, Caveat.AUTHORITY_UNKNOWN, Caveat.PROVISIONAL),
    )


@router.get("/batches/{batch}")
def one_batch(request: Request, context: InContext, batch: BatchNumber) -> Response:
    """One batch: what its companies are now, where they were nominated, what its reviews brought."""
    database = context.database
    row = next((row for row in programme.batches(database) if row.batch == batch), None)
    if row is None:
        raise NotFoundError("batch", str(batch))
    authorities = authorities_of_batch(database, batch)
    until = newest_day(database)
    kept = {batch: [r for r in retention(database, until.year) if r.batch == batch]} if until else {}
    return render(
        request,
        "batch.html",
        batch=row,
        bar=status_bar(row.active, row.unknown, row.inactive),
        tiles=tiles(authorities),
        authorities=authorities,
        most=max((one.companies for one in authorities), default=0),
        status_bar=status_bar,
        cohorts=[cohort for cohort in programme.cohorts(database) if cohort.batch == batch],
        kept=kept.get(batch, []),
        retention=retention_curves(kept) if kept.get(batch) else None,
        strong=next((one for one in strong_shares(database) if one.batch == batch), None),
        caveats=(*COMPANY_CAVEATS, Caveat.STATUS_UNKNOWN, Caveat.PROVISIONAL),
    )


@router.get("/coverage")
def lists_there(request: Request, context: InContext) -> Response:
    """Which lists are there, by authority, batch and review year."""
    columns = coverage(summaries(context.database))
    return render(request, "coverage.html", columns=columns, caveats=(Caveat.NOT_MALIGN,))


@router.get("/authorities/{code}")
def one_authority(request: Request, context: InContext, code: Code) -> Response:
    """One nominating authority and the companies it nominated."""
    database = context.database
    authority = authority_of(code)
    if authority is None:
        raise NotFoundError("authority", code)
    found = next((row for row in programme.authorities(database) if row.authority == code), None)
    rows = batches_of_authority(database, code)
    return render(
        request,
        "authority.html",
        authority=authority,
        row=found or programme.AuthorityRow(code, 0, 0, 0, 0),
        batches=rows,
        most=max((row.companies for row in rows), default=0),
        status_bar=status_bar,
        caveats=COMPANY_CAVEATS,
    )


def _by_batch(rows: list[RetentionRow]) -> dict[int, list[RetentionRow]]:
    found: dict[int, list[RetentionRow]] = defaultdict(list)
    for row in rows:
        found[row.batch].append(row)
    return dict(found)


def _calendar_years(until: date | None) -> list[int]:
    last = (until.year if until else FIRST_REVIEW_YEAR) + CALENDAR_YEARS_AHEAD
    return list(range(FIRST_REVIEW_YEAR, last + 1))


def _calendar(
    rows: list[BatchItem], cohorts: list[CohortItem], due: dict[tuple[int, int], int], years: list[int]
) -> list[CalendarRow]:
    outcomes = {(cohort.batch, cohort.review_year): cohort for cohort in cohorts}
    return [
        CalendarRow(
            row.batch,
            tuple(
                CalendarCell(
                    _round(row.batch, year), outcomes.get((row.batch, year)), due.get((row.batch, year))
                )
                for year in years
            ),
        )
        for row in rows
    ]


def _round(batch: int, year: int) -> int | None:
    """Which review of a batch falls into a year: every third year after its own (S-04, S-05)."""
    since = year - batch_year(batch)
    return since // TERM_YEARS if since > 0 and since % TERM_YEARS == 0 else None
