"""Watchlists and the alerts that they raised. A watchlist is a fact: it goes to its topic like any other."""

import asyncio
import secrets
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from giants.errors import plain_fault
from giants.kafka import topics
from giants.store.queries.watchlists import AlertFilter, alert_groups, alerts, watchlist, watchlists
from giants.web.alert_groups import group_item
from giants.web.answers import (
    COMPANY_CAVEATS,
    RATING_CAVEATS,
    AlertGroupList,
    AlertList,
    WatchlistAnswer,
    WatchlistList,
    notes,
)
from giants.web.callers import Caller, InCaller
from giants.web.context import Context, InContext
from giants.web.errors import InvalidError, NotAllowedError, NotFoundError
from giants.web.near import recognised_names
from giants.web.parameters import (
    AlertGroupsQuery,
    AlertsQuery,
    WatchlistBody,
    WatchlistId,
    WatchlistsQuery,
)
from giants.web.problems import problems
from giants.web.targets import Check, chosen_targets, shown_targets, warnings_of
from schemas.facts import Watchlist

# A watchlist that was sent is looked for in the store for so long before it is reported as on its way.
STORED_SECONDS_MAX: Final = 5.0
_LOOK_SECONDS: Final = 0.05
_ID_BYTES: Final = 8

router = APIRouter(tags=["watchlists"])


@router.get("/watchlists", responses=problems(HTTPStatus.BAD_REQUEST))
def list_watchlists(
    context: InContext, caller: InCaller, query: Annotated[WatchlistsQuery, Query()]
) -> WatchlistList:
    """The watchlists of the caller; for one that sees everybody's, all or those of an owner."""
    if query.owner and not caller.sees(query.owner):
        return WatchlistList(items=(), next=None)
    page = watchlists(context.database, query.owner or caller.owner, query.cursor, query.limit)
    return WatchlistList(items=tuple(map(_answer, page.items)), next=page.next_cursor)


