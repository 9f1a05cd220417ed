"""One reader of the feed for all event streams of this process.

A stream first reads ClickHouse from its position, and then takes changes from the hub. The hub buffers the
last changes only: a stream that falls behind reads ClickHouse again, so a slow client costs no memory.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from starlette.concurrency import run_in_threadpool

from giants.retry import retrying_async
from giants.store.client import Database
from giants.store.errors import StoreError
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

ITEMS_BUFFERED_MAX: Final = 10_000
ITEMS_READ_MAX: Final = 1_000
POLL_SECONDS: Final = 0.1
STREAMS_MAX: Final = 500


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


Streamed = Begun | Change | Reset


class Hub:
    """Reads the feed while there are streams, until `stop` is set; then every stream ends."""

    def __init__(self, database: Database, stop: threading.Event) -> None:
        self._database: Final = database
        self._stop: Final = stop
        self._items: deque[FeedItem] = deque(maxlen=ITEMS_BUFFERED_MAX)
        self._read = 0  # items read so far: the number after the newest in `_items`
        self._epoch: int | None = None  # None until the first reading, and while nobody listens
        self._news = asyncio.Condition()
        self._listeners = 0

    @property
    def is_full(self) -> bool:
        """Whether no further stream can be served."""
        return self._listeners >= STREAMS_MAX

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return self._listeners

    async def run(self) -> None:
        """Read on while there are listeners, until `stop` is set."""
        position: Position | None = None
        async for attempt in retrying_async(StoreError, "ClickHouse", stop=self._stop):
            with attempt:
                while not self._stop.is_set():
                    if self._listeners:
                        position = await self._read_on(position)
                    else:
                        position = None
                        self._epoch = None
                        self._items.clear()
                    await asyncio.sleep(POLL_SECONDS)
        async with self._news:
            self._news.notify_all()

    async def follow(self, start: Position | None, wanted: FeedFilter) -> AsyncIterator[Streamed]:
        """Changes after a position (without one, from now on) as they come, until the hub stops.

        Begins with a `Begun` that says from where.
        """
        self._listeners += 1
        try:
            position = start if start is not None else await run_in_threadpool(head, self._database)
            yield Begun(position)
            while not self._stop.is_set():
                if not await run_in_threadpool(is_known, self._database, position):
                    position = await run_in_threadpool(head, self._database)
                    yield Reset(position)
                async for change in self._follow_epoch(position, wanted):
                    position = change.position
                    yield change
        finally:
            self._listeners -= 1

    async def _follow_epoch(self, position: Position, wanted: FeedFilter) -> AsyncIterator[Change]:
        """Changes after a position, until the epoch changes or the reader falls behind the buffer."""
        async with self._news:
            await self._news.wait_for(lambda: self._epoch is not None or self._stop.is_set())
            number = self._read
        # What is stored up to now is read here; later changes are in the hub from `number` on.
        full = True
        while full:
            items, after = await run_in_threadpool(
                changes_after, self._database, position, wanted, ITEMS_READ_MAX
            )
            for item in items:
                position = advanced(position, item)
                yield Change(position, item)
            position = after
            full = len(items) == ITEMS_READ_MAX
        while not self._stop.is_set() and self._holds(number) and self._epoch == position.epoch:
            for item in await self._from(number):
                number += 1
                if not is_behind(position, item):
                    position = advanced(position, item)
                    if matches(wanted, item):
                        yield Change(position, item)

    async def _read_on(self, before: Position | None) -> Position:
        if before is None or not await run_in_threadpool(is_known, self._database, before):
            before = await run_in_threadpool(head, self._database)
            async with self._news:
                self._items.clear()
                self._epoch = before.epoch
                self._news.notify_all()
        items, position = await run_in_threadpool(
            changes_after, self._database, before, EVERYTHING, ITEMS_READ_MAX
        )
        if items:
            async with self._news:
                self._items.extend(items)
                self._read += len(items)
                self._news.notify_all()
        return position

    def _holds(self, number: int) -> bool:
        """Whether all items from a number on are still buffered."""
        return self._read - len(self._items) <= number

    async def _from(self, number: int) -> list[FeedItem]:
        """Items from a number on, once there are any; none where the hub stopped or changed its epoch."""
        async with self._news:
            epoch = self._epoch
            await self._news.wait_for(
                lambda: self._read > number or self._epoch != epoch or self._stop.is_set()
            )
            if self._read <= number or not self._holds(number):
                return []
            return list(islice(self._items, number - self._read + len(self._items), None))
