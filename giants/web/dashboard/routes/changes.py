"""The feed: all changes, newest first, and those that come while the page is open."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.feed import (
    FeedFilter,
    FeedItem,
    Position,
    decode_position,
    encode_position,
    head,
    is_known,
    latest_changes,
    latest_cursor,
)
from giants.web.context import Context, InContext
from giants.web.dashboard.feed import entries
from giants.web.dashboard.feed_groups import CHANGES_OF_A_PAGE_MAX, grouped
from giants.web.dashboard.parameters import ChangesQuery
from giants.web.dashboard.rendering import render

ENTRIES_OF_A_PAGE: Final = 50
# Of changes that come in a burst those of one cause are one entry; the newest are shown, the others counted.
NEW_ENTRIES_READ: Final = 1_000
NEW_ENTRIES_SHOWN: Final = 30

router = APIRouter()


@router.get("/changes")
def changes(request: Request, context: InContext, query: Annotated[ChangesQuery, Query()]) -> Response:
    """A page of changes, newest first."""
    database = context.database
    names = technology_names(database, context.settings.taxonomy)
    position = head(database)
    page = latest_changes(database, _wanted(query), query.cursor, CHANGES_OF_A_PAGE_MAX)
    feed, taken = grouped(entries(database, (item.change for item in page.items), names), ENTRIES_OF_A_PAGE)
    is_whole = taken == len(page.items)
    return render(
        request,
        "changes.html",
        asked=query,
        technologies=names,
        feed=feed,
        older=page.next_cursor if is_whole else latest_cursor(page.items[taken - 1]),
        cursor=encode_position(position),
    )


@router.get("/parts/changes")
async def new_changes(
    request: Request, context: InContext, query: Annotated[ChangesQuery, Query()]
) -> Response:
    """What came after `since`, newest first: a part of the page that is put in while it is open.

    The page listens to the event stream, so this knows what is not stored yet as well.
    """
    database = context.database
    position = decode_position(query.since) if query.since else await run_in_threadpool(head, database)
    if not await run_in_threadpool(is_known, database, position):
        # The history was rebuilt: what the page shows belongs to the one before.
        return render(request, "parts/changes.html", feed=[], count=0, cursor="", reset=True)
    items, here = await context.hub.changes_after(position, _wanted(query), NEW_ENTRIES_READ)
    return await run_in_threadpool(_new_changes, request, context, items, here)


def _new_changes(request: Request, context: Context, items: Sequence[FeedItem], here: Position) -> Response:
    newest = [item.change for item in reversed(items)]
    names = technology_names(context.database, context.settings.taxonomy)
    return render(
        request,
        "parts/changes.html",
        feed=grouped(entries(context.database, newest, names), NEW_ENTRIES_SHOWN)[0],
        count=len(items),
        cursor=encode_position(here),
        reset=False,
    )


def _wanted(query: ChangesQuery) -> FeedFilter:
    return FeedFilter(
        kinds=tuple(query.kind),
        company_id=query.company,
        technology=query.technology or "",
        include_backfill=not query.live,
    )
