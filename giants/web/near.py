"""What a name may mean where nobody bears it just so: for a search that finds nothing, and for watchlists."""

from collections.abc import Sequence
from typing import Final

from giants.domain.names import lookup_keys
from giants.matching import Answer, Query, Verdict
from giants.screening.screener import Screened
from giants.store.queries.screening import ScreenedCompany
from giants.web.answers import NearCompany, RecognisedName
from giants.web.basis import default_thresholds, why
from giants.web.context import Context
from giants.web.ownership import OWNERSHIP_SHOWN_MAX, ownership_items
from schemas.codes import Status

NEAR_SHOWN_MAX: Final = 5
NEAR_OF_A_NAME_MAX: Final = 3
NAMES_RECOGNISED_MAX: Final = 1_000


def near_companies(context: Context, name: str) -> tuple[NearCompany, ...]:
    """The companies that come nearest to a name, best first, none under the review threshold."""
    screened = context.screener.screen([Query(name)], default_thresholds(context), NEAR_SHOWN_MAX)
    return near_of(screened, screened.answers[0])


def recognised_names(context: Context, names: Sequence[str]) -> tuple[RecognisedName, ...]:
    """What the names of a watchlist mean today, in their order, at most `NAMES_RECOGNISED_MAX` of them."""
    asked = names[:NAMES_RECOGNISED_MAX]
    queries = [Query(name) for name in asked]
    screened = context.screener.screen(queries, default_thresholds(context), NEAR_OF_A_NAME_MAX)
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
    return RecognisedName(asked=name, verdict=answer.verdict, watched=watched, near=near_of(screened, answer))


def near_of(screened: Screened, answer: Answer) -> tuple[NearCompany, ...]:
    """The candidates of an answer, as they are shown."""
    return tuple(
        _company(
            screened.companies[candidate.company_id],
            candidate.score,
            why(candidate),
            is_match=candidate is answer.match,
        )
        for candidate in answer.candidates
        if candidate.company_id in screened.companies
    )


def _company(company: ScreenedCompany, score: float, reasons: str, *, is_match: bool) -> NearCompany:
    return NearCompany(
        company_id=company.company_id,
        name=company.names[0],
        name_en=company.name_en,
        status=Status(company.status),
        score=score,
        match=is_match,
        why=reasons,
        ownership=ownership_items(company.ownership[:OWNERSHIP_SHOWN_MAX], {}),
    )
