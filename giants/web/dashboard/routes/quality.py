"""How good the data are: targets, oddities, refusals, symbols."""

from fastapi import APIRouter, Request, Response

from giants.store.queries.dashboard_quality import (
    oddities,
    quality_shares,
    refusals,
    rejected_records,
    symbol_report,
)
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.explain import compiled
from giants.store.queries.exposures import taxonomy_in_force
from giants.web.context import InContext
from giants.web.dashboard.rendering import render

router = APIRouter()


@router.get("/quality")
def quality(request: Request, context: InContext) -> Response:
    """Shares with their targets, what is odd in the lists, what was refused, what the taxonomy leaves out."""
    database = context.database
    version = taxonomy_in_force(database, context.settings.taxonomy)
    return render(
        request,
        "quality.html",
        shares=quality_shares(database),
        oddities=oddities(database),
        refusals=refusals(database),
        rejected=rejected_records(database),
        symbols=symbol_report(database, compiled(version)) if version else None,
        technologies=technology_names(database, context.settings.taxonomy),
    )
