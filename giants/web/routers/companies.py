"""Companies: search, one company, its exposure, its history, and how a rating is made."""

from dataclasses import asdict
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from giants.domain.exposure import METHODOLOGIES, METHODOLOGY, confidence, few_classified
from giants.store.queries.companies import company_by_id, find_companies
from giants.store.queries.explain import depends_of, explain
from giants.store.queries.exposures import PortfolioRow, portfolio, ratings_on
from giants.store.queries.history import rating_changes, status_changes
from giants.web.answers import (
    COMPANY_CAVEATS,
    RATING_CAVEATS,
    CompanyAnswer,
    CompanyItem,
    CompanyList,
    ExplainAnswer,
    ExposureAnswer,
    ExposureSummary,
    HistoryAnswer,
    PairItem,
    StatusThen,
    notes,
)
from giants.web.answers_filed import AsFiledAnswer
from giants.web.context import Context, InContext
from giants.web.errors import NotFoundError
from giants.web.filed import exposure_as_filed, years_as_filed
from giants.web.near import near_companies
from giants.web.ownership import ownership_on_record
from giants.web.parameters import (
    AsFiledQuery,
    AsOfQuery,
    CompaniesQuery,
    CompanyId,
    ExposuresQuery,
    HistoryQuery,
    TechnologyId,
)
from giants.web.problems import problems
from giants.web.reading import of_company
from schemas.changes import CompanySnapshot
from schemas.codes import Caveat
from schemas.facts import Technology

router = APIRouter(tags=["companies"])


@router.get("/companies", responses=problems(HTTPStatus.BAD_REQUEST))
def list_companies(context: InContext, query: Annotated[CompaniesQuery, Query()]) -> CompanyList:
    """Find companies by any name they ever had, by status, authority, batch, tier and rating."""
    page = find_companies(context.database, query.as_filter(), query.cursor, query.limit)
    return CompanyList(
        items=tuple(CompanyItem.model_validate(item) for item in page.items),
        near=near_companies(context, query.q) if query.q.strip() and not page.total else (),
        total=page.total,
        as_of=query.as_of,
        next=page.next_cursor,
        caveats=notes(COMPANY_CAVEATS),
    )


@router.get("/companies/{company_id}", responses=problems(HTTPStatus.NOT_FOUND))
def get_company(
    context: InContext, company_id: CompanyId, query: Annotated[AsOfQuery, Query()]
) -> CompanyAnswer:
    """One company: names, status and what led to it; with `as_of` also the status on that day."""
    company = _company(context, company_id)
    exposure = portfolio(context.database, company.company_id)
    missing = _few_classified(exposure.families, exposure.classified) if exposure else (Caveat.NO_PATENTS,)
    ownership = ownership_on_record(context.database, company.ownership)
    return CompanyAnswer(
        **(dict(company) | {"ownership": ownership}),
        resolved_from=company_id if company_id != company.company_id else None,
        then=_status_on(company, query.as_of) if query.as_of else None,
        exposure=_summary(exposure) if exposure else None,
        notes=notes(company.caveats, COMPANY_CAVEATS, missing),
    )


@router.get(
    "/companies/{company_id}/exposures",
    responses=problems(HTTPStatus.NOT_FOUND),
)
def get_exposures(
    context: InContext, company_id: CompanyId, query: Annotated[ExposuresQuery, Query()]
) -> ExposureAnswer:
    """Every technology that the patents of a company touch, highest score first.

    `as_of` asks for a day in the past, and `basis` says what of: by default what had been announced by then.
    """
    company = _company(context, company_id)
    version = context.taxonomy()
    if query.basis == "filed":
        return exposure_as_filed(context, company, query.as_of)
    definitions = {technology.id: technology for technology in version.technologies}
    if query.as_of is not None:
        return _exposure_on(context, company, query.as_of, definitions)
    found = portfolio(context.database, company.company_id)
    pairs = found.pairs if found else ()
    return ExposureAnswer(
        **of_company(company),
        as_of=None,
        families=found.families if found else 0,
        classified=found.classified if found else 0,
        instances=found.instances if found else 0,
        confidence=found.confidence if found else 0.0,
        taxonomy=found.taxonomy if found else version.taxonomy,
        taxonomy_version=found.taxonomy_version if found else version.version,
        methodology=found.methodology if found else METHODOLOGY.id,
        technologies=tuple(
            PairItem(
                **asdict(pair),
                **_named(definitions.get(pair.technology)),
                depends=depends_of(pair.band, pair.sensitivity),
            )
            for pair in pairs
        ),
        caveats=notes(RATING_CAVEATS, _coverage(found)),
    )