@router.post(
    "/watchlists",
    status_code=HTTPStatus.CREATED,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
async def create_watchlist(
    context: InContext, caller: InCaller, body: WatchlistBody, response: Response, *, check: Check = False
) -> WatchlistAnswer:
    """Make a watchlist; the server chooses its id. `check` explains it and saves nothing."""
    wanted = _watchlist(f"w-{secrets.token_hex(_ID_BYTES)}", body, None, caller)
    response.headers["Location"] = f"/api/v1/watchlists/{wanted.watchlist_id}"
    return await _publish(context, wanted, is_check=check)


@router.get("/watchlists/{watchlist_id}", responses=problems(HTTPStatus.NOT_FOUND))
def get_watchlist(context: InContext, caller: InCaller, watchlist_id: WatchlistId) -> WatchlistAnswer:
    """One watchlist of the caller, without its secrets."""
    return _recognised(context, own_watchlist(context, caller, watchlist_id))


@router.put(
    "/watchlists/{watchlist_id}",
    responses=problems(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ),
)
async def put_watchlist(
    context: InContext,
    caller: InCaller,
    watchlist_id: WatchlistId,
    body: WatchlistBody,
    *,
    check: Check = False,
) -> WatchlistAnswer:
    """Make a watchlist, or replace one as a whole; a webhook without a secret keeps that of its URL.

    `check` tells what it means and saves nothing.
    """
    known = await run_in_threadpool(watchlist, context.database, watchlist_id)
    if known is not None and not caller.sees(known.owner):
        raise NotFoundError("watchlist", watchlist_id)
    return await _publish(context, _watchlist(watchlist_id, body, known, caller), is_check=check)


@router.delete(
    "/watchlists/{watchlist_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(HTTPStatus.NOT_FOUND),
)
async def delete_watchlist(context: InContext, caller: InCaller, watchlist_id: WatchlistId) -> None:
    """Delete a watchlist of the caller; alerts that it raised stay."""
    await run_in_threadpool(own_watchlist, context, caller, watchlist_id)
    await run_in_threadpool(context.facts.send, topics.WATCHLISTS, watchlist_id, None)
    await _until_stored(context, watchlist_id, None)


@router.get("/alerts", responses=problems(HTTPStatus.BAD_REQUEST))
def list_alerts(context: InContext, caller: InCaller, query: Annotated[AlertsQuery, Query()]) -> AlertList:
    """Alerts, newest first; those of one watchlist, or of one cause (`group`), where it is named."""
    wanted = AlertFilter(query.watchlist, query.group, caller.owner)
    page = alerts(context.database, wanted, query.cursor, query.limit)
    return AlertList(items=page.items, next=page.next_cursor, caveats=notes(COMPANY_CAVEATS, RATING_CAVEATS))


@router.get("/alerts/groups", responses=problems(HTTPStatus.BAD_REQUEST))
def list_alert_groups(
    context: InContext, caller: InCaller, query: Annotated[AlertGroupsQuery, Query()]
) -> AlertGroupList:
    """Alerts by cause, as they are delivered: one list or one day is one group, however many it concerns."""
    wanted = AlertFilter(query.watchlist, owner=caller.owner)
    page = alert_groups(context.database, wanted, query.cursor, query.limit)
    items = tuple(group_item(row, context.settings.public_url) for row in page.items)
    return AlertGroupList(items=items, next=page.next_cursor, caveats=notes(COMPANY_CAVEATS, RATING_CAVEATS))


def own_watchlist(context: Context, caller: Caller, watchlist_id: str) -> Watchlist:
    """A watchlist of the caller. Raises `NotFoundError`, also for that of somebody else."""
    found = watchlist(context.database, watchlist_id)
    if found is None or not caller.sees(found.owner):
        raise NotFoundError("watchlist", watchlist_id)
    return found


async def _publish(context: Context, wanted: Watchlist, *, is_check: bool) -> WatchlistAnswer:
    stored = False
    if not is_check:
        value = wanted.model_dump_json().encode()
        await run_in_threadpool(context.facts.send, topics.WATCHLISTS, wanted.watchlist_id, value)
        stored = await _until_stored(context, wanted.watchlist_id, wanted)
    answer = await run_in_threadpool(_recognised, context, wanted)
    has_condition = bool(wanted.companies or wanted.technologies or wanted.authorities or wanted.batches)
    warnings = warnings_of(wanted.deliver, wanted.name, has_condition=has_condition)
    return answer.model_copy(update={"stored": stored, "warnings": warnings})


def _recognised(context: Context, found: Watchlist) -> WatchlistAnswer:
    """A watchlist with what each of its names means today."""
    recognised = recognised_names(context, found.companies)
    return _answer(found).model_copy(update={"recognised": recognised})


async def _until_stored(context: Context, watchlist_id: str, wanted: Watchlist | None) -> bool:
    """Wait until the store shows what was sent, so that who asks next finds it; False where it takes long."""
    deadline = asyncio.get_running_loop().time() + STORED_SECONDS_MAX
    while await run_in_threadpool(watchlist, context.database, watchlist_id) != wanted:
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True


def _watchlist(watchlist_id: str, body: WatchlistBody, known: Watchlist | None, caller: Caller) -> Watchlist:
    owner = body.owner or (known.owner if known is not None else caller.own)
    if not caller.sees(owner):
        raise NotAllowedError(f"this key may only make watchlists of {caller.owner!r}, got owner {owner!r}")
    targets = chosen_targets(body.deliver, known.deliver if known is not None else ())
    try:
        return Watchlist(
            watchlist_id=watchlist_id,
            **(dict(body) | {"owner": owner, "deliver": targets}),
        )
    except ValidationError as error:
        # What the path says is checked by the contract alone, such as invisible characters of an id.
        fault = error.errors(include_url=False)[0]
        raise InvalidError(f"{'.'.join(map(str, fault['loc']))}: {plain_fault(fault)}") from None


def _answer(found: Watchlist) -> WatchlistAnswer:
    fields = {
        name: getattr(found, name) for name in WatchlistAnswer.model_fields if name in Watchlist.model_fields
    }
    return WatchlistAnswer(**(fields | {"deliver": shown_targets(found.deliver)}))
