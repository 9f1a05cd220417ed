"""How good the data are: targets, findings, refusals, symbols."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from giants.domain.registry.findings import FindingCode
from giants.store.queries.dashboard_quality import (
    quality_shares,
    refusals,
    rejected_records,
    symbol_report,
)
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.explain import compiled
from giants.store.queries.exposures import taxonomy_in_force
from giants.store.queries.findings import finding_counts, findings
from giants.web.context import InContext
from giants.web.dashboard.rendering import render

FINDINGS_SHOWN_MAX: Final = 50

router = APIRouter()


@router.get("/quality")
def quality(
    request: Request, context: InContext, code: Annotated[FindingCode | None, Query()] = None
) -> Response:
    """Shares with their targets, findings, what was refused, what the taxonomy leaves out."""
    database = context.database
    version = taxonomy_in_force(database, context.settings.taxonomy)
    return render(
        request,
        "quality.html",
        shares=quality_shares(database),
        findings=findings(database, (code,) if code else (), None, FINDINGS_SHOWN_MAX).items,
        finding_counts=finding_counts(database),
        code=code,
        refusals=refusals(database),
        rejected=rejected_records(database),
        symbols=symbol_report(database, compiled(version)) if version else None,
        unknown=context.unknown_symbols.current(),
        technologies=technology_names(database, context.settings.taxonomy),
    )
