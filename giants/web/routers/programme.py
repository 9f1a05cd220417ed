"""The programme as a whole: batches, authorities, cohorts, totals."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from giants.domain.authorities import AUTHORITIES
from giants.domain.programme import cycle_known_in
from giants.store.epochs import visible_epoch
from giants.store.queries import programme
from giants.store.queries.dashboard_programme import newest_day, reviews_due
from giants.store.queries.feed import newest_change_at
from giants.store.queries.movements import strengths
from giants.web.answers import (
    COMPANY_CAVEATS,
    AuthorityItem,
    AuthorityList,
    BatchList,
    CohortList,
    StrengthItem,
    TotalsAnswer,
    notes,
)
from giants.web.answers_programme import ProgrammeAnswer, programme_answer
from giants.web.context import InContext
from giants.web.parameters import AsOfQuery, CohortsQuery
from giants.web.problems import problems
from schemas.codes import Caveat

router = APIRouter(tags=["programme"])


@router.get("/programme", responses=problems())
def get_programme(context: InContext) -> ProgrammeAnswer:
    """About the programme, with sources: objectives, tiers, benefits, thresholds and gates, the cycle."""
    newest = newest_day(context.database)
    cycle = cycle_known_in(newest.year if newest else None)
    return programme_answer(cycle, reviews_due(context.database))


@router.get("/batches", responses=problems())
def list_batches(context: InContext, query: Annotated[AsOfQuery, Query()]) -> BatchList:
    """Every batch: how many it designated, and what they are now, or were on a day."""
    return BatchList(
        as_of=query.as_of,
        items=tuple(programme.batches(context.database, query.as_of)),
        caveats=notes(COMPANY_CAVEATS, (Caveat.STATUS_UNKNOWN, Caveat.PROVISIONAL)),
    )


@router.get("/authorities", responses=problems())
def list_authorities(context: InContext, query: Annotated[AsOfQuery, Query()]) -> AuthorityList:
    """The 37 nominating authorities with their companies, and those whose authority is not known."""
    rows = {row.authority: row for row in programme.authorities(context.database, query.as_of)}
    items = [
        AuthorityItem(
            code=authority.code,
            name=authority.name_zh,
            name_en=authority.name_en,
            type=authority.type,
            sensitive=authority.sensitive,
            **_counts(rows.get(authority.code)),
        )
        for authority in AUTHORITIES
    ]
    if None in rows:
        items.append(AuthorityItem(**_counts(rows[None])))
    items.sort(key=lambda item: -item.companies)
    return AuthorityList(
        as_of=query.as_of,
        items=tuple(items),
        caveats=notes(COMPANY_CAVEATS, (Caveat.AUTHORITY_UNKNOWN,)),
    )


@router.get("/cohorts", responses=problems())
def list_cohorts(context: InContext, query: Annotated[CohortsQuery, Query()]) -> CohortList:
    """Each batch in its review years: due, passed, failed, absent, shares removed and rated strong."""
    by_authority = context.answers.get("strengths", lambda: strengths(context.database))
    return CohortList(
        items=tuple(programme.cohorts(context.database, query.authority or "")),
        strength=tuple(
            StrengthItem(**asdict(row), strong_share=row.strong / row.companies)
            for row in by_authority
            if query.authority in (None, row.authority)
        ),
        caveats=notes(COMPANY_CAVEATS, (Caveat.STATUS_UNKNOWN, Caveat.BANDS_ASSUMED)),
    )


@router.get("/totals", responses=problems())
def get_totals(context: InContext) -> TotalsAnswer:
    """Totals of the whole service: companies, families, ratings, changes."""
    found = context.answers.get("totals", lambda: programme.totals(context.database))
    return TotalsAnswer(
        **asdict(found),
        epoch=visible_epoch(context.database),
        newest_change_at=newest_change_at(context.database),
        caveats=notes(COMPANY_CAVEATS),
    )


def _counts(row: programme.AuthorityRow | None) -> dict[str, int]:
    names = ("companies", "active", "inactive", "unknown")
    return {name: 0 if row is None else getattr(row, name) for name in names}
