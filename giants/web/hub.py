"""The live tail of the feed for all event streams of this process.

While there are streams the hub follows the output topics, by a consumer of its own without a group, and
holds the last changes in a window (`giants.web.live_window`). The window begins where the store ends: a
stream reads ClickHouse from its cursor up to the window, and from there on takes changes from it, long before
they are stored. A stream that falls behind the window goes by ClickHouse again: slow clients cost no memory.
Where the broker is away or refuses, the hub looks into ClickHouse instead, and streams are told.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from starlette.concurrency import run_in_threadpool

from giants.errors import RetriableError
from giants.health import Dependencies
from giants.kafka.topic_monitor import BROKER
from giants.retry import retrying_async
from giants.settings import Settings
from giants.store.change_rows import FEED_TOPICS, feed_row
from giants.store.client import Database
from giants.store.epochs import shown_epoch
from giants.store.errors import StoreError, UnreadableError
from giants.store.queries.feed import (
    EVERYTHING,
    FeedFilter,
    FeedItem,
    Position,
    advanced,
    changes_after,
    head,
    is_behind,
    is_known,
    matches,
)
from giants.store.queries.feed_ends import stored_ends
from giants.store.records import Incoming
from giants.store.tables import FeedRow
from giants.web.errors import NotReadyError
from giants.web.live_window import ITEMS_MAX, LiveWindow
from giants.web.output_tail import OutputTail

ITEMS_READ_MAX: Final = 1_000
# Taken from the window at once: a slow stream holds no more that the window has dropped.
ITEMS_TAKEN_MAX: Final = 100
STREAMS_MAX: Final = 500
# How often ClickHouse is asked for the epoch and how far it is, and for changes where the topics do not come.
LOOK_SECONDS: Final = 1.0
HISTORY_LOOK_SECONDS: Final = 0.25
# The topics are followed so long after the last stream: a reader who comes back finds them.
LINGER_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 0.25
_logger = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Begun:
    """A stream begins; `position` is where."""

    position: Position


@dataclass(frozen=True, slots=True)
class Change:
    """A change, and the position after it."""

    position: Position
    item: FeedItem


@dataclass(frozen=True, slots=True)
class Reset:
    """The position of the reader belongs to an older epoch; `position` is where the new one continues."""

    position: Position


@dataclass(frozen=True, slots=True)
class Live:
    """Whether changes come from the topics at once, or once they are stored since the broker is away."""

    is_live: bool


Streamed = Begun | Change | Reset | Live


class Hub:
    """Follows the feed while there are streams, until `stop` is set; then every stream ends."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        stop: threading.Event,
        dependencies: Dependencies,
        *,
        items_max: int = ITEMS_MAX,
    ) -> None:
        self._database: Final = database
        self._stop: Final = stop
        self._dependencies: Final = dependencies
        self._window: Final = LiveWindow(items_max)
        # Without a broker ClickHouse is all there is, and nobody waits for anything else.
        self._tail: Final = (
            OutputTail(settings, FEED_TOPICS, self._take, dependencies) if settings.broker else None
        )
        self._news: Final = asyncio.Condition()
        self._stored: Mapping[str, int] = {}  # offsets up to which everything was stored at the last look
        self._listeners = 0
        self._left_at = -LINGER_SECONDS

    @property
    def is_full(self) -> bool:
        """Whether no further stream can be served."""
        return self._listeners >= STREAMS_MAX

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return self._listeners

    @property
    def reads_topics(self) -> bool:
        """Whether the topics are read now."""
        return self._tail is not None and self._tail.reads

    @property
    def waits_for(self) -> str | None:
        """Why changes do not come at once; None where they do, or where nobody listens."""
        return self._dependencies.reasons.get(BROKER)

    async def run(self) -> None:
        """Fill the window while there are listeners, until `stop` is set."""
        try:
            async for attempt in retrying_async(StoreError, "ClickHouse", stop=self._stop):
                with attempt:
                    while not self._stop.is_set():
                        if self._is_wanted():
                            await self._fill()
                        else:
                            await asyncio.sleep(_STOP_SECONDS)
        finally:
            self._window.close()
            await self._notify()

    async def follow(self, start: Position | None, wanted: FeedFilter) -> AsyncIterator[Streamed]:
        """Changes after a position (without one, from now on) as they come, until the hub stops.

        Begins with a `Begun` that says from where.
        """
        self._listeners += 1
        try:
            position = start if start is not None else await self._asked(head, self._database)
            yield Begun(position)
            is_new = start is None
            while not self._stop.is_set():
                if not await self._asked(is_known, self._database, position):
                    position, is_new = await self._asked(head, self._database), True
                    yield Reset(position)
                async for news in self._follow_epoch(position, wanted, is_new=is_new):
                    if isinstance(news, Change):
                        position = news.position
                    yield news
                is_new = False
        except NotReadyError:
            return
        finally:
            self._listeners -= 1
            self._left_at = time.monotonic()

    async def changes_after(
        self, position: Position, wanted: FeedFilter, limit: int
    ) -> tuple[list[FeedItem], Position]:
        """A page of changes after a position, with those of the window that are not stored yet."""
        ends = await run_in_threadpool(stored_ends, self._database, position.epoch)
        items, position = await run_in_threadpool(changes_after, self._database, position, wanted, limit)
        if len(items) < limit and self._window.epoch == position.epoch and self._window.follows(ends.offsets):
            for item in self._window.after(self._window.first, self._window.next - self._window.first):
                if len(items) == limit:
                    break
                if item.offset >= ends.offsets.get(item.place, 0) and not is_behind(position, item):
                    position = advanced(position, item)
                    if matches(wanted, item):
                        items.append(item)
        return items, position

    async def _follow_epoch(
        self, position: Position, wanted: FeedFilter, *, is_new: bool
    ) -> AsyncIterator[Change | Live]:
        """Changes after a position, until the epoch changes or the reader falls behind the window.

        Who is new asked for what comes from now on, and does not wait for the store.
        """
        await self._has_epoch(position.epoch)
        while True:
            # What is stored up to these ends is read here; later changes are in the window.
            ends = await self._asked(stored_ends, self._database, position.epoch)
            full = True
            while full:
                items, after = await self._asked(
                    changes_after, self._database, position, wanted, ITEMS_READ_MAX
                )
                for item in items:
                    position = advanced(position, item)
                    yield Change(position, item)
                position = after
                full = len(items) == ITEMS_READ_MAX
            if self._window.epoch != position.epoch:
                return
            if is_new or self._window.follows(ends.offsets):
                break
            await asyncio.sleep(HISTORY_LOOK_SECONDS)  # the store is far behind
        async for news in self._follow_window(position, wanted, ends.offsets):
            yield news

    async def _has_epoch(self, epoch: int) -> None:
        """Return once the window has an epoch, or a later one: another process may know it earlier."""
        window = self._window
        async with self._news:
            await self._news.wait_for(
                lambda: (window.epoch is not None and window.epoch >= epoch) or self._stop.is_set()
            )

    async def _follow_window(
        self, position: Position, wanted: FeedFilter, read: Mapping[str, int]
    ) -> AsyncIterator[Change | Live]:
        """Changes of the window, but none before the offsets that were read."""
        number, was_live = self._window.first, True
        while not self._stop.is_set() and self._window.holds(number):
            if was_live is not self._is_live:
                was_live = self._is_live
                yield Live(was_live)
            for item in await self._from(number, was_live=was_live):
                number += 1
                if item.offset >= read.get(item.place, 0) and not is_behind(position, item):
                    position = advanced(position, item)
                    if matches(wanted, item):
                        yield Change(position, item)

    async def _from(self, number: int, *, was_live: bool) -> Sequence[FeedItem]:
        """Changes from a number on, once there are any; none where something else is to be looked at."""
        window = self._window
        if window.next == number:
            async with self._news:
                await self._news.wait_for(
                    lambda: window.next != number or self._stop.is_set() or self._is_live is not was_live
                )
        return window.after(number, ITEMS_TAKEN_MAX) if window.holds(number) else ()

    @property
    def _is_live(self) -> bool:
        return self.waits_for is None

    def _is_wanted(self) -> bool:
        return self._listeners > 0 or time.monotonic() - self._left_at < LINGER_SECONDS

    async def _fill(self) -> None:
        """Fill the window with the feed of the visible epoch, until there is another or nobody listens."""
        epoch = await run_in_threadpool(shown_epoch, self._database)
        ends = await run_in_threadpool(stored_ends, self._database, epoch)
        self._window.begin(ends)
        self._stored = ends.offsets
        await self._notify()
        if self._tail is not None:
            self._tail.start(lambda: self._window.position.offsets)
        was_live, looked_at = self._is_live, 0.0
        try:
            while self._is_wanted() and not self._stop.is_set():
                reads = self.reads_topics
                if time.monotonic() - looked_at >= (LOOK_SECONDS if reads else HISTORY_LOOK_SECONDS):
                    looked_at = time.monotonic()
                    if not await self._look(epoch, reads=reads):
                        return
                if was_live is not self._is_live:
                    was_live = self._is_live
                    await self._notify()
                await asyncio.sleep(_STOP_SECONDS)
        finally:
            self._window.close()
            if self._tail is not None:
                await self._tail.stop()
            await self._notify()

    async def _look(self, epoch: int, *, reads: bool) -> bool:
        """See how far the store is, and take from it what the topics do not bring; False in another epoch.

        The tail goes on without ClickHouse.
        """
        with suppress(StoreError):
            if await run_in_threadpool(shown_epoch, self._database) != epoch:
                return False
            ends = await run_in_threadpool(stored_ends, self._database, epoch)
            self._window.confirm(ends)
            # What was stored a look ago should have come by the topics: whatever holds it up, streams get it.
            is_missing = not self._window.has(self._stored)
            self._stored = ends.offsets
            full = is_missing or not reads
            while full:
                items, _ = await run_in_threadpool(
                    changes_after, self._database, self._window.position, EVERYTHING, ITEMS_READ_MAX
                )
                full = len(items) == ITEMS_READ_MAX
                if self._window.take(items):
                    await self._notify()
        return True

    async def _take(self, records: Sequence[Incoming]) -> None:
        """Take records of the topics into the window."""
        rows = [row for row in map(_row, records) if row is not None and row.epoch == self._window.epoch]
        if self._window.take([_item(row, self._window) for row in rows]):
            await self._notify()

    async def _asked(self, ask: Callable[..., T], *arguments: Any) -> T:
        """What a query answers; asked again where ClickHouse is away, and the stream stays open.

        Raises `NotReadyError` where the hub stops.
        """
        async for attempt in retrying_async(RetriableError, "ClickHouse"):
            with attempt:
                if self._stop.is_set():
                    break
                return await run_in_threadpool(ask, *arguments)
        raise NotReadyError("the server stops")

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()


def _row(record: Incoming) -> FeedRow | None:
    """The row that the writer stores; what it rejects is no change."""
    try:
        return feed_row(record)
    except UnreadableError as error:
        _logger.warning("a change that cannot be read is passed over", topic=record.topic, error=str(error))
        return None


def _item(row: FeedRow, window: LiveWindow) -> FeedItem:
    """A change of the topics: it is stored later than what the window has already."""
    return FeedItem(
        id=row.id,
        kind=row.kind,
        company_id=row.company_id,
        technology=row.technology,
        backfill=row.backfill,
        body=row.body,
        place=f"{row.topic}/{row.partition}",
        offset=row.offset,
        stored_at=window.since,
    )
