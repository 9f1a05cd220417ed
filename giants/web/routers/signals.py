"""Trajectory signals: where to look, with the numbers behind each (A-04); never a finding (A-07)."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import APIRouter, Query

from giants.store.queries.companies import company_by_id
from giants.store.queries.pages import PAGE_ROWS_MAX
from giants.store.queries.signals import (
    SignalFilter,
    SignalRow,
    signal_changes,
    signal_counts,
    signals_in_force,
)
from giants.web.answers import notes
from giants.web.answers_signals import SIGNAL_CAVEATS, CompanySignals, SignalItem, SignalList
from giants.web.context import InContext
from giants.web.errors import NotFoundError
from giants.web.parameters import CompanyId, SignalsQuery
from giants.web.problems import problems
from giants.web.reading import of_company

router = APIRouter(tags=["signals"])


@router.get("/signals", responses=problems(HTTPStatus.BAD_REQUEST))
def list_signals(context: InContext, query: Annotated[SignalsQuery, Query()]) -> SignalList:
    """Signals in force by kind, authority and technology, each with its evidence."""
    wanted = SignalFilter(
        kinds=tuple(query.kind), authorities=tuple(query.authority), technology=query.technology or ""
    )
    page = signals_in_force(context.database, wanted, query.cursor, query.limit)
    return SignalList(
        items=tuple(map(_item, page.items)),
        counts=context.answers.get("signal counts", lambda: signal_counts(context.database)),
        next=page.next_cursor,
        caveats=notes(SIGNAL_CAVEATS),
    )


@router.get("/companies/{company_id}/signals", responses=problems(HTTPStatus.NOT_FOUND))
def get_signals(context: InContext, company_id: CompanyId) -> CompanySignals:
    """The signals of one company, in force and past."""
    company = company_by_id(context.database, company_id)
    if company is None:
        raise NotFoundError("company", company_id)
    wanted = SignalFilter(company_id=company.company_id)
    page = signals_in_force(context.database, wanted, None, PAGE_ROWS_MAX)
    return CompanySignals(
        **of_company(company),
        signals=tuple(map(_item, page.items)),
        changes=tuple(signal_changes(context.database, company.company_id)),
        caveats=notes(SIGNAL_CAVEATS),
    )


def _item(row: SignalRow) -> SignalItem:
    evidence = orjson.loads(row.evidence)
    return SignalItem.model_validate(
        {**asdict(row), "company": row.name, "company_en": row.name_en, "evidence": evidence}
    )
