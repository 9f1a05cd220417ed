"""Matching: up to a thousand names in one request, in the shape of OpenSanctions' matching API."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from giants.domain.authorities import SENSITIVE_AUTHORITIES
from giants.domain.names.reading import reading_in_words
from giants.matching import Answer, Candidate, Thresholds, Verdict
from giants.matching import Query as NameQuery
from giants.matching.errors import ThresholdsError
from giants.matching.model import FEATURES
from giants.store.queries.screening import Exposure, ScreenedCompany, exposures_of
from giants.web.answers import COMPANY_CAVEATS, RATING_CAVEATS, OwnershipItem, notes
from giants.web.answers_match import (
    DATASET,
    FeatureDocumentation,
    FeatureExplanation,
    LittleGiant,
    MatchAnswer,
    MatchBody,
    MatchEntity,
    MatchQuery,
    MatchResponse,
    MatchResult,
    ProgrammeVersion,
    RecordedRun,
    TopTechnology,
    Total,
)
from giants.web.basis import basis_of, new_run_id, record_run
from giants.web.callers import Caller, InCaller
from giants.web.context import Context, InContext
from giants.web.errors import InvalidError
from giants.web.name_queries import name_query, problem_of_names, stripped
from giants.web.ownership import OWNERSHIP_SHOWN_MAX, ownership_items
from giants.web.problems import problems
from schemas.base import ID_CHARACTERS_MAX, NAME_CHARACTERS_MAX, TEXT_CHARACTERS_MAX, visible
from schemas.notes import CompanyOwnership
from schemas.portfolios import MatchVerdict, ScreenedCandidate, ScreenedName

# Kinds of entities that a company may be recorded as by others.
SCHEMAS: Final = frozenset({"Company", "LegalEntity", "Organization", "Thing", "PublicBody"})
NAME_PROPERTIES: Final = ("name", "alias", "previousName", "weakAlias")
PLACE_PROPERTIES: Final = ("region", "city", "address")
CODE_PROPERTIES: Final = ("uscCode", "registrationNumber")
_NO_EXPOSURE: Final = Exposure(0, ())

router = APIRouter(tags=["screening"])
_PROBLEMS: Final = problems(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@router.post("/match", responses=_PROBLEMS)
def match(
    context: InContext, caller: InCaller, body: MatchBody, query: Annotated[MatchQuery, Query()]
) -> MatchAnswer:
    """Which companies of the programme some names may mean, each with a score that is explained."""
    return matched(context, caller, body, query)


@router.post("/match/{dataset}", responses=_PROBLEMS)
def match_dataset(
    context: InContext,
    caller: InCaller,
    dataset: Annotated[str, Path(pattern=f"^(?:default|{DATASET})$", examples=[DATASET])],
    body: MatchBody,
    query: Annotated[MatchQuery, Query()],
) -> MatchAnswer:
    """The same at the address that clients of OpenSanctions use; there is one set of companies."""
    return matched(context, caller, body, query)


def matched(context: Context, caller: Caller, body: MatchBody, wanted: MatchQuery) -> MatchAnswer:
    """The answers of some queries; the run is written down."""
    thresholds = _thresholds(context, wanted)
    problems_found = {key: _problem(entity) for key, entity in body.queries.items()}
    asked = {
        key: query
        for key, problem in problems_found.items()
        if problem is None and (query := _query(body.queries[key])) is not None
    }
    screened = context.screener.screen(tuple(asked.values()), thresholds, wanted.limit)
    answers = dict(zip(asked, screened.answers, strict=True))
    exposures = exposures_of(context.database, tuple(screened.companies))
    known = _Known(context, screened.companies, exposures)
    responses = {
        key: _response(known, entity, answers.get(key), problems_found[key])
        for key, entity in body.queries.items()
    }
    basis = basis_of(context, screened, thresholds)
    names = [recorded_name(key, entity, responses[key]) for key, entity in body.queries.items()]
    run_id = wanted.run_id or new_run_id()
    run = (run_id, wanted.part, wanted.origin, wanted.label)
    detail = record_run(context, caller, names, basis, run=run)
    return MatchAnswer(
        responses=responses,
        matcher={name: FeatureDocumentation(description=text) for name, text in FEATURES.items()},
        limit=wanted.limit,
        threshold=thresholds.match,
        cutoff=thresholds.review,
        version=ProgrammeVersion(
            epoch=screened.epoch,
            newest_change_at=context.newest_change_at(),
            companies=screened.companies_known,
        ),
        run=RecordedRun(run_id=run_id, part=wanted.part, recorded=detail is None, detail=detail),
        caveats=notes(COMPANY_CAVEATS, RATING_CAVEATS),
    )


def recorded_name(key: str, entity: MatchEntity, response: MatchResponse) -> ScreenedName:
    """What is written down of a query and its answer; what cannot be shown is cut."""
    asked = _query(entity)
    return ScreenedName(
        key=visible(key)[:ID_CHARACTERS_MAX].strip() or "?",
        name=visible(asked.name)[:NAME_CHARACTERS_MAX] if asked is not None else "",
        place=(visible(asked.place) or None) if asked is not None and asked.place else None,
        uscc=asked.uscc if asked is not None else None,
        verdict=None if response.verdict is None else MatchVerdict(response.verdict.value),
        problem=None if response.detail is None else response.detail[:TEXT_CHARACTERS_MAX],
        ownership=_recorded(response.ownership),
        candidates=tuple(
            ScreenedCandidate(
                company_id=one.id,
                name=one.properties["name"][0],
                name_en=one.properties["name"][1] if len(one.properties["name"]) > 1 else None,
                status=one.little_giant.status,
                score=one.score,
                why="; ".join(each.description for each in one.explanations.values())[:TEXT_CHARACTERS_MAX],
                ownership=_recorded(one.little_giant.ownership),
            )
            for one in response.results
        ),
    )


def _recorded(items: tuple[OwnershipItem, ...]) -> tuple[str, ...]:
    return tuple(f"{one.text}, {one.url}"[:TEXT_CHARACTERS_MAX] for one in items)


def _thresholds(context: Context, wanted: MatchQuery) -> Thresholds:
    """The thresholds of the request; a threshold under the cutoff of the settings lowers it."""
    match_min = wanted.threshold or context.settings.match_min
    review_min = wanted.cutoff or min(context.settings.review_min, match_min)
    try:
        return Thresholds(match_min, review_min)
    except ThresholdsError as error:
        raise InvalidError(str(error)) from None


def _values(entity: MatchEntity, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        values = entity.properties.get(name, ())
        yield from ([values] if isinstance(values, str) else values)


def _problem(entity: MatchEntity) -> str | None:
    """Why an entity cannot be matched; None where it can."""
    if entity.schema_ not in SCHEMAS:
        return f"got schema {entity.schema_!r}, expected one of {', '.join(sorted(SCHEMAS))}"
    names = stripped(_values(entity, NAME_PROPERTIES))
    if not names:
        return "got no name, expected at least one in properties.name"
    return problem_of_names(names)


def _query(entity: MatchEntity) -> NameQuery | None:
    parts = (_values(entity, of) for of in (NAME_PROPERTIES, PLACE_PROPERTIES, CODE_PROPERTIES))
    return name_query(*parts)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the companies that the queries of a request may mean."""

    context: Context
    companies: dict[str, ScreenedCompany]
    exposures: dict[str, Exposure]

    def ownership(self, found: Sequence[CompanyOwnership]) -> tuple[OwnershipItem, ...]:
        """Records of ownership as they are shown, the newest."""
        shown = found[:OWNERSHIP_SHOWN_MAX]
        names = self.context.screener.names_of(one.other_id for one in shown if one.other_id is not None)
        return ownership_items(shown, names)


