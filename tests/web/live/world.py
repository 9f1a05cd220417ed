"""Changes on real topics, stored when a test says so, and readers that follow a hub."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from giants.kafka import topics
from giants.kafka.partitioner import partition_of
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.store.buffer import Buffer
from giants.store.client import Database
from giants.store.epochs import begin_next_epoch, complete_epoch
from giants.store.queries.feed import FeedFilter, Position, decode_position, encode_position
from giants.store.records import Incoming
from giants.web.hub import Begun, Change, Hub, Reset
from tests.store.builders import LONG_AGO, incoming, rating_change, status_change

ALL = FeedFilter(include_lists=True)
Places = dict[str, int]  # an offset for each topic and partition


class World:
    """The topics and the store; offsets are known since nobody else writes."""

    def __init__(self, settings: Settings, database: Database, publisher: Publisher) -> None:
        self.settings, self.database, self._publisher = settings, database, publisher
        self.ends: Counter[str] = Counter()
        self.bodies: dict[tuple[str, int], bytes] = {}
        self._unstored: list[Incoming] = []
        self._buffer = Buffer(LONG_AGO)
        self._made = 0
        self.epoch = begin_next_epoch(database)
        self.begins: Places = {}  # where the epoch begins

    def publish(self, companies: Sequence[int], *, backfill: bool = False) -> None:
        """Send one change for each number, which chooses topic and partition, and wait until it is there."""
        for number in companies:
            self._made += 1
            topic = topics.RATING_CHANGES if number % 2 else topics.STATUS_CHANGES
            make = rating_change if number % 2 else status_change
            key = f"C{number}"
            body = make(key, self._made, epoch=self.epoch, backfill=backfill)
            self.send(topic, key, body)
        self._publisher.flush()

    def send(self, topic: topics.Topic, key: str, body: dict[str, Any]) -> None:
        """Send one record."""
        value = orjson.dumps(body)
        self._publisher.send(topic.full_name(self.settings), key, value)
        partition = partition_of(key, topic.partition_count(self.settings))
        place = f"{topic.name}/{partition}"
        record = incoming(topic, value, key=key, partition=partition, offset=self.ends[place])
        self.bodies[place, self.ends[place]] = value
        self.ends[place] += 1
        self._unstored.append(record)

    def flush(self) -> None:
        """Wait until the broker has everything."""
        self._publisher.flush()

    def store(self, count: int | None = None) -> None:
        """Store the oldest changes that are not stored, as the writer does, all of them without a count."""
        count = len(self._unstored) if count is None else count
        now, self._unstored = self._unstored[:count], self._unstored[count:]
        for record in now:
            self._buffer.add(record)
        if now:
            self._buffer.store(self.database)

    def switch_epoch(self) -> None:
        """Let a rebuild end: from here on every change belongs to another epoch."""
        self.store()
        self.epoch = begin_next_epoch(self.database)
        complete_epoch(self.database, self.epoch)
        self.begins = dict(self.ends)


@dataclass
class Reader:
    """A client of the event stream; `cursor` is the last id that it saw, as the text that it was given."""

    world: World
    cursor: str | None = None
    epoch: int = 0
    offsets: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    # Where it has to go on: at the latest, or exactly where its cursor came from a reader of that place.
    expected: Places = field(default_factory=dict)
    exact: frozenset[str] = frozenset()
    begun: bool = False
    task: "asyncio.Task[None] | None" = None

    @classmethod
    def at(cls, world: World, other: "Reader") -> Self:
        """One that comes with the cursor of another."""
        read = {place: offsets[-1] + 1 for place, offsets in other.offsets.items() if offsets}
        return cls(
            world,
            other.cursor,
            other.epoch,
            expected=other.expected | read,
            exact=other.exact | read.keys(),
        )

    def connect(self, hub: Hub) -> None:
        """Follow from the last id."""
        start = None if self.cursor is None else decode_position(self.cursor)
        self.task = asyncio.ensure_future(self._follow(hub, start))

    async def disconnect(self) -> None:
        """Stop following."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def _follow(self, hub: Hub, start: Position | None) -> None:
        async for news in hub.follow(start, ALL):
            if isinstance(news, Begun | Change | Reset):
                self.cursor = encode_position(news.position)
            if (isinstance(news, Begun) and start is None) or isinstance(news, Reset):
                self.offsets.clear()
                self.epoch, self.exact = news.position.epoch, frozenset()
                self.expected = dict(self.world.ends)
            if isinstance(news, Change):
                assert self.world.bodies[news.item.place, news.item.offset] == news.item.body
                self.offsets[news.item.place].append(news.item.offset)
            self.begun = True

    def has_all(self) -> bool:
        """Whether it has the newest change of every place that is new to it."""
        assert self.task is not None
        if self.task.done():
            self.task.result()
        if not self.begun or self.epoch != self.world.epoch:
            return False
        return all(
            self.offsets.get(place, [-1])[-1] == end - 1 or self.expected.get(place, 0) >= end
            for place, end in self.world.ends.items()
            if end > self.world.begins.get(place, 0)
        )

    def check(self) -> None:
        """Nothing is missing and nothing came twice."""
        for place, offsets in self.offsets.items():
            expected = self.expected.get(place, 0)
            first = expected if place in self.exact else offsets[0]
            assert offsets == list(range(first, self.world.ends[place])), place
            assert first <= max(expected, self.world.begins.get(place, 0)), place
