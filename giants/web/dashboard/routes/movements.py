"""Movements: what rose and fell in a period, which technologies gained companies."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from giants.store.queries.companies import companies_by_id
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.movements import (
    Movers,
    Period,
    TechnologyFlow,
    movers,
    technology_flows,
)
from giants.web.answers import RATING_CAVEATS
from giants.web.context import InContext
from giants.web.dashboard.parameters import PeriodQuery
from giants.web.dashboard.rendering import render

PERIODS_DAYS: Final = (7, 30, 90, 365)
MOVERS_SHOWN: Final = 20

router = APIRouter()


@router.get("/movements")
def movements(request: Request, context: InContext, query: Annotated[PeriodQuery, Query()]) -> Response:
    """What moved in the days up to the newest change."""
    database = context.database
    newest = context.newest_change_at()
    period = Period(newest - timedelta(days=query.days), include_backfill=query.backfill) if newest else None
    found = Movers()
    flows: list[TechnologyFlow] = []
    if period is not None:
        found = movers(database, period, MOVERS_SHOWN)
        flows = technology_flows(database, period)
    return render(
        request,
        "movements.html",
        asked=query,
        periods=PERIODS_DAYS,
        since=period.since if period else None,
        newest=newest,
        rising=found.rose,
        falling=found.fell,
        flows=flows,
        names=companies_by_id(database, [mover.company_id for mover in (*found.rose, *found.fell)]),
        technologies=technology_names(database, context.settings.taxonomy),
        caveats=RATING_CAVEATS,
    )
