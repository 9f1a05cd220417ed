"""What a name may mean where nobody bears it just so: for a search that finds nothing, and for watchlists."""

from collections.abc import Sequence
from typing import Final

from giants.domain.names import lookup_keys
from giants.matching import Answer, Candidate, Query, Thresholds, Verdict
from giants.screening.screener import Screened
from giants.store.queries.screening import ScreenedCompany
from giants.web.answers import NearCompany, RecognisedName
from giants.web.context import Context
from schemas.codes import Status

NEAR_SHOWN_MAX: Final = 5
NEAR_OF_A_NAME_MAX: Final = 3
NAMES_RECOGNISED_MAX: Final = 1_000


def near_companies(context: Context, name: str) -> tuple[NearCompany, ...]:
    """The companies that come nearest to a name, best first, none under the review threshold."""
    screened = context.screener.screen([Query(name)], _thresholds(context), NEAR_SHOWN_MAX)
    return _near(screened, screened.answers[0])


def recognised_names(context: Context, names: Sequence[str]) -> tuple[RecognisedName, ...]:
    """What the names of a watchlist mean today, in their order, at most `NAMES_RECOGNISED_MAX` of them."""
    asked = names[:NAMES_RECOGNISED_MAX]
    queries = [Query(name) for name in asked]
    screened = context.screener.screen(queries, _thresholds(context), NEAR_OF_A_NAME_MAX)
    return tuple(
        _recognised(name, screened, answer, context.screener.company(name))
        for name, answer in zip(asked, screened.answers, strict=True)
    )


def _recognised(
    name: str, screened: Screened, answer: Answer, of_id: ScreenedCompany | None
) -> RecognisedName:
    """A name with its verdict; alerts come for whoever has that id, or bears the name by rule."""
    if of_id is not None:
        reasons = f"the id of {of_id.names[0]}"
        near = (_company(of_id, 1.0, reasons, is_match=True),)
        return RecognisedName(asked=name, verdict=Verdict.MATCH, watched=True, near=near)
    keys = set(lookup_keys(name))
    watched = any(
        keys & set(lookup_keys(borne))
        for candidate in answer.candidates
        if (company := screened.companies.get(candidate.company_id)) is not None
        for borne in (*company.names, *company.names_en)
    )
    return RecognisedName(asked=name, verdict=answer.verdict, watched=watched, near=_near(screened, answer))


def _thresholds(context: Context) -> Thresholds:
    settings = context.settings
    return Thresholds(settings.match_min, min(settings.review_min, settings.match_min))


def _near(screened: Screened, answer: Answer) -> tuple[NearCompany, ...]:
    return tuple(
        _company(
            screened.companies[candidate.company_id],
            candidate.score,
            _why(candidate),
            is_match=candidate is answer.match,
        )
        for candidate in answer.candidates
        if candidate.company_id in screened.companies
    )


def _why(candidate: Candidate) -> str:
    """What keeps a score from being one, or what it rests on."""
    reasons = [one.detail for one in candidate.features if one.factor < 1] or [candidate.features[0].detail]
    return "; ".join(reasons)


def _company(company: ScreenedCompany, score: float, why: str, *, is_match: bool) -> NearCompany:
    return NearCompany(
        company_id=company.company_id,
        name=company.names[0],
        name_en=company.name_en,
        status=Status(company.status),
        score=score,
        match=is_match,
        why=why,
    )
