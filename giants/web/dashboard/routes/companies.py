"""Companies: search, one company, one of its ratings."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup
from starlette.responses import RedirectResponse

from giants.domain.authorities import AUTHORITIES
from giants.domain.names.groups import group_hints
from giants.store.client import Database
from giants.store.queries.companies import company_by_id, find_companies
from giants.store.queries.dashboard_documents import documents
from giants.store.queries.dashboard_programme import newest_day
from giants.store.queries.dashboard_similar import similar_companies
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.explain import depends_of, explain
from giants.store.queries.exposures import PairRow, PortfolioRow, portfolio, ratings_on
from giants.store.queries.findings import findings_about
from giants.store.queries.history import rating_changes, status_changes
from giants.store.queries.programme import batches
from giants.store.queries.signals import SignalFilter, signals_in_force
from giants.web.answers import COMPANY_CAVEATS, RATING_CAVEATS
from giants.web.context import InContext
from giants.web.dashboard.charts.exposure import Point, exposure_plot
from giants.web.dashboard.charts.history import Step, rating_history
from giants.web.dashboard.charts.timeline import Mark, timeline
from giants.web.dashboard.feed import entries
from giants.web.dashboard.filed import filed_view
from giants.web.dashboard.parameters import (
    AsOfQuery,
    CompaniesQuery,
    CompanyId,
    CursorQuery,
    TechnologyId,
)
from giants.web.dashboard.rendering import query as address_query
from giants.web.dashboard.rendering import render, segment
from giants.web.dashboard.words import status_sentence
from giants.web.errors import NotFoundError
from giants.web.filed import exposure_as_filed
from giants.web.near import near_companies
from giants.web.ownership import ownership_on_record
from schemas.changes import CompanySnapshot, StatusChange, StatusSpell
from schemas.codes import Band, Caveat, SignalKind, StatusChangeKind

COMPANIES_OF_A_PAGE: Final = 50
CHANGES_OF_A_PAGE: Final = 100
SIGNALS_OF_A_PAGE: Final = 100
MARKS_MAX: Final = 24
HISTORY_MAX: Final = 200

router = APIRouter()

_MARK_CLASSES: Final = {
    StatusChangeKind.DESIGNATED: "good",
    StatusChangeKind.RENOMINATED: "good",
    StatusChangeKind.REVIEW_PASSED: "good",
    StatusChangeKind.ELEVATED: "good",
    StatusChangeKind.DECERTIFIED: "bad",
    StatusChangeKind.REVOKED: "bad",
    StatusChangeKind.STATUS_UNKNOWN: "doubt",
}


@router.get("/companies")
def companies(request: Request, context: InContext, query: Annotated[CompaniesQuery, Query()]) -> Response:
    """Companies found by any name they ever had, Chinese, pinyin or English, and by what is known of them."""
    database = context.database
    page = find_companies(database, query.as_filter(), query.cursor, COMPANIES_OF_A_PAGE)
    return render(
        request,
        "companies.html",
        asked=query,
        page=page,
        total=page.total,
        rated=bool(query.technology or query.min_band or query.profile),
        near=near_companies(context, query.q) if query.q.strip() and not page.total else (),
        technologies=technology_names(database, context.settings.taxonomy),
        authorities=AUTHORITIES,
        batches=[row.batch for row in batches(database)],
    )


@router.get("/companies/{company_id}")
def company(
    request: Request, context: InContext, company_id: CompanyId, query: Annotated[AsOfQuery, Query()]
) -> Response:
    """One company; the id of one that was merged leads to the one it became part of."""
    database = context.database
    found = _company(database, company_id)
    if found.company_id != company_id:
        asked = {"as_of": query.as_of.isoformat() if query.as_of else None}
        return RedirectResponse(f"/companies/{segment(found.company_id)}{address_query(asked)}")
    names = technology_names(database, context.settings.taxonomy)
    exposure = portfolio(database, found.company_id)
    chain = status_changes(database, found.company_id)[::-1]
    until = newest_day(database) or found.since
    rated = [pair for pair in exposure.pairs if pair.band is not None] if exposure else []
    alignments = {pair.technology: pair.alignment for pair in rated}
    filed = filed_view(context, found)
    return render(
        request,
        "company.html",
        company=found,
        ownership=ownership_on_record(database, found.ownership),
        technologies=names,
        exposure=exposure,
        rated=rated,
        findings=findings_about(database, found.company_id),
        depends={pair.technology: depends_of(pair.band, pair.sensitivity) for pair in rated},
        below=[pair for pair in exposure.pairs if pair.band is None] if exposure else [],
        plot=_plot(exposure, rated) if exposure and rated else None,
        filed=filed,
        chain=entries(database, chain, names),
        timeline=timeline(found, _marks(chain), until),
        documents=documents(database, _refs(found, chain)),
        similar=similar_companies(database, found.company_id, alignments),
        signals=[
            signal
            for signal in signals_in_force(
                database, SignalFilter(company_id=found.company_id), None, SIGNALS_OF_A_PAGE
            ).items
            if signal.signal != SignalKind.GROUP_NAME  # shown with its sources as a hint
        ],
        sentence=status_sentence(found),
        hints=group_hints(found.names),
        then=_spell_on(found, query.as_of) if query.as_of else None,
        then_rated=ratings_on(database, found.company_id, query.as_of) if query.as_of else [],
        then_filed=exposure_as_filed(context, found, query.as_of) if query.as_of and filed else None,
        asked=query,
        until=until,
        caveats=_caveats(found, exposure),
    )


@router.get("/companies/{company_id}/technologies/{technology}")
def rating(
    request: Request,
    context: InContext,
    company_id: CompanyId,
    technology: TechnologyId,
    query: Annotated[CursorQuery, Query()],
) -> Response:
    """One rating: how it is made, and what it was before."""
    database = context.database
    found = _company(database, company_id)
    if found.company_id != company_id:
        address = f"/companies/{segment(found.company_id)}/technologies/{technology}"
        return RedirectResponse(address)
    made = explain(database, context.taxonomy(), found.company_id, technology)
    if made is None:
        raise NotFoundError("technology", technology)
    names = technology_names(database, context.settings.taxonomy)
    page = rating_changes(database, found.company_id, technology, query.cursor, CHANGES_OF_A_PAGE)
    drawn = rating_changes(database, found.company_id, technology, None, HISTORY_MAX).items[::-1]
    until = newest_day(database) or found.since
    steps = [
        Step(
            change.at,
            change.current.score if change.current else None,
            change.current.band if change.current else None,
        )
        for change in drawn
    ]
    return render(
        request,
        "rating.html",
        company=found,
        made=made,
        changes=entries(database, page.items, names),
        counts=page.items,
        older=page.next_cursor,
        history=rating_history(steps, until) if steps else None,
        caveats=RATING_CAVEATS,
    )


@router.get("/parts/explain/{company_id}/{technology}")
def explanation(
    request: Request, context: InContext, company_id: CompanyId, technology: TechnologyId
) -> Response:
    """How a rating is made: a part of the company page that is put in when a reader opens it."""
    found = _company(context.database, company_id)
    made = explain(context.database, context.taxonomy(), found.company_id, technology)
    if made is None:
        raise NotFoundError("technology", technology)
    return render(request, "parts/explanation.html", made=made)


def _company(database: Database, company_id: str) -> CompanySnapshot:
    found = company_by_id(database, company_id)
    if found is None:
        raise NotFoundError("company", company_id)
    return found


def _plot(exposure: PortfolioRow, rated: Sequence[PairRow]) -> Markup:
    points = [
        Point(pair.alignment, exposure.confidence, Band(pair.band), number)
        for number, pair in enumerate(rated, 1)
        if pair.band is not None
    ]
    return exposure_plot(points, "Alignment against confidence, one point a technology")


def _marks(chain: Sequence[StatusChange]) -> list[Mark]:
    """The newest changes as marks; each keeps its number in the list beside the chart."""
    numbered = list(enumerate(chain, 1))[-MARKS_MAX:]
    return [
        Mark(number, change.effective_on, _MARK_CLASSES.get(change.kind, "other"), change.kind.value)
        for number, change in numbered
    ]


def _refs(found: CompanySnapshot, chain: Sequence[StatusChange]) -> set[str]:
    refs = {use.ref for use in found.names}
    refs |= {change.cause.ref for change in chain}
    refs |= {designation.ref for designation in found.designations}
    return refs | {review.ref for review in found.reviews if review.ref}


def _spell_on(found: CompanySnapshot, day: date) -> StatusSpell | None:
    return next((spell for spell in reversed(found.timeline) if spell.since <= day), None)


def _caveats(found: CompanySnapshot, exposure: PortfolioRow | None) -> tuple[Caveat, ...]:
    if exposure is None:
        coverage: tuple[Caveat, ...] = (Caveat.NO_PATENTS,)
    else:
        coverage = () if exposure.pairs else (Caveat.OUT_OF_TAXONOMY,)
    return (*found.caveats, *COMPANY_CAVEATS, *coverage, *(RATING_CAVEATS if exposure else ()))
