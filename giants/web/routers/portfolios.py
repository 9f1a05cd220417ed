"""Portfolios of counterparties and judgements of their matches: facts, each of one owner.

What belongs to somebody else is not there for who asks.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from giants.counterparties.entries import PackedEntry
from giants.kafka import topics
from giants.matching import Query as NameQuery
from giants.screening.screener import Screened
from giants.store.queries import portfolios as stored
from giants.store.queries.portfolios import PortfolioHead
from giants.web.answers import COMPANY_CAVEATS, notes
from giants.web.answers_portfolios import (
    EntryList,
    EntryProblem,
    JudgementBody,
    JudgementList,
    JudgementsAnswer,
    JudgementsBody,
    MatchesQuery,
    MatchItem,
    MatchList,
    PortfolioAnswer,
    PortfolioBody,
    PortfolioList,
    RecognisedEntry,
)
from giants.web.basis import basis_of, default_thresholds
from giants.web.callers import Caller, InCaller
from giants.web.context import Context, InContext
from giants.web.errors import InvalidError, NotAllowedError, NotFoundError
from giants.web.near import near_of
from giants.web.parameters import PageQuery
from giants.web.portfolio_entries import PROBLEMS_SHOWN_MAX, checked_entries, pieces
from giants.web.problems import problems
from giants.web.targets import Check, chosen_targets, shown_targets, warnings_of
from schemas.base import ID_CHARACTERS_MAX
from schemas.portfolios import (
    PART_ENTRIES_MAX,
    Counterparty,
    Evidence,
    Judgement,
    MatchVerdict,
    PortfolioEntries,
)

STORED_SECONDS_MAX: Final = 5.0
RECOGNISED_MAX: Final = 500
CANDIDATES_SHOWN: Final = 3
EVIDENCE_CANDIDATES: Final = 50
_LOOK_SECONDS: Final = 0.05
_ID_BYTES: Final = 8

router = APIRouter(tags=["portfolios"])
PortfolioId = Annotated[
    str,
    Path(min_length=1, max_length=ID_CHARACTERS_MAX, description="Id of a portfolio", examples=["p-1"]),
]
_READ: Final = problems(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
_WRITE: Final = problems(
    HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
)


@router.get("/portfolios", responses=problems(HTTPStatus.BAD_REQUEST))
def list_portfolios(
    context: InContext, caller: InCaller, query: Annotated[PageQuery, Query()]
) -> PortfolioList:
    """The portfolios of the caller."""
    page = stored.portfolios(context.database, caller.owner, query.cursor, query.limit)
    return PortfolioList(items=tuple(map(_answer, page.items)), next=page.next_cursor)


@router.post("/portfolios", status_code=HTTPStatus.CREATED, responses=_WRITE)
async def create_portfolio(
    context: InContext, caller: InCaller, body: PortfolioBody, response: Response, *, check: Check = False
) -> PortfolioAnswer:
    """Make a portfolio; the server chooses its id. Entries that are not valid are listed, others kept."""
    portfolio_id = f"p-{secrets.token_hex(_ID_BYTES)}"
    response.headers["Location"] = f"/api/v1/portfolios/{portfolio_id}"
    return await _put(context, caller, portfolio_id, body, is_check=check)


@router.get("/portfolios/{portfolio_id}", responses=_READ)
def get_portfolio(context: InContext, caller: InCaller, portfolio_id: PortfolioId) -> PortfolioAnswer:
    """One portfolio, without its entries and the secrets of its webhooks."""
    return _answer(_found(context, caller, portfolio_id))


@router.put("/portfolios/{portfolio_id}", responses=_WRITE)
async def put_portfolio(
    context: InContext,
    caller: InCaller,
    portfolio_id: PortfolioId,
    body: PortfolioBody,
    *,
    check: Check = False,
) -> PortfolioAnswer:
    """Make a portfolio, or replace one as a whole; what was judged of its entries stays."""
    return await _put(context, caller, portfolio_id, body, is_check=check)


@router.delete(
    "/portfolios/{portfolio_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(HTTPStatus.NOT_FOUND),
)
async def delete_portfolio(context: InContext, caller: InCaller, portfolio_id: PortfolioId) -> None:
    """Delete a portfolio and what was judged in it; the trail of its judgements stays."""
    await run_in_threadpool(_found, context, caller, portfolio_id)
    await run_in_threadpool(context.facts.send, topics.PORTFOLIOS, portfolio_id, None)
    await _until(lambda: stored.portfolio(context.database, portfolio_id) is None)


@router.get("/portfolios/{portfolio_id}/entries", responses=_READ)
def list_entries(
    context: InContext, caller: InCaller, portfolio_id: PortfolioId, query: Annotated[PageQuery, Query()]
) -> EntryList:
    """Entries with what each means today, and what was judged of it."""
    _found(context, caller, portfolio_id)
    limit = min(query.limit, RECOGNISED_MAX)
    page = stored.entries(context.database, portfolio_id, query.cursor, limit)
    ids = [entry.entry_id for entry in page.items]
    judged: dict[str, list[Judgement]] = {}
    for one in stored.judgements_of(context.database, portfolio_id, ids):
        judged.setdefault(one.entry_id, []).append(one)
    items = tuple(
        one.model_copy(update={"judgements": tuple(judged.get(one.entry.entry_id, ()))})
        for one in _recognised(context, page.items)
    )
    return EntryList(items=items, next=page.next_cursor, caveats=notes(COMPANY_CAVEATS))


@router.get("/portfolios/{portfolio_id}/matches", responses=_READ)
def list_matches(
    context: InContext, caller: InCaller, portfolio_id: PortfolioId, query: Annotated[MatchesQuery, Query()]
) -> MatchList:
    """Pairs of entries and companies that were found, those that wait for a person where asked for."""
    _found(context, caller, portfolio_id)
    page = stored.matches(context.database, portfolio_id, query.cursor, query.limit, is_open=query.to_review)
    items = tuple(MatchItem(match=match, judgement=judged) for match, judged in page.items)
    return MatchList(items=items, next=page.next_cursor, caveats=notes(COMPANY_CAVEATS))


@router.get("/portfolios/{portfolio_id}/judgements", responses=_READ)
def list_judgements(
    context: InContext, caller: InCaller, portfolio_id: PortfolioId, query: Annotated[PageQuery, Query()]
) -> JudgementList:
    """Judgements, the newest first: who decided what, when, why, and on which data. Also after a deletion."""
    page = stored.judgements(context.database, portfolio_id, caller.owner, query.cursor, query.limit)
    if not page.items and query.cursor is None:
        _found(context, caller, portfolio_id)
    return JudgementList(items=page.items, next=page.next_cursor)


@router.post("/portfolios/{portfolio_id}/judgements", responses=_WRITE)
async def judge(
    context: InContext, caller: InCaller, portfolio_id: PortfolioId, body: JudgementsBody
) -> JudgementsAnswer:
    """Judge pairs; each judgement is recorded with its evidence, data version, thresholds and user."""
    head = await run_in_threadpool(_found, context, caller, portfolio_id)
    made, faults = await run_in_threadpool(_judgements, context, caller, head, body)
    values = [one.model_dump_json().encode() for one in made]
    await run_in_threadpool(context.facts.send, topics.PORTFOLIOS, portfolio_id, *values)
    ids = {one.judgement_id for one in made}
    entries = [one.entry_id for one in made]

    def is_stored() -> bool:
        found = stored.judgements_of(context.database, portfolio_id, entries)
        return ids <= {one.judgement_id for one in found}

    return JudgementsAnswer(
        judgements=tuple(made), problems=tuple(faults), stored=not made or await _until(is_stored)
    )


def _found(context: Context, caller: Caller, portfolio_id: str) -> PortfolioHead:
    head = stored.portfolio(context.database, portfolio_id)
    if head is None or not caller.sees(head.owner):
        raise NotFoundError("portfolio", portfolio_id)
    return head


async def _put(
    context: Context, caller: Caller, portfolio_id: str, body: PortfolioBody, *, is_check: bool
) -> PortfolioAnswer:
    known = await run_in_threadpool(stored.portfolio, context.database, portfolio_id)
    if known is not None and not caller.sees(known.owner):
        raise NotFoundError("portfolio", portfolio_id)
    owner = body.owner or (known.owner if known is not None else caller.own)
    if not caller.sees(owner):
        raise NotAllowedError(f"this key may only make portfolios of {caller.owner!r}, got owner {owner!r}")
    entries, faults = await run_in_threadpool(checked_entries, body.entries)
    parts = _parts(portfolio_id, owner, body, entries, known)
    for part in () if is_check else parts:
        value = part.model_dump_json(exclude_defaults=True).encode()
        await run_in_threadpool(context.facts.send, topics.PORTFOLIOS, portfolio_id, value)
    revision = parts[0].revision
    is_whole = not is_check and body.part == body.parts

    def is_stored() -> bool:
        head = stored.portfolio(context.database, portfolio_id)
        return head is not None and head.revision >= revision

    is_there = is_whole and await _until(is_stored)
    shown = tuple(EntryProblem(row=row, detail=text) for row, text in faults[:PROBLEMS_SHOWN_MAX])
    recognised = await run_in_threadpool(_recognised, context, entries[:RECOGNISED_MAX])
    return PortfolioAnswer(
        portfolio_id=portfolio_id,
        owner=owner,
        name=body.name,
        revision=revision,
        entries=len(entries),
        events=body.events,
        deliver=shown_targets(parts[0].deliver),
        received_at=None,
        stored=is_there,
        problems=shown,
        problems_left_out=len(faults) - len(shown),
        recognised=recognised,
        warnings=warnings_of(parts[0].deliver, body.name),
    )


def _parts(
    portfolio_id: str,
    owner: str,
    body: PortfolioBody,
    entries: list[Counterparty],
    known: PortfolioHead | None,
) -> list[PortfolioEntries]:
    """The records of what was sent: one part of several, or all parts of a whole list."""
    if body.parts > 1 and (body.revision is None or len(entries) > PART_ENTRIES_MAX):
        raise InvalidError(f"a part needs its revision, and has at most {PART_ENTRIES_MAX:,} entries")
    newest = known.revision if known is not None else 0
    revision = body.revision or max(time.time_ns() // 1_000_000, newest + 1)
    if revision <= newest:
        raise InvalidError(f"revision {revision} is not newer than {newest}, which is in force")
    of_list = [tuple(entries)] if body.parts > 1 else list(pieces(entries))
    targets = chosen_targets(body.deliver, known.settings.deliver if known is not None else ())
    try:
        return [
            PortfolioEntries(
                kind="entries",
                portfolio_id=portfolio_id,
                owner=owner,
                name=body.name,
                revision=revision,
                part=body.part if body.parts > 1 else number,
                parts=body.parts if body.parts > 1 else len(of_list),
                entries=piece,
                events=body.events,
                deliver=targets,
            )
            for number, piece in enumerate(of_list, 1)
        ]
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise InvalidError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


def _query(entry: Counterparty) -> NameQuery:
    return PackedEntry.of(entry).query


def _recognised(context: Context, entries: Sequence[Counterparty]) -> tuple[RecognisedEntry, ...]:
    queries = [_query(entry) for entry in entries]
    screened = context.screener.screen(queries, default_thresholds(context), CANDIDATES_SHOWN)
    return tuple(
        RecognisedEntry(entry=entry, verdict=answer.verdict, near=near_of(screened, answer))
        for entry, answer in zip(entries, screened.answers, strict=True)
    )


def _judgements(
    context: Context, caller: Caller, head: PortfolioHead, body: JudgementsBody
) -> tuple[list[Judgement], list[EntryProblem]]:
    wanted = sorted({one.entry_id for one in body.judgements})
    page = stored.entries(context.database, head.portfolio_id, None, len(wanted), wanted)
    entries = {entry.entry_id: entry for entry in page.items}
    queries = [_query(entry) for entry in entries.values()]
    screened = context.screener.screen(queries, default_thresholds(context), EVIDENCE_CANDIDATES)
    places = {entry_id: place for place, entry_id in enumerate(entries)}
    basis = basis_of(context, screened, default_thresholds(context))
    made: list[Judgement] = []
    faults: list[EntryProblem] = []
    for row, one in enumerate(body.judgements, 1):
        company = context.screener.company(one.company_id)
        if one.entry_id not in entries or company is None:
            what = "company" if one.entry_id in entries else "entry"
            got = one.company_id if one.entry_id in entries else one.entry_id
            faults.append(EntryProblem(row=row, detail=f"there is no {what} {got[:100]!r}"))
            continue
        entry = entries[one.entry_id]
        made.append(
            Judgement(
                kind="judgement",
                portfolio_id=head.portfolio_id,
                owner=head.owner,
                judgement_id=f"j-{secrets.token_hex(_ID_BYTES)}",
                entry_id=one.entry_id,
                company_id=one.company_id,
                verdict=one.verdict,
                by=caller.name,
                at=datetime.now(UTC),
                why=one.why,
                entry_name=entry.name,
                company_name=company.names[0],
                evidence=_evidence(context, screened, places[one.entry_id], one),
                basis=basis,
            )
        )
    return made, faults


def _evidence(context: Context, screened: Screened, place: int, judged: JudgementBody) -> Evidence:
    """What speaks for a pair now."""
    answer = screened.answers[place]
    found = next((one for one in answer.candidates if one.company_id == judged.company_id), None)
    company = context.screener.company(judged.company_id)
    known = () if company is None else (*company.names, *company.names_en)
    has_same_uscc = company is not None and company.uscc is not None and company.uscc == answer.query.uscc
    return Evidence(
        verdict=MatchVerdict.NONE if found is None else MatchVerdict(answer.verdict.value),
        score=0.0 if found is None else found.score,
        uscc=has_same_uscc,
        entry_names=answer.query.names,
        company_names=known[:100],
    )


def _answer(head: PortfolioHead) -> PortfolioAnswer:
    return PortfolioAnswer(
        portfolio_id=head.portfolio_id,
        owner=head.owner,
        name=head.name,
        revision=head.revision,
        entries=head.entries,
        events=head.settings.events,
        deliver=shown_targets(head.settings.deliver),
        received_at=head.received_at,
    )


async def _until(is_there: Callable[[], bool]) -> bool:
    """Wait until the store shows what was sent; False where it takes long."""
    deadline = asyncio.get_running_loop().time() + STORED_SECONDS_MAX
    while not await run_in_threadpool(is_there):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True
