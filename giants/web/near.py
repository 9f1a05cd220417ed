"""Companies that come near a name which nobody bears just so: what a search offers in place of nothing."""

from typing import Final

from giants.matching import Candidate, Query, Thresholds
from giants.store.queries.screening import ScreenedCompany
from giants.web.answers import NearCompany
from giants.web.context import Context
from schemas.codes import Status

NEAR_SHOWN_MAX: Final = 5


def near_companies(context: Context, name: str) -> tuple[NearCompany, ...]:
    """The companies that come nearest to a name, best first, none under the review threshold."""
    settings = context.settings
    thresholds = Thresholds(settings.match_min, min(settings.review_min, settings.match_min))
    screened = context.screener.screen([Query(name)], thresholds, NEAR_SHOWN_MAX)
    (answer,) = screened.answers
    return tuple(
        _near(candidate, screened.companies[candidate.company_id], is_match=candidate is answer.match)
        for candidate in answer.candidates
        if candidate.company_id in screened.companies
    )


def _near(candidate: Candidate, company: ScreenedCompany, *, is_match: bool) -> NearCompany:
    told = [one.detail for one in candidate.features if one.factor < 1] or [candidate.features[0].detail]
    return NearCompany(
        company_id=company.company_id,
        name=company.names[0],
        name_en=company.name_en,
        status=Status(company.status),
        score=candidate.score,
        match=is_match,
        why="; ".join(told),
    )