def _response(
    known: _Known, entity: MatchEntity, answer: Answer | None, problem: str | None
) -> MatchResponse:
    query = entity.model_dump(by_alias=True)
    if answer is None:
        return MatchResponse(
            status=HTTPStatus.BAD_REQUEST,
            verdict=None,
            detail=problem,
            results=(),
            total=Total(value=0),
            query=query,
        )
    results = tuple(
        _result(
            known,
            candidate,
            is_match=answer.verdict is Verdict.MATCH and place == 0,
        )
        for place, candidate in enumerate(answer.candidates)
        if candidate.company_id in known.companies
    )
    return MatchResponse(
        status=HTTPStatus.OK,
        verdict=answer.verdict,
        results=results,
        ownership=known.ownership(known.context.screener.tied_to(answer.query.names)),
        total=Total(value=len(results)),
        query=query,
    )


def _result(known: _Known, candidate: Candidate, *, is_match: bool) -> MatchResult:
    company = known.companies[candidate.company_id]
    exposure = known.exposures.get(company.company_id, _NO_EXPOSURE)
    return MatchResult(
        id=company.company_id,
        caption=company.name_en or company.names[0],
        properties=_properties(company),
        referents=company.merged_from,
        target=company.status == "active",
        last_change=company.updated_at.isoformat(timespec="seconds"),
        score=candidate.score,
        match=is_match,
        features={feature.name: feature.factor for feature in candidate.features},
        explanations={
            feature.name: FeatureExplanation(
                description=feature.detail,
                outcome=feature.outcome,
                score=feature.factor,
                query=candidate.query_name,
                candidate=candidate.matched_name,
            )
            for feature in candidate.features
        },
        little_giant=_little_giant(company, exposure, known.ownership(company.ownership)),
    )


def _properties(company: ScreenedCompany) -> dict[str, tuple[str, ...]]:
    """The properties of FollowTheMoney that are known."""
    found = {
        "name": (company.names[0], *company.names_en[:1]),
        "alias": company.names_en[1:],
        "previousName": company.names[1:],
        "uscCode": (company.uscc,) if company.uscc else (),
        "jurisdiction": ("cn",),
    }
    return {name: values for name, values in found.items() if values}


def _little_giant(
    company: ScreenedCompany, exposure: Exposure, ownership: tuple[OwnershipItem, ...]
) -> LittleGiant:
    return LittleGiant.model_validate(
        {
            "status": company.status,
            "sub_state": company.sub_state,
            "since": company.since,
            "next_review_year": company.next_review_year,
            "authority": company.authority,
            "tier": company.tier,
            "batches": company.batches,
            "provisional": company.provisional,
            "reading": None if company.name_en else reading_in_words(company.names[0]),
            "families": exposure.families,
            "technologies": [
                TopTechnology(technology=one.technology, score=round(one.score, 2), band=one.band)
                for one in exposure.ratings
            ],
            "caveats": company.caveats,
            "sensitive": company.authority in SENSITIVE_AUTHORITIES,
            "ownership": ownership,
        }
    )
