"""From history to the live tail and back: nothing is missing and nothing comes twice.

Real topics and a real store; the test says what is stored when, so that the store may lag as far as it likes
behind the window. Readers come with the id of any reader, of this process, of another one, or of one that was
there before a restart; the window holds a few changes only, so that readers fall out of it all the time.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from giants.health import Dependencies
from giants.kafka.admin import create_topics
from giants.kafka.publisher import Publisher
from giants.kafka.topic_monitor import BROKER
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.hub import Hub
from tests.broker import embedded
from tests.web.live.world import Reader, World

SECONDS_MAX = 120.0
HELD = 7

NUMBERS = st.lists(st.integers(0, 9), min_size=1, max_size=12)
STEPS = st.one_of(
    st.tuples(st.just("publish"), NUMBERS),
    st.tuples(st.just("store"), st.integers(1, 15)),
    st.tuples(st.just("join"), st.integers(0, 1)),  # from now on, at one of two processes
    st.tuples(st.just("come with the id of"), st.integers(0, 9)),
    st.tuples(st.just("drop"), st.integers(0, 9)),
    st.tuples(st.just("restart"), st.integers(0, 1)),
    st.tuples(st.just("rebuild"), st.none()),
    st.tuples(st.just("catch up"), st.none()),
)


class Process:
    """A hub as a process runs it."""

    def __init__(self, world: World) -> None:
        self.stop = threading.Event()
        self.hub = Hub(world.database, world.settings, self.stop, Dependencies(BROKER), items_max=HELD)
        self.task = asyncio.ensure_future(self.hub.run())

    async def end(self) -> None:
        """End as a process does."""
        self.stop.set()
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@pytest.fixture(scope="module")
def world(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("seam")
    of_test = embedded(broker, topic_prefix="seam.", data_dir=folder, partitions=2)
    create_topics(of_test)
    with connect(of_test.clickhouse_dsn()) as database, Publisher(of_test) as publisher:
        migrate(database)
        yield World(of_test, database, publisher)


class Play:
    """Two processes and their readers; each method is a step."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.processes = [Process(world), Process(world)]
        self.readers: list[Reader] = []
        self._where: dict[int, int] = {}

    async def publish(self, companies: list[int]) -> None:
        await asyncio.to_thread(self.world.publish, companies)

    async def store(self, count: int) -> None:
        await asyncio.to_thread(self.world.store, count)

    async def join(self, process: int) -> None:
        self._connect(Reader(self.world), process)

    async def come_with_the_id_of(self, number: int) -> None:
        other = self.readers[number % len(self.readers)]
        if other.begun:
            self._connect(Reader.at(self.world, other), number % 2)

    async def drop(self, number: int) -> None:
        reader = self.readers[number % len(self.readers)]
        await reader.disconnect()
        self._connect(reader, number % 2)

    async def restart(self, process: int) -> None:
        await self.processes[process].end()
        self.processes[process] = Process(self.world)
        for reader in self.readers:
            if self._where[id(reader)] == process:
                await reader.disconnect()
                self._connect(reader, process)

    async def rebuild(self, _: None) -> None:
        await asyncio.to_thread(self.world.switch_epoch)

    async def catch_up(self, _: None) -> None:
        await asyncio.to_thread(self.world.store)
        deadline = monotonic() + SECONDS_MAX
        while left := [reader for reader in self.readers if not reader.has_all()]:
            assert monotonic() < deadline, f"these did not get everything: {left}"
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        for reader in self.readers:
            await reader.disconnect()
        for process in self.processes:
            await process.end()

    def _connect(self, reader: Reader, process: int) -> None:
        self._where[id(reader)] = process
        reader.connect(self.processes[process].hub)
        if not any(reader is one for one in self.readers):
            self.readers.append(reader)


async def play(world: World, steps: list[tuple[str, Any]]) -> None:
    world.switch_epoch()  # each play is by itself
    played = Play(world)
    try:
        await played.join(0)
        for step, argument in steps:
            await getattr(played, step.replace(" ", "_"))(argument)
        await played.catch_up(None)
    finally:
        await played.end()
    for reader in played.readers:
        reader.check()


@settings(max_examples=15)
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_a_reader_gets_every_change_once_whatever_happens(world: World, steps: list[tuple[str, Any]]) -> None:
    asyncio.run(play(world, steps))
