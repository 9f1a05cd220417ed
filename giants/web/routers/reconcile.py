"""A reconciliation service (W3C reconciliation API 0.2): OpenRefine matches a column and adds columns to it.

Scores and candidates are those of `/match`; a score of 0.9 is 90 here, as clients expect.
"""

from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter, ValidationError

from giants.domain.names import name_problem
from giants.domain.names.reading import reading_in_words
from giants.matching import Answer, Candidate, Thresholds
from giants.matching import Query as NameQuery
from giants.matching.model import CANDIDATES_SHOWN_MAX
from giants.store.queries.screening import ScreenedCompany, exposures_of
from giants.web.answers_reconcile import (
    LIMIT_MAX,
    QUERIES_MAX,
    Address,
    EntityValue,
    Extending,
    ExtensionAnswer,
    ExtensionQuery,
    Kind,
    Manifest,
    MatchingFeature,
    Preview,
    ProposedProperties,
    QueryProperty,
    ReconciledCompany,
    ReconciliationQuery,
    ReconciliationResult,
    ServiceUrl,
    Suggested,
    Suggesting,
    Suggestions,
)
from giants.web.context import Context, InContext
from giants.web.dashboard.rendering import authority_of, environment
from giants.web.errors import InvalidError, NotFoundError, NotReadyError
from giants.web.name_queries import name_query, problem_of_names, stripped
from giants.web.problems import problems
from giants.web.reconcile_columns import NO_EXPOSURE, cells, columns
from schemas.facts import TaxonomyVersion

COMPANY: Final = Kind(id="Company", name="Little Giant · 专精特新小巨人企业")
# Columns of a table that speak for or against a candidate.
MATCHED_BY: Final = (
    Kind(id="place", name="Place: city or province"),
    Kind(id="uscc", name="Unified social credit code · 统一社会信用代码"),
    Kind(id="name_en", name="English name"),
    Kind(id="former_name", name="Former name · 曾用名"),
)
PATH: Final = "/reconcile"
PREVIEW_WIDTH: Final = 430
PREVIEW_HEIGHT: Final = 190
SUGGESTED_MAX: Final = 10
_PREVIEW_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"

router = APIRouter(tags=["screening"])
_PROBLEMS: Final = problems()
_Queries: Final = TypeAdapter(dict[str, ReconciliationQuery])
_Extension: Final = TypeAdapter(ExtensionQuery)

Reconciled = dict[str, ReconciliationResult]
Parsed = TypeVar("Parsed")


async def _form(request: Request) -> dict[str, str]:
    """The parameters of an address, or those of a form that was posted."""
    body = await request.body() if request.method == "POST" else b""
    try:
        posted = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise InvalidError("the body must be a form (application/x-www-form-urlencoded) in UTF-8") from None
    return dict(request.query_params) | {name: values[-1] for name, values in posted.items()}


InForm = Annotated[dict[str, str], Depends(_form)]


@router.get(PATH, responses=_PROBLEMS)
def service(context: InContext, request: Request, form: InForm) -> Manifest | Reconciled | ExtensionAnswer:
    """What the service can do; with `queries` or `extend` (JSON) the answers to them."""
    return _answered(context, form) or _manifest(request)


@router.post(PATH, responses=_PROBLEMS)
def reconcile(context: InContext, form: InForm) -> Reconciled | ExtensionAnswer:
    """Match names (form field `queries`), or add columns to companies (form field `extend`)."""
    answer = _answered(context, form)
    if answer is None:
        raise InvalidError("expected a form with the field `queries` or `extend`, each of them JSON")
    return answer


@router.get(PATH + "/suggest/entity", responses=_PROBLEMS)
def suggest_entities(context: InContext, prefix: Annotated[str, Query(max_length=300)]) -> Suggestions:
    """Suggest companies while a name is typed."""
    if not prefix.strip() or name_problem(prefix) is not None:
        return Suggestions(result=())
    thresholds = Thresholds(context.settings.match_min, min(0.5, context.settings.review_min))
    screened = context.screener.screen([NameQuery(prefix)], thresholds, SUGGESTED_MAX)
    companies = [screened.companies.get(one.company_id) for one in screened.answers[0].candidates]
    return Suggestions(
        result=tuple(
            Suggested(id=one.company_id, name=_name(one), description=_description(one))
            for one in companies
            if one is not None
        )
    )


