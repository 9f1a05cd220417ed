"""The inbox: pairs that wait for a person, alerts by cause, and who decided what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from giants.counterparties.book import GROUP_PREFIX
from giants.domain.names.reading import reading_in_words
from giants.store.epochs import shown_epoch
from giants.store.queries.dashboard_documents import Document, documents
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.inbox import (
    Pair,
    PairCount,
    PairFilter,
    PairState,
    designation_refs,
    latest_judgements,
    matching,
    pair_counts,
    pair_keys,
    pairs,
    portfolio_names,
)
from giants.store.queries.portfolios import portfolios
from giants.store.queries.screening import Exposure, ScreenedCompany, exposures_of, screened_companies
from giants.store.queries.watchlists import AlertFilter, alert_groups
from giants.web.alert_groups import group_item
from giants.web.answers import COMPANY_CAVEATS, OwnershipItem
from giants.web.answers_portfolios import JUDGEMENTS_MAX, JudgementBody, JudgementsBody
from giants.web.callers import Caller, InCaller
from giants.web.context import Context, InContext
from giants.web.dashboard.alert_targets import alert_targets
from giants.web.dashboard.forms import InForm, text_of
from giants.web.dashboard.parameters import Cursor, PageQuery
from giants.web.dashboard.rendering import query as address_query
from giants.web.dashboard.rendering import render
from giants.web.errors import ApiError, InvalidError
from giants.web.ownership import OWNERSHIP_SHOWN_MAX, ownership_items
from giants.web.routers.portfolios import judge
from schemas.base import ID_CHARACTERS_MAX, TEXT_CHARACTERS_MAX, Id
from schemas.portfolios import JudgementVerdict, MatchVerdict

PAIRS_SHOWN: Final = 50
# Pairs that one decision about all of a filter is for: each is matched again and written down.
ALL_PAIRS_MAX: Final = 5_000
GROUPS_SHOWN: Final = 30
HISTORY_SHOWN: Final = 50
PORTFOLIOS_SHOWN: Final = 1_000
DOCUMENTS_SHOWN: Final = 3
_PAIR: Final[TypeAdapter[tuple[Id, Id, Id]]] = TypeAdapter(tuple[Id, Id, Id])

router = APIRouter()


class InboxQuery(PageQuery):
    """What of the inbox is shown; `saved`, `decided` and so on tell what was just done."""

    portfolio: str = Field(default="", max_length=ID_CHARACTERS_MAX)
    state: PairState = PairState.WAITING
    answer: MatchVerdict | None = None
    q: str = Field(default="", max_length=300)
    cursor: Cursor
    alerts: Cursor
    saved: int | None = Field(default=None, ge=0)
    left_out: int = Field(default=0, ge=0)
    decided: int | None = Field(default=None, ge=0)
    fault: str = Field(default="", max_length=1_000)

    def as_filter(self, owner: str, until_ms: int = 0) -> PairFilter:
        """The pairs that are asked for, of those that an owner sees."""
        return PairFilter(owner, self.portfolio, self.state, self.answer or "", self.q, until_ms)

    def address(self) -> dict[str, Any]:
        """What leads to the same pairs from their beginning."""
        return {
            "portfolio": self.portfolio,
            "state": None if self.state is PairState.WAITING else self.state.value,
            "answer": self.answer.value if self.answer else None,
            "q": self.q,
        }


class Decision(NamedTuple):
    """What is decided about some pairs, and the reason."""

    verdict: JudgementVerdict
    why: str | None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A pair with what is known of the company today; None for one that is gone."""

    pair: Pair
    company: ScreenedCompany | None
    reading: str | None
    exposure: Exposure
    documents: tuple[tuple[str, Document | None], ...]
    ownership: tuple[OwnershipItem, ...]


@router.get("/inbox")
def inbox(
    request: Request, context: InContext, caller: InCaller, query: Annotated[InboxQuery, Query()]
) -> Response:
    """What waits, by the filters of the address."""
    database, owner = context.database, caller.owner
    wanted = query.as_filter(owner)
    page = pairs(database, wanted, query.cursor, PAIRS_SHOWN)
    of_alerts = AlertFilter(GROUP_PREFIX + query.portfolio if query.portfolio else "", owner=owner)
    groups = alert_groups(database, of_alerts, query.alerts, GROUPS_SHOWN)
    lists = portfolios(database, owner, None, PORTFOLIOS_SHOWN).items
    counted = pair_counts(database, owner)
    shown = _side_by_side(context, page.items)
    codes = {code for one in shown if one.company is not None for code in one.company.caveats}
    return render(
        request,
        "inbox.html",
        headers={"Cache-Control": "no-store"},
        asked=query,
        caller=caller,
        pairs=shown,
        next_pairs=page.next_cursor,
        matching=matching(database, wanted).pairs,
        counts=_counts(counted, query.portfolio),
        waiting={one.portfolio_id: one.pairs for one in counted if one.state is PairState.WAITING},
        portfolios=lists,
        names={one.portfolio_id: one.name or one.portfolio_id for one in lists},
        states=tuple(PairState),
        caveats=(*COMPANY_CAVEATS, *sorted(codes.difference(COMPANY_CAVEATS))) if shown else (),
        technologies=technology_names(database, context.settings.taxonomy),
        alerts=tuple(group_item(row, "") for row in groups.items),
        next_alerts=groups.next_cursor,
        targets=alert_targets(database, (row.watchlist_id for row in groups.items), owner),
        history=latest_judgements(database, owner, query.portfolio, HISTORY_SHOWN),
    )


