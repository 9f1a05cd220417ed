"""Movements: the history of a pair, movers of a period, technologies that gain companies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Query

from giants.store.queries.companies import Known, companies_by_id, company_by_id
from giants.store.queries.history import rating_changes
from giants.store.queries.movements import Mover, Movers, Period, TechnologyFlow, movers, technology_flows
from giants.web.answers import RATING_CAVEATS, notes
from giants.web.answers_movements import (
    BandMovement,
    HistoryPoint,
    MoverItem,
    MoversAnswer,
    PairHistoryAnswer,
    TechnologyMovement,
    TechnologyMovements,
)
from giants.web.context import Context, InContext
from giants.web.errors import NotFoundError
from giants.web.parameters import CompanyId, MoversQuery, PageQuery, PeriodQuery, TechnologyId
from giants.web.problems import problems
from giants.web.reading import of_company
from schemas.changes import Cause, Rating, RatingChange
from schemas.codes import Band

DAYS_DEFAULT: Final = 30

T = TypeVar("T")

router = APIRouter(tags=["movements"])


@router.get(
    "/companies/{company_id}/history/{technology}",
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
)
def get_pair_history(
    context: InContext, company_id: CompanyId, technology: TechnologyId, query: Annotated[PageQuery, Query()]
) -> PairHistoryAnswer:
    """The announced ratings of a company in a technology: counts, score, band, time and cause."""
    company = company_by_id(context.database, company_id)
    if company is None:
        raise NotFoundError("company", company_id)
    definition = next((one for one in context.taxonomy().technologies if one.id == technology), None)
    if definition is None:
        raise NotFoundError("technology", technology)
    page = rating_changes(context.database, company.company_id, technology, query.cursor, query.limit)
    return PairHistoryAnswer(
        **of_company(company),
        technology=definition.id,
        name=definition.name,
        category=definition.category,
        points=tuple(map(_point, page.items)),
        next=page.next_cursor,
        caveats=notes(RATING_CAVEATS),
    )


@router.get("/movers", responses=problems())
def list_movers(context: InContext, query: Annotated[MoversQuery, Query()]) -> MoversAnswer:
    """The pairs whose score rose and fell furthest between announcements in a period."""
    period, answer = _of_period(
        context,
        query,
        f"movers {query.limit}",
        lambda period: movers(context.database, period, query.limit),
        query.technology,
    )
    found = answer or Movers()
    names = companies_by_id(context.database, [mover.company_id for mover in (*found.rose, *found.fell)])
    return MoversAnswer(
        since=period.since if period else None,
        until=period.until if period else None,
        technology=query.technology,
        authority=query.authority,
        rose=_movers(found.rose, names),
        fell=_movers(found.fell, names),
        caveats=notes(RATING_CAVEATS),
    )


@router.get("/technologies/movements", responses=problems())
def list_technology_movements(
    context: InContext, query: Annotated[PeriodQuery, Query()]
) -> TechnologyMovements:
    """Companies that technologies gained and lost in a period, as a whole and by band."""
    period, flows = _of_period(
        context, query, "flows", lambda period: technology_flows(context.database, period)
    )
    known = {technology.id: technology.name for technology in context.taxonomy().technologies}
    return TechnologyMovements(
        since=period.since if period else None,
        until=period.until if period else None,
        authority=query.authority,
        items=tuple(_movement(flow, known) for flow in flows or ()),
        caveats=notes(RATING_CAVEATS),
    )


def _of_period(
    context: Context, query: PeriodQuery, name: str, ask: Callable[[Period], T], technology: str | None = None
) -> tuple[Period | None, T | None]:
    """What moved in the days that are asked for; None while nothing changed at all.

    What everybody sees first, the newest days as a whole, is counted once for all who ask at a time.
    """

    def answer() -> tuple[Period | None, T | None]:
        period = _period(context, query, technology)
        return period, ask(period) if period else None

    narrowed = query.model_dump(exclude={"limit"}, exclude_defaults=True)
    return answer() if narrowed else context.answers.get(name, answer)


def _period(context: Context, query: PeriodQuery, technology: str | None = None) -> Period | None:
    """The days that are asked for; by default those up to the newest change. None while there is none."""
    newest = context.newest_change_at()
    if newest is None:
        return None
    until = _begins(query.until) + timedelta(days=1) if query.until else newest + timedelta(milliseconds=1)
    since = _begins(query.since) if query.since else until - timedelta(days=DAYS_DEFAULT)
    return Period(since, until, query.backfill, technology or "", query.authority or "")


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _point(change: RatingChange) -> HistoryPoint:
    now = change.current
    rating = dict(now) if now else dict.fromkeys(Rating.model_fields)
    return HistoryPoint.model_validate(dict(change) | rating)


def _movers(found: Sequence[Mover], names: Mapping[str, Known]) -> tuple[MoverItem, ...]:
    return tuple(
        MoverItem(
            **asdict(mover),
            company=known.name,
            company_en=known.name_en,
            authority=known.authority,
            cause=Cause(kind=mover.cause_kind, ref=mover.cause_ref),
        )
        for mover in found
        for known in (names.get(mover.company_id, Known(mover.company_id, None, None)),)
    )


def _movement(flow: TechnologyFlow, known: Mapping[str, str]) -> TechnologyMovement:
    return TechnologyMovement(
        technology=flow.technology,
        name=known.get(flow.technology),
        entered=flow.gained,
        left=flow.lost,
        net=flow.net,
        rose=flow.rose,
        fell=flow.fell,
        bands={
            band: BandMovement(entered=entered, left=left, net=entered - left)
            for band, entered, left in zip(Band, flow.entered, flow.left, strict=True)
        },
    )
