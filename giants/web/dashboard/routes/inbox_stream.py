"""News of the inbox as it comes: what an open page is told, so that it need not ask."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query
from pydantic import Field
from sse_starlette import ServerSentEvent

from giants.web.callers import Caller, InCaller
from giants.web.context import InContext
from giants.web.dashboard.parameters import PageQuery
from giants.web.errors import NotReadyError
from giants.web.event_stream import EventStream
from giants.web.inbox_tail import InboxNews, InboxState, InboxTail
from schemas.base import ID_CHARACTERS_MAX

RECONNECT_MILLISECONDS: Final = 2_000

router = APIRouter()


class InboxStreamQuery(PageQuery):
    """News of which portfolio; of all without it."""

    portfolio: str = Field(default="", max_length=ID_CHARACTERS_MAX)


@router.get("/inbox/stream", response_class=EventStream)
async def inbox_stream(
    context: InContext, caller: InCaller, query: Annotated[InboxStreamQuery, Query()]
) -> EventStream:
    """Server-sent events: `alert` and `pair` with an id, and `live` or `waiting` where that changes.

    Events have no cursor: after `live` the page looks at what is stored, and misses nothing from there on.
    """
    if context.inbox.is_full:
        raise NotReadyError("too many inboxes are open: try again later")
    return EventStream(_events(context.inbox, caller, query.portfolio))


async def _events(inbox: InboxTail, caller: Caller, portfolio: str) -> AsyncIterator[ServerSentEvent]:
    async for news in inbox.follow():
        match news:
            case InboxState(is_live=is_live):
                event = "live" if is_live else "waiting"
                yield ServerSentEvent("{}", event=event, retry=RECONNECT_MILLISECONDS)
            case InboxNews() if caller.sees(news.owner) and portfolio in ("", news.portfolio_id):
                yield ServerSentEvent(orjson.dumps({"id": news.id}).decode(), event=news.kind)
