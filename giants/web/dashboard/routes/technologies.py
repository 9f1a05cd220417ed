"""Technologies: all of them, and one with its companies and its mapping."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup

from giants.domain.taxonomy import Entry, Taxonomy, shipped_taxonomy_file
from giants.store.client import Database
from giants.store.queries.companies import companies_by_id
from giants.store.queries.dashboard_technologies import authorities_of_technology
from giants.store.queries.explain import compiled
from giants.store.queries.exposures import (
    RatedCompany,
    companies_of_technology,
    taxonomy_in_force,
    technologies,
)
from giants.store.queries.movements import Mover, Period, TechnologyFlow, movers, technology_flows
from giants.web.answers import RATING_CAVEATS
from giants.web.context import InContext
from giants.web.dashboard.charts.bars import Part, band_bar, bar
from giants.web.dashboard.charts.exposure import NUMBERED_MAX, POINTS_MAX, Point, exposure_plot
from giants.web.dashboard.parameters import RatedQuery, TechnologyId
from giants.web.dashboard.rendering import render
from giants.web.errors import NotFoundError
from schemas.codes import Band

MONTH_DAYS: Final = 30
COMPANIES_OF_A_PAGE: Final = 50
MOVERS_SHOWN: Final = 10

router = APIRouter()


@dataclass(frozen=True, slots=True)
class MappedEntry:
    """An entry of the mapping, and why it is there; None where its taxonomy came without reasons."""

    entry: Entry
    reason: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another technology that takes some of the same symbols, and why."""

    technology: str
    reason: str


@router.get("/technologies")
def all_technologies(request: Request, context: InContext) -> Response:
    """The taxonomy in force, by category."""
    version = taxonomy_in_force(context.database, context.settings.taxonomy)
    rows = technologies(context.database, context.settings.taxonomy)
    categories = [(category, list(members)) for category, members in groupby(rows, lambda row: row.category)]
    return render(
        request,
        "technologies.html",
        version=version,
        categories=categories,
        most=max((row.rated for row in rows), default=0),
        band_bar=band_bar,
        caveats=RATING_CAVEATS,
    )


@router.get("/technologies/{technology}")
def one_technology(
    request: Request,
    context: InContext,
    technology: TechnologyId,
    query: Annotated[RatedQuery, Query()],
) -> Response:
    """One technology: who is rated in it, what moved in a month, and which symbols it takes."""
    database = context.database
    taxonomy = compiled(context.taxonomy())
    row = next((row for row in technologies(database, taxonomy.id) if row.technology == technology), None)
    if row is None:
        raise NotFoundError("technology", technology)
    page = companies_of_technology(database, technology, query.min_band, query.cursor, COMPANIES_OF_A_PAGE)
    newest = context.newest_change_at()
    flow, moved = _month(database, technology, newest)
    return render(
        request,
        "technology.html",
        technology=row,
        taxonomy=taxonomy,
        page=page,
        asked=query,
        plot=_plot(_all_rated(database, technology)),
        by_band=[(band, row.bands[band]) for band in reversed(Band)],
        bar_of=lambda band, count: bar((Part(count, f"b{tuple(Band).index(band) + 1}"),), max(row.rated, 1)),
        authorities=authorities_of_technology(database, technology),
        flow=flow,
        movers=moved,
        names=companies_by_id(database, [mover.company_id for mover in moved]),
        newest=newest,
        days=MONTH_DAYS,
        entries=_mapped(taxonomy, technology),
        overlaps=_overlaps(technology),
        caveats=RATING_CAVEATS,
        strong_bar=lambda one, most: bar((Part(one.strong, "b4"), Part(one.rated - one.strong, "b2")), most),
    )


def _all_rated(database: Database, technology: str) -> list[RatedCompany]:
    return list(companies_of_technology(database, technology, None, None, POINTS_MAX).items)


def _plot(rated: list[RatedCompany]) -> Markup | None:
    if not rated:
        return None
    points = [
        Point(
            company.alignment,
            company.confidence,
            Band(company.band),
            number if number <= NUMBERED_MAX else None,
        )
        for number, company in enumerate(rated, 1)
    ]
    return exposure_plot(points, "Alignment against confidence, one point a company")


def _month(
    database: Database, technology: str, newest: datetime | None
) -> tuple[TechnologyFlow, list[Mover]]:
    """What moved in the month up to the newest change; history that was filled in later is left out."""
    still = TechnologyFlow(technology)
    if newest is None:
        return still, []
    month = Period(newest - timedelta(days=MONTH_DAYS), technology=technology)
    flows = technology_flows(database, month)
    found = movers(database, month, MOVERS_SHOWN)
    moved = [*found.rose, *found.fell]
    moved.sort(key=lambda mover: (-abs(mover.step), mover.company_id))
    return (flows[0] if flows else still), moved[:MOVERS_SHOWN]


def _mapped(taxonomy: Taxonomy, technology: str) -> list[MappedEntry]:
    """The entries of the taxonomy in force, with reasons where they are those that the project ships."""
    shipped = shipped_taxonomy_file()
    return [
        MappedEntry(
            entry,
            shipped.reasons.get((technology, entry.symbol)),
            shipped.notes.get((technology, entry.symbol)),
        )
        for entry in taxonomy.entries[technology]
    ]


def _overlaps(technology: str) -> list[Overlap]:
    found = []
    for overlap in shipped_taxonomy_file().overlaps:
        if technology in overlap.technologies:
            other = next(id_ for id_ in overlap.technologies if id_ != technology)
            found.append(Overlap(other, overlap.reason))
    return found