@router.get("/companies/{company_id}/as-filed", responses=problems(HTTPStatus.NOT_FOUND))
def get_as_filed(
    context: InContext, company_id: CompanyId, query: Annotated[AsFiledQuery, Query()]
) -> AsFiledAnswer:
    """Ratings at the end of every year by the filing dates of families, oldest first."""
    return years_as_filed(context, _company(context, company_id), query.technology)


@router.get(
    "/companies/{company_id}/history", responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
)
def get_history(
    context: InContext, company_id: CompanyId, query: Annotated[HistoryQuery, Query()]
) -> HistoryAnswer:
    """What changed for a company, when, and because of which document or family."""
    company = _company(context, company_id)
    page = rating_changes(context.database, company.company_id, query.technology, query.cursor, query.limit)
    return HistoryAnswer(
        **of_company(company),
        status_changes=tuple(status_changes(context.database, company.company_id)),
        rating_changes=page.items,
        next=page.next_cursor,
        caveats=notes(company.caveats, RATING_CAVEATS),
    )


@router.get("/companies/{company_id}/explain/{technology}", responses=problems(HTTPStatus.NOT_FOUND))
def explain_rating(context: InContext, company_id: CompanyId, technology: TechnologyId) -> ExplainAnswer:
    """How a rating is made: the symbols that match, the counts, alignment, confidence, score and band."""
    company = _company(context, company_id)
    found = explain(context.database, context.taxonomy(), company.company_id, technology)
    if found is None:
        raise NotFoundError("technology", technology)
    missing = _few_classified(found.families, found.classified) if found.families else (Caveat.NO_PATENTS,)
    return ExplainAnswer(
        **(asdict(found) | of_company(company)),
        status=company.status,
        sub_state=company.sub_state,
        since=company.since,
        reason=company.reason,
        authority=company.authority,
        rated=found.score is not None,
        formula=METHODOLOGY.score_formula,
        caveats=notes(RATING_CAVEATS, missing),
    )


def _company(context: Context, company_id: str) -> CompanySnapshot:
    company = company_by_id(context.database, company_id)
    if company is None:
        raise NotFoundError("company", company_id)
    return company


def _status_on(company: CompanySnapshot, day: date) -> StatusThen:
    spell = next((spell for spell in reversed(company.timeline) if spell.since <= day), None)
    if spell is None:
        return StatusThen(as_of=day, status=None, sub_state=None, since=None, cause=None)
    return StatusThen(
        as_of=day, status=spell.status, sub_state=spell.sub_state, since=spell.since, cause=spell.cause
    )


def _summary(exposure: PortfolioRow) -> ExposureSummary:
    rated = sum(pair.band is not None for pair in exposure.pairs)
    return ExposureSummary(**asdict(exposure), rated=rated)


def _exposure_on(
    context: Context, company: CompanySnapshot, day: date, definitions: dict[str, Technology]
) -> ExposureAnswer:
    """What had been announced by the end of a day; counts are those of the last announcement."""
    then = ratings_on(context.database, company.company_id, day)
    newest = max(then, key=lambda rating: rating.at, default=None)
    families, classified = (newest.families, newest.classified) if newest else (0, 0)
    methodology = METHODOLOGIES.get(newest.methodology, METHODOLOGY) if newest else METHODOLOGY
    # Only a release that knew `exposure-1` alone did not count classified families.
    evidence = methodology.evidence(families, families if classified is None else classified)
    return ExposureAnswer(
        **of_company(company),
        as_of=day,
        families=families,
        classified=classified,
        instances=newest.instances if newest else 0,
        confidence=confidence(evidence),
        taxonomy=context.settings.taxonomy,
        taxonomy_version=newest.taxonomy_version if newest else 0,
        methodology=methodology.id,
        technologies=tuple(
            PairItem(
                technology=rating.technology,
                **_named(definitions.get(rating.technology)),
                matching=rating.matching,
                alignment=rating.matching / rating.instances if rating.instances else 0.0,
                score=rating.score,
                band=rating.band,
                profile=rating.profile,
            )
            for rating in sorted(then, key=lambda rating: -rating.score)
        ),
        caveats=notes(RATING_CAVEATS, _few_classified(families, classified)),
    )


def _named(definition: Technology | None) -> dict[str, str | None]:
    return {
        "name": definition.name if definition else None,
        "category": definition.category if definition else None,
    }


def _coverage(found: PortfolioRow | None) -> tuple[Caveat, ...]:
    if found is None:
        return (Caveat.NO_PATENTS,)
    outside = () if found.pairs else (Caveat.OUT_OF_TAXONOMY,)
    return (*_few_classified(found.families, found.classified), *outside)


def _few_classified(families: int, classified: int | None) -> tuple[Caveat, ...]:
    is_few = classified is not None and few_classified(families, classified)
    return (Caveat.FEW_CLASSIFIED,) if is_few else ()