@router.post("/inbox/judgements")
async def decide(request: Request, context: InContext, caller: InCaller, fields: InForm) -> Response:
    """Judge the chosen pairs, by the rules of the API, and lead back to where they were chosen.

    All pairs of the filter, on whatever page, are judged once the page that says how many they are has been
    confirmed; what was found after that page was made is left alone.
    """
    asked = _asked(text_of(fields, "back"))
    is_all, until_ms = text_of(fields, "scope") == "all", text_of(fields, "until_ms", 20)
    try:
        verdict = JudgementVerdict(text_of(fields, "verdict"))
        chosen = [_PAIR.validate_json(one) for one in fields.getlist("pair") if isinstance(one, str)]
        wanted = asked.as_filter(caller.owner, int(until_ms or "0"))
    except (ValidationError, ValueError):
        raise InvalidError("this form cannot be understood: reload the inbox and choose again") from None
    decision = Decision(verdict, text_of(fields, "why", TEXT_CHARACTERS_MAX) or None)
    if is_all and not until_ms:
        return await run_in_threadpool(_confirmation, request, context, asked, wanted, decision)
    if is_all:
        chosen = await run_in_threadpool(pair_keys, context.database, wanted, ALL_PAIRS_MAX)
    decided, faults = await _decided(context, caller, chosen, decision)
    if is_all and len(chosen) == ALL_PAIRS_MAX:
        faults.append(f"{ALL_PAIRS_MAX:,} pairs are decided at once: decide again for the rest")
    address = address_query(asked.address(), decided=str(decided), fault="; ".join(faults)[:1_000])
    return RedirectResponse(f"/inbox{address}", HTTPStatus.SEE_OTHER)


def _confirmation(
    request: Request,
    context: Context,
    asked: InboxQuery,
    wanted: PairFilter,
    decision: Decision,
) -> Response:
    """The page that says how many pairs a decision is about, before it is made."""
    found = matching(context.database, wanted)
    named = portfolio_names(context.database, [asked.portfolio], wanted.owner) if asked.portfolio else {}
    return render(
        request,
        "inbox_confirm.html",
        headers={"Cache-Control": "no-store"},
        asked=asked,
        found=found,
        pairs_max=ALL_PAIRS_MAX,
        verdict=decision.verdict,
        why=decision.why,
        portfolio=named.get(asked.portfolio, asked.portfolio),
    )


async def _decided(
    context: Context,
    caller: Caller,
    chosen: Sequence[tuple[str, str, str]],
    decision: Decision,
) -> tuple[int, list[str]]:
    """How many pairs were judged, and what was in the way of the others."""
    by_portfolio: dict[str, list[JudgementBody]] = {}
    for portfolio_id, entry_id, company_id in chosen:
        body = JudgementBody(
            entry_id=entry_id, company_id=company_id, verdict=decision.verdict, why=decision.why
        )
        by_portfolio.setdefault(portfolio_id, []).append(body)
    decided, faults = 0, [] if chosen else ["nothing was decided: choose at least one pair"]
    for portfolio_id, judgements in by_portfolio.items():
        for first in range(0, len(judgements), JUDGEMENTS_MAX):
            piece = JudgementsBody(judgements=tuple(judgements[first : first + JUDGEMENTS_MAX]))
            try:
                answer = await judge(context, caller, portfolio_id, piece)
            except ApiError as error:
                faults.append(str(error))
                continue
            decided += len(answer.judgements)
            faults += [one.detail for one in answer.problems]
    return decided, faults


def _asked(text: str) -> InboxQuery:
    """The filters that a decision was made under; none where they say nothing that can be."""
    try:
        shown = InboxQuery.model_validate(dict(parse_qsl(text, max_num_fields=20)))
    except ValueError:
        return InboxQuery.model_validate({})
    return InboxQuery.model_validate(
        {name: value for name, value in shown.address().items() if value is not None}
    )


def _counts(counted: Sequence[PairCount], portfolio: str) -> Mapping[PairState, int]:
    found = dict.fromkeys(PairState, 0)
    for one in counted:
        if portfolio in ("", one.portfolio_id):
            found[one.state] += one.pairs
    return found


def _side_by_side(context: Context, found: Sequence[Pair]) -> list[SideBySide]:
    database = context.database
    ids = sorted({one.match.company_id for one in found})
    companies = {one.company_id: one for one in screened_companies(database, shown_epoch(database), ids)}
    exposures = exposures_of(database, ids)
    refs = {id_: of_it[-DOCUMENTS_SHOWN:] for id_, of_it in designation_refs(database, ids).items()}
    titled = documents(database, {ref for of_it in refs.values() for ref in of_it})
    shown = []
    for pair in found:
        id_ = pair.match.company_id
        company = companies.get(id_)
        reading = None if company is None or company.name_en else reading_in_words(company.names[0])
        of_it = tuple((ref, titled.get(ref)) for ref in refs.get(id_, ()))
        exposure = exposures.get(id_, Exposure(0, ()))
        known = () if company is None else company.ownership[:OWNERSHIP_SHOWN_MAX]
        shown.append(SideBySide(pair, company, reading, exposure, of_it, ownership_items(known, {})))
    return shown
