"""The feed of changes: the latest, or everything after a cursor, for those without Kafka."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Header, Query
from sse_starlette import ServerSentEvent

from giants.store.client import Database
from giants.store.queries.feed import (
    FeedFilter,
    Position,
    changes_after,
    decode_position,
    encode_position,
    head,
    is_known,
    latest_changes,
)
from giants.store.queries.pages import CURSOR_CHARACTERS_MAX
from giants.store.queries.snapshot import companies_after
from giants.web.answers import COMPANY_CAVEATS, RATING_CAVEATS, ChangesAnswer, WholeItem, notes
from giants.web.context import InContext
from giants.web.errors import NotReadyError
from giants.web.event_stream import EventStream
from giants.web.grouped_stream import gathered, group_event
from giants.web.hub import Begun, Change, Live, Reset, Streamed
from giants.web.parameters import ChangeFilterQuery, ChangesQuery, StreamQuery
from giants.web.problems import problems

START: Final = "start"
NOW: Final = "now"
RECONNECT_MILLISECONDS: Final = 2_000
_NOTES: Final = notes(COMPANY_CAVEATS, RATING_CAVEATS)
_EVENT_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}

router = APIRouter(tags=["changes"])


@router.get("/changes", responses=problems(HTTPStatus.BAD_REQUEST))
def list_changes(context: InContext, query: Annotated[ChangesQuery, Query()]) -> ChangesAnswer:
    """The latest changes; or with `since` everything after a cursor, so that nothing is missed.

    Begin with `since=start`: pages of a snapshot come first, then changes. Keep `next` and ask again with it.
    A change may come twice, with one `id`.
    """
    database = context.database
    wanted = filter_of(query)
    if query.since is None:
        return _latest(database, wanted, query)
    if query.since == NOW:
        return ChangesAnswer(mode="changes", next=encode_position(head(database)), caveats=_NOTES)
    if query.since == START:
        return _snapshot(database, _beginning(database), query.limit)
    position = decode_position(query.since)
    if not is_known(database, position):
        return _snapshot(database, _beginning(database), query.limit).model_copy(update={"reset": True})
    if position.snapshot_after is not None:
        return _snapshot(database, position, query.limit)
    items, here = changes_after(database, position, wanted, query.limit)
    return ChangesAnswer(
        mode="changes",
        items=tuple(item.change for item in items),
        next=encode_position(here),
        more=len(items) == query.limit,
        caveats=_NOTES,
    )


@router.get(
    "/changes/stream",
    response_class=EventStream,
    responses=_EVENT_STREAM | problems(HTTPStatus.BAD_REQUEST),
)
async def stream_changes(
    context: InContext,
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[str | None, Header(max_length=CURSOR_CHARACTERS_MAX)] = None,
) -> EventStream:
    """Changes as they happen, as server-sent events: `event` is the kind, `data` the change, `id` a cursor.

    A client that comes back with Last-Event-ID misses nothing. An event `begin` tells the cursor at the
    start; `reset` says that the history was rebuilt: fetch a snapshot again (`/changes?since=start`).
    Changes come from the topics, up to a second or two before other answers know them. `waiting` says that
    the broker is away, and that changes come once they are stored; `live` that it is back. Neither has an
    `id`.

    With `group=cause` changes of one cause that follow each other within a second are one event `group` with
    `cause`, `changes` (how many), `companies`, `kinds`, the first as `sample`, and a `link`; its `id` is the
    cursor after the last of them. A change that is alone comes as ever.
    """
    cursor = last_event_id or query.since
    start = decode_position(cursor) if cursor else None
    if context.hub.is_full:
        raise NotReadyError("too many event streams are open: try again later")
    streamed = context.hub.follow(start, filter_of(query))
    events = _grouped(streamed, context.settings.public_url) if query.group else _events(streamed)
    return EventStream(events)


async def _events(streamed: AsyncIterator[Streamed]) -> AsyncIterator[ServerSentEvent]:
    async for news in streamed:
        yield _event(news)


async def _grouped(streamed: AsyncIterator[Streamed], link_base: str) -> AsyncIterator[ServerSentEvent]:
    async with aclosing(gathered(streamed)) as runs:
        async for run in runs:
            changes = [news for news in run if isinstance(news, Change)]
            if len(changes) > 1:
                cursor = encode_position(changes[-1].position)
                yield ServerSentEvent(group_event(changes, link_base).decode(), event="group", id=cursor)
            else:
                yield _event(run[0])


def _event(news: Streamed) -> ServerSentEvent:
    match news:
        case Change(position=position, item=item):
            return ServerSentEvent(item.body.decode(), event=item.kind, id=encode_position(position))
        case Begun(position=position):
            cursor = encode_position(position)
            return ServerSentEvent("{}", event="begin", id=cursor, retry=RECONNECT_MILLISECONDS)
        case Reset(position=position):
            return ServerSentEvent("{}", event="reset", id=encode_position(position))
        case Live(is_live=is_live):
            return ServerSentEvent("{}", event="live" if is_live else "waiting")


def filter_of(query: ChangeFilterQuery) -> FeedFilter:
    """Which changes a request wants."""
    return FeedFilter(
        kinds=tuple(query.kind),
        company_id=query.company,
        technology=query.technology or "",
        include_backfill=query.backfill,
    )


def _beginning(database: Database) -> Position:
    """The start of a snapshot: changes after now follow it, so that nothing falls in between."""
    return msgspec.structs.replace(head(database), snapshot_after="")


def _latest(database: Database, wanted: FeedFilter, query: ChangesQuery) -> ChangesAnswer:
    here = head(database)
    page = latest_changes(database, wanted, query.cursor, query.limit)
    return ChangesAnswer(
        mode="latest",
        items=tuple(item.change for item in page.items),
        next=encode_position(here),
        older=page.next_cursor,
        caveats=_NOTES,
    )


def _snapshot(database: Database, position: Position, limit: int) -> ChangesAnswer:
    wholes, after = companies_after(database, position.snapshot_after or "", limit)
    return ChangesAnswer(
        mode="snapshot",
        snapshot=tuple(WholeItem.model_validate(whole) for whole in wholes),
        next=encode_position(msgspec.structs.replace(position, snapshot_after=after)),
        more=True,
        caveats=_NOTES,
    )
