"""The programme as a whole: batches, authorities, cohorts, totals."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from giants.domain.authorities import AUTHORITIES
from giants.store.epochs import visible_epoch
from giants.store.queries import programme
from giants.store.queries.feed import newest_change_at
from giants.store.queries.movements import strengths
from giants.web.answers import (
    COMPANY_CAVEATS,
    AuthorityItem,
    AuthorityList,
    BatchItem,
    BatchList,
    CohortItem,
    CohortList,
    StrengthItem,
    TotalsAnswer,
    notes,
)
from giants.web.context import InContext
from giants.web.parameters import AsOfQuery, CohortsQuery
from giants.web.problems import problems
from schemas.codes import Caveat

router = APIRouter(tags=["programme"])


@router.get("/batches", responses=problems())
def list_batches(context: InContext, query: Annotated[AsOfQuery, Query()]) -> BatchList:
    """Every batch: how many it designated, and what they are now, or were on a day."""
    return BatchList(
        as_of=query.as_of,
        items=tuple(
            BatchItem.model_validate(row) for row in programme.batches(context.database, query.as_of)
        ),
        caveats=notes(COMPANY_CAVEATS, (Caveat.STATUS_UNKNOWN, Caveat.PROVISIONAL)),
    )


@router.get("/authorities", responses=problems())
def list_authorities(context: InContext, query: Annotated[AsOfQuery, Query()]) -> AuthorityList:
    """The 37 nominating authorities with their companies, and those whose authority is not known."""
    rows = {row.authority: row for row in programme.authorities(context.database, query.as_of)}
    nothing = programme.AuthorityRow(None, 0, 0, 0, 0)
    items = [
        AuthorityItem(
            code=authority.code,
            name=authority.name_zh,
            name_en=authority.name_en,
            type=authority.type,
            sensitive=authority.sensitive,
            **programme.counts(rows.get(authority.code, nothing)),
        )
        for authority in AUTHORITIES
    ]
    unknown = rows.get(None, nothing)
    if unknown.companies:
        items.append(
            AuthorityItem(
                code=None, name=None, name_en=None, type=None, sensitive=False, **programme.counts(unknown)
            )
        )
    items.sort(key=lambda item: -item.companies)
    return AuthorityList(
        as_of=query.as_of,
        items=tuple(items),
        caveats=notes(COMPANY_CAVEATS, (Caveat.AUTHORITY_UNKNOWN,)),
    )


@router.get("/cohorts", responses=problems())
def list_cohorts(context: InContext, query: Annotated[CohortsQuery, Query()]) -> CohortList:
    """Every batch in every year of its review: due, passed, failed, absent, the shares removed and strong."""
    by_authority = context.answers.get("strengths", lambda: strengths(context.database))
    return CohortList(
        items=tuple(
            CohortItem(**asdict(row), strong_share=row.strong / row.due)
            for row in programme.cohorts(context.database, query.authority or "")
        ),
        strength=tuple(
            StrengthItem(**asdict(row), strong_share=row.strong / row.companies)
            for row in by_authority
            if query.authority in (None, row.authority)
        ),
        caveats=notes(COMPANY_CAVEATS, (Caveat.STATUS_UNKNOWN, Caveat.BANDS_ASSUMED)),
    )


@router.get("/totals", responses=problems())
def get_totals(context: InContext) -> TotalsAnswer:
    """Everything at a glance."""
    found = context.answers.get("totals", lambda: programme.totals(context.database))
    return TotalsAnswer(
        companies=found.companies,
        active=found.active,
        inactive=found.inactive,
        unknown=found.unknown,
        companies_with_families=found.companies_with_families,
        families=found.families,
        rated_pairs=found.rated_pairs,
        epoch=visible_epoch(context.database),
        newest_change_at=newest_change_at(context.database),
        caveats=notes(COMPANY_CAVEATS),
    )
