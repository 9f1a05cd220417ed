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

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from giants.kafka.admin import create_topics
from giants.kafka.publisher import Publisher
from giants.settings import Settings
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
        self.hub = Hub(world.database, world.settings, self.stop, items_max=HELD)
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


async def until(readers: list[Reader], what: str) -> None:
    deadline = monotonic() + SECONDS_MAX
    while not all([reader.has_all() for reader in readers]):
        assert monotonic() < deadline, f"{what}: {[reader for reader in readers if not reader.has_all()]}"
        await asyncio.sleep(0.01)


async def play(world: World, steps: list[tuple[str, object]]) -> None:
    processes = [Process(world), Process(world)]
    readers: list[Reader] = []
    where: dict[int, int] = {}

    def connect_to(reader: Reader, process: int) -> None:
        where[id(reader)] = process
        reader.connect(processes[process].hub)
        if reader not in readers:
            readers.append(reader)

    connect_to(Reader(world), 0)
    for step, argument in steps:
        match step, argument:
            case "publish", list():
                await asyncio.to_thread(world.publish, argument)
            case "store", int():
                await asyncio.to_thread(world.store, argument)
            case "join", int():
                connect_to(Reader(world), argument)
            case "come with the id of", int():
                other = readers[argument % len(readers)]
                if other.begun:
                    connect_to(Reader.at(world, other), argument % 2)
            case "drop", int():
                reader = readers[argument % len(readers)]
                await reader.disconnect()
                connect_to(reader, argument % 2)
            case "restart", int():
                await processes[argument].end()
                processes[argument] = Process(world)
                for reader in readers:
                    if where[id(reader)] == argument:
                        await reader.disconnect()
                        connect_to(reader, argument)
            case "rebuild", None:
                await asyncio.to_thread(world.switch_epoch)
            case _:
                await asyncio.to_thread(world.store)
                await until(readers, "to catch up in between")
    await asyncio.to_thread(world.store)
    await until(readers, "to have everything")
    for reader in readers:
        await reader.disconnect()
    for process in processes:
        await process.end()
    for reader in readers:
        reader.check()


@settings(max_examples=12)
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_a_reader_gets_every_change_once_whatever_happens(
    world: World, steps: list[tuple[str, object]]
) -> None:
    asyncio.run(play(world, steps))
