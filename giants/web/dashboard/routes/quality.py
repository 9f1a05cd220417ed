"""How good the data are: targets, findings, refusals, symbols."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from giants.domain.registry.findings import FindingCode
from giants.keys import Scope
from giants.store.private import is_private, shown_raw
from giants.store.queries.dashboard_quality import (
    Refusal,
    quality_shares,
    refusals,
    rejected_records,
    symbol_report,
)
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.explain import compiled
from giants.store.queries.exposures import taxonomy_in_force
from giants.store.queries.findings import finding_counts, findings
from giants.web.callers import Caller, InCaller
from giants.web.context import Context, InContext
from giants.web.dashboard.rendering import render

FINDINGS_SHOWN_MAX: Final = 50

router = APIRouter()


@router.get("/quality")
def quality(
    request: Request,
    context: InContext,
    caller: InCaller,
    code: Annotated[FindingCode | None, Query()] = None,
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
        refusals=_refusals(context, caller),
        rejected=rejected_records(database),
        symbols=symbol_report(database, compiled(version)) if version else None,
        unknown=context.unknown_symbols.current(),
        technologies=technology_names(database, context.settings.taxonomy),
    )


def _refusals(context: Context, caller: Caller) -> list[Refusal]:
    """What was refused; the reasons of what belongs to somebody are for operators alone."""
    return [
        replace(one, reason=shown_raw(one.topic, one.reason))
        for one in refusals(context.database)
        if Scope.OPERATE in caller.scopes or not is_private(one.topic)
    ]
