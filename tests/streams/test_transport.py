"""What `streams.transport` relies on inside Faust and aiokafka, which are pinned, and what it mends."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiokafka
import faust
import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from agents.worker import Worker
from giants.kafka.admin import create_topics
from giants.kafka.embedded_quirks import LOGS_FETCH_MS
from giants.kafka.topics import FAMILY_LOG
from giants.settings import Settings
from streams.transport import FrameApp

PLACE = TP("frames", 0)


def test_the_worker_fetches_with_a_short_wait(broker_settings: Settings, tmp_path: Path) -> None:
    async def wait_of_fetches() -> int:
        worker = Worker(broker_settings.model_copy(update={"data_dir": tmp_path}))
        transport = worker.app.transport
        assert isinstance(transport, driver.Transport)
        app_consumer: Any = worker.app.consumer
        thread = app_consumer._new_consumer_thread()
        consumer = thread._create_worker_consumer(transport)
        assert isinstance(consumer, aiokafka.AIOKafkaConsumer)
        await consumer.stop()
        return int(consumer._fetch_max_wait_ms)

    assert asyncio.run(wait_of_fetches()) == LOGS_FETCH_MS


def test_the_consumer_lives_in_the_event_loop_of_the_app_and_leaves_nothing_behind(
    broker_settings: Settings, tmp_path: Path
) -> None:
    create_topics(broker_settings)

    async def play() -> None:
        worker = Worker(broker_settings.model_copy(update={"data_dir": tmp_path}))
        consumer: Any = worker.app.consumer
        client = consumer._thread
        before = threading.active_count()
        await client.start()
        try:
            # From the topics to the consumer's client: whole calls of Faust's, in this loop.
            await client.subscribe([FAMILY_LOG.full_name(broker_settings)])
            assert await client.call_thread(asyncio.get_running_loop) is asyncio.get_running_loop()
            assert threading.active_count() == before
        finally:
            await client.stop()
        assert client._consumer._closed
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(play())


class Group:
    """What a broker keeps of a group, and whether it takes commits just now."""

    def __init__(self) -> None:
        self.committed: dict[TP, int] = {}
        self.takes = True

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        if self.takes:
            self.committed.update(offsets)
        return self.takes


@contextmanager
def consumer_of(app: faust.App, group: Group, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The consumer of an app, not started; it has one partition, and commits into `group`."""
    consumer: Any = app.consumer
    monkeypatch.setattr(consumer, "assignment", lambda: {PLACE})
    monkeypatch.setattr(consumer, "_commit", group.commit)
    try:
        yield consumer
    finally:
        loop = consumer._thread.thread_loop
        if loop is not asyncio.get_running_loop():  # that of the thread that Faust would start
            loop.close()


def test_what_the_state_says_is_committed_without_any_acknowledgement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play() -> None:
        folded: dict[TP, int] = {}
        group = Group()
        with consumer_of(FrameApp("app", committable_offset=folded.get), group, monkeypatch) as consumer:
            assert not await consumer.commit()
            folded[PLACE] = 5
            assert await consumer.commit()
            assert group.committed == {PLACE: 5}
            assert not await consumer.commit(), "nothing new"

    asyncio.run(play())


def test_a_commit_that_failed_is_tried_again_though_nothing_else_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play() -> None:
        group = Group()
        with consumer_of(FrameApp("app", committable_offset={PLACE: 5}.get), group, monkeypatch) as consumer:
            group.takes = False
            assert not await consumer.commit()
            group.takes = True
            assert await consumer.commit()
            assert group.committed == {PLACE: 5}

    asyncio.run(play())


def test_faust_by_itself_never_commits_what_it_failed_to_commit_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The defect that `streams.transport` is there for; where this fails, some of it can go."""

    async def play() -> None:
        group = Group()
        with consumer_of(faust.App("app"), group, monkeypatch) as consumer:
            consumer._acked[PLACE] = [1, 2, 3, 4]
            group.takes = False
            assert not await consumer.commit()
            group.takes = True
            assert not await consumer.commit()
            assert group.committed == {}

    asyncio.run(play())


def test_a_partition_whose_queue_is_full_is_paused_at_the_client_and_resumed_once_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = TP("frames", 1)
    waits: list[float] = []

    async def play() -> None:
        full, client = {PLACE, TP("frames", 7)}, aiokafka.AIOKafkaConsumer()
        client.assign([aiokafka.TopicPartition(*place) for place in (PLACE, other)])
        app = FrameApp("app", committable_offset=lambda _: None, is_full=full.__contains__)
        with consumer_of(app, Group(), monkeypatch) as consumer:

            async def fetch(thread: Any, _: object, places: set[TP], **options: float) -> dict[TP, list[Any]]:
                waits.append(options["timeout"])
                return {}

            monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fetch)
            monkeypatch.setattr(consumer._thread, "_ensure_consumer", lambda: client)
            assert await consumer._getmany({PLACE, other, TP("frames", 7)}, 1.0) == {}
            assert client.paused() == {PLACE}, "another worker has partition 7 by now"
            full.clear()
            await consumer._getmany({PLACE, other}, 1.0)
            assert client.paused() == set()
        await client.stop()

    asyncio.run(play())
    assert waits == [0.02, 1.0], "there may be room again long before anything comes"


@pytest.mark.parametrize(
    ("is_active", "rebalances", "expected"),
    [(True, False, [(PLACE, ["a", "b"])]), (False, False, []), (True, True, [])],
)
def test_what_was_fetched_is_delivered_at_once_unless_a_rebalance_came(
    monkeypatch: pytest.MonkeyPatch, is_active: bool, rebalances: bool, expected: list[tuple[TP, list[str]]]
) -> None:
    delivered: list[tuple[TP, list[str]]] = []

    async def play() -> None:
        app = FrameApp(
            "app",
            committable_offset=lambda _: None,
            deliver=lambda place, messages: delivered.append((place, list(messages))),
        )
        with consumer_of(app, Group(), monkeypatch) as consumer:

            async def getmany(*_: object) -> dict[TP, list[str]]:
                if rebalances:
                    app.consumer_generation_id += 1
                return {PLACE: ["a", "b"]}

            monkeypatch.setattr(consumer._thread, "getmany", getmany)
            monkeypatch.setattr(consumer, "flow_active", is_active)
            assert await consumer._getmany({PLACE}, 1.0) == {}, "Faust passes nothing on"

    asyncio.run(play())
    assert delivered == expected