@router.get(PATH + "/suggest/property", responses=_PROBLEMS)
def suggest_properties(context: InContext, prefix: Annotated[str, Query(max_length=300)] = "") -> Suggestions:
    """Suggest columns, for matching and for adding, by a part of their names."""
    wanted = prefix.casefold().strip()
    known = {one.id: one for one in (*MATCHED_BY, *columns(_taxonomy(context)))}
    found = [one for one in known.values() if wanted in one.id.casefold() or wanted in one.name.casefold()]
    return Suggestions(
        result=tuple(Suggested(id=one.id, name=one.name, description="") for one in found[:SUGGESTED_MAX])
    )


@router.get(PATH + "/suggest/type", responses=_PROBLEMS)
def suggest_types(prefix: Annotated[str, Query(max_length=300)] = "") -> Suggestions:
    """The one type that there is."""
    return Suggestions(result=(Suggested(id=COMPANY.id, name=COMPANY.name, description=""),))


@router.get(PATH + "/properties", responses=_PROBLEMS)
def propose_properties(
    context: InContext,
    type: Annotated[str, Query(max_length=300)] = COMPANY.id,  # noqa: A002 - the specification's name
    limit: Annotated[int, Query(ge=1, le=1_000)] = 1_000,
) -> ProposedProperties:
    """The columns that can be added to companies."""
    proposed = columns(_taxonomy(context))[:limit] if type == COMPANY.id else ()
    return ProposedProperties(type=type, limit=limit, properties=proposed)


@router.get(PATH + "/preview", response_class=HTMLResponse, responses=problems(HTTPStatus.NOT_FOUND))
def preview(context: InContext, request: Request, id: Annotated[str, Query(max_length=300)]) -> HTMLResponse:  # noqa: A002
    """A small page about a company, which clients show in a frame."""
    company = context.screener.companies([id]).get(id)
    if company is None:
        raise NotFoundError("company", id)
    exposure = exposures_of(context.database, [company.company_id]).get(company.company_id, NO_EXPOSURE)
    reading = None if company.name_en else reading_in_words(company.names[0])
    page = environment().get_template("preview.html")
    text = page.render(company=company, exposure=exposure, reading=reading, base=str(request.base_url))
    return HTMLResponse(text, headers={"Content-Security-Policy": _PREVIEW_POLICY})


def _answered(context: Context, form: Mapping[str, str]) -> Reconciled | ExtensionAnswer | None:
    if "queries" in form:
        return _reconciled(context, _parsed(_Queries, form["queries"], "queries"))
    if "extend" in form:
        return _extended(context, _parsed(_Extension, form["extend"], "extend"))
    return None


def _parsed(kind: TypeAdapter[Parsed], text: str, field: str) -> Parsed:
    try:
        return kind.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(part) for part in first["loc"])
        raise InvalidError(f"{field}{f' at {at}' if at else ''}: {first['msg']}") from None


def _reconciled(context: Context, queries: dict[str, ReconciliationQuery]) -> Reconciled:
    if len(queries) > QUERIES_MAX:
        raise InvalidError(f"got {len(queries)} queries, expected at most {QUERIES_MAX} at once")
    asked = {key: found for key, query in queries.items() if (found := _name_query(query)) is not None}
    shown_max = max((_limit(query) for query in queries.values()), default=CANDIDATES_SHOWN_MAX)
    thresholds = Thresholds(context.settings.match_min, context.settings.review_min)
    screened = context.screener.screen(tuple(asked.values()), thresholds, shown_max)
    answers = dict(zip(asked, screened.answers, strict=True))
    return {
        key: _result(answers.get(key), screened.companies, _limit(query)) for key, query in queries.items()
    }


def _limit(query: ReconciliationQuery) -> int:
    return CANDIDATES_SHOWN_MAX if query.limit is None else min(int(query.limit), LIMIT_MAX)


def _name_query(query: ReconciliationQuery) -> NameQuery | None:
    """The query of the matcher; None where it has no name that can be matched, or asks for another type."""
    types = [query.type] if isinstance(query.type, str) else query.type or [COMPANY.id]
    by_column: dict[str, list[str]] = {}
    for known in query.properties:
        by_column.setdefault(known.pid, []).extend(_values(known))
    names = [query.query or "", *by_column.get("name_en", ()), *by_column.get("former_name", ())]
    if COMPANY.id not in types or problem_of_names(stripped(names)) is not None:
        return None
    return name_query(names, by_column.get("place", ()), by_column.get("uscc", ()))


def _values(known: QueryProperty) -> list[str]:
    values = known.v if isinstance(known.v, list) else [known.v]
    return [(one.name or one.id) if isinstance(one, EntityValue) else str(one) for one in values]


def _result(
    answer: Answer | None, companies: Mapping[str, ScreenedCompany], limit: int
) -> ReconciliationResult:
    if answer is None:
        return ReconciliationResult(result=())
    candidates = [one for one in answer.candidates if one.company_id in companies][:limit]
    matched = answer.match
    return ReconciliationResult(
        result=tuple(
            _candidate(one, companies[one.company_id], is_match=one is matched) for one in candidates
        )
    )


def _candidate(candidate: Candidate, company: ScreenedCompany, *, is_match: bool) -> ReconciledCompany:
    return ReconciledCompany(
        id=company.company_id,
        name=_name(company),
        description=_description(company),
        score=round(candidate.score * 100, 2),
        match=is_match,
        features=tuple(MatchingFeature(id=one.name, value=one.factor) for one in candidate.features),
        type=(COMPANY,),
    )


def _name(company: ScreenedCompany) -> str:
    return company.names[0]


def _description(company: ScreenedCompany) -> str:
    """What tells namesakes apart: the English name or a reading, standing, authority, batches."""
    latin = company.name_en or f"{reading_in_words(company.names[0])} (reading)"
    authority = authority_of(company.authority)
    place = authority.name_en if authority is not None else "authority unknown"
    batches = ", ".join(str(batch) for batch in company.batches)
    return f"{latin} · {company.status} since {company.since} · {place} · batch {batches}"


def _extended(context: Context, query: ExtensionQuery) -> ExtensionAnswer:
    known = {one.id: one for one in columns(_taxonomy(context))}
    unknown = [one.id for one in query.properties if one.id not in known]
    if unknown:
        raise InvalidError(f"there is no column {unknown[0]!r}: `{PATH}/properties` names all of them")
    companies = context.screener.companies(query.ids)
    exposures = exposures_of(context.database, tuple({one.company_id for one in companies.values()}))
    rows: dict[str, dict[str, Any]] = {}
    for id_ in query.ids:
        company = companies.get(id_)
        rows[id_] = {
            one.id: cells(one.id, company, exposures.get(company.company_id, NO_EXPOSURE)) if company else ()
            for one in query.properties
        }
    return ExtensionAnswer(meta=tuple(known[one.id] for one in query.properties), rows=rows)


def _taxonomy(context: Context) -> TaxonomyVersion | None:
    try:
        return context.taxonomy()
    except NotReadyError:
        return None


def _manifest(request: Request) -> Manifest:
    base = str(request.base_url).rstrip("/")
    here = f"{base}{request.url.path}".rstrip("/")

    def part(path: str) -> ServiceUrl:
        return ServiceUrl(service_url=here, service_path=path)

    return Manifest(
        name="Little Giants · 专精特新小巨人",
        identifierSpace=f"{base}/companies/",
        schemaSpace=f"{base}/docs",
        documentation=f"{base}/docs",
        serviceVersion=version("little-giants-stream"),
        defaultTypes=(COMPANY,),
        view=Address(url=f"{base}/companies/{{{{id}}}}"),
        preview=Preview(url=f"{here}/preview?id={{{{id}}}}", width=PREVIEW_WIDTH, height=PREVIEW_HEIGHT),
        suggest=Suggesting(
            entity=part("/suggest/entity"), property=part("/suggest/property"), type=part("/suggest/type")
        ),
        extend=Extending(propose_properties=part("/properties")),
    )
