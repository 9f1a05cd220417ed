"""The log of the agents against the real broker: what `giants.kafka.log.Log` promises."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest
from aiokafka import TopicPartition

from giants.kafka.admin import create_topics
from giants.kafka.errors import BatchTooLargeError, LogLostError, NotStartedError
from giants.kafka.kafka_log import KafkaLog
from giants.kafka.log import Record, Stored
from giants.kafka.topics import FAMILY_LOG, PORTFOLIO_STATE, RECORD_BYTES_MAX
from giants.settings import Settings

Scenario = Callable[[KafkaLog, str, str], Awaitable[None]]


def play(settings: Settings, scenario: Scenario) -> None:
    """Run a scenario with a started log and the names of two topics."""

    async def run() -> None:
        log = KafkaLog(settings)
        await log.start()
        try:
            await scenario(log, FAMILY_LOG.full_name(settings), PORTFOLIO_STATE.full_name(settings))
        finally:
            await log.stop()

    create_topics(settings)
    asyncio.run(run())


async def everything(log: KafkaLog, topic: str, partition: int, start: int = 0) -> list[Stored]:
    return [stored async for stored in log.read(topic, partition, start)]


def records(topic: str, partition: int, count: int, size: int = 10) -> list[Record]:
    return [Record(topic, partition, b"k%d" % number, b"v" * size) for number in range(count)]


def test_batches_land_whole_and_in_order_and_say_where(broker_settings: Settings) -> None:
    async def scenario(log: KafkaLog, topic: str, _: str) -> None:
        assert await log.append(topic, 0, records(topic, 0, 3)) == 0
        assert await log.append(topic, 0, records(topic, 0, 2)) == 3
        read = await everything(log, topic, 0)
        assert [(stored.offset, stored.key) for stored in read] == [
            (0, b"k0"),
            (1, b"k1"),
            (2, b"k2"),
            (3, b"k0"),
            (4, b"k1"),
        ]

    play(broker_settings, scenario)


def test_what_is_sent_tells_where_each_partition_ends(broker_settings: Settings) -> None:
    async def scenario(log: KafkaLog, topic: str, other: str) -> None:
        sent = [*records(topic, 0, 2), *records(other, 1, 3), *records(topic, 1, 1)]
        assert await log.send(sent) == {(topic, 0): 2, (other, 1): 3, (topic, 1): 1}
        assert await log.send(records(topic, 0, 4)) == {(topic, 0): 6}
        assert await log.send([]) == {}

    play(broker_settings, scenario)


def test_whoever_listens_is_told_where_what_was_sent_is(broker_settings: Settings) -> None:
    async def scenario(log: KafkaLog, topic: str, other: str) -> None:
        told: list[tuple[TopicPartition, int, bytes | None]] = []
        log.on_sent = lambda place, first, sent: told.extend(
            (place, offset, one.value) for offset, one in enumerate(sent, first)
        )
        large = [Record(topic, 0, None, b"%d" % number + b"v" * RECORD_BYTES_MAX) for number in range(3)]
        await asyncio.gather(log.send(large), log.send(records(topic, 1, 2)), log.send(large[:1]))
        await log.append(other, 0, records(other, 0, 1))
        stored = [
            (TopicPartition(topic, one), each) for one in (0, 1) for each in await everything(log, topic, one)
        ]
        assert sorted(told) == [(place, each.offset, each.value) for place, each in stored]
        assert len(stored) == 6

    play(broker_settings, scenario)


def test_sending_more_than_one_batch_holds_keeps_the_order(broker_settings: Settings) -> None:
    async def scenario(log: KafkaLog, topic: str, _: str) -> None:
        sent = records(topic, 0, 5, size=RECORD_BYTES_MAX // 2)
        assert await log.send(sent) == {(topic, 0): 5}
        assert [stored.key for stored in await everything(log, topic, 0)] == [record.key for record in sent]

    play(broker_settings, scenario)


def test_a_batch_that_must_be_atomic_and_is_too_large_is_refused_whole(broker_settings: Settings) -> None:
    async def scenario(log: KafkaLog, topic: str, _: str) -> None:
        with pytest.raises(BatchTooLargeError, match="5 records do not fit one batch"):
            await log.append(topic, 0, records(topic, 0, 5, size=RECORD_BYTES_MAX // 2))
        assert await everything(log, topic, 0) == []

    play(broker_settings, scenario)


def test_growth_is_told_by_the_place_of_the_last_batch(broker_settings: Settings) -> None:
    """The embedded broker understates its ends, since a batch counts as one: growth is seen."""

    async def scenario(log: KafkaLog, topic: str, other: str) -> None:
        assert await log.has_new_records({(topic, 0): 0, (other, 0): 0}) == set()
        await log.append(topic, 0, records(topic, 0, 50))
        assert await log.has_new_records({(topic, 0): 0, (other, 0): 0}) == {(topic, 0)}
        assert await log.has_new_records({(topic, 0): 50}) == set()
        await log.append(topic, 0, records(topic, 0, 50))
        assert await log.has_new_records({(topic, 0): 50}) == {(topic, 0)}
        assert await log.has_new_records({(topic, 0): 100}) == set()

    play(broker_settings, scenario)


def test_reading_begins_and_stops_where_it_is_told(broker_settings: Settings) -> None:
    async def scenario(log: KafkaLog, topic: str, _: str) -> None:
        await log.append(topic, 0, records(topic, 0, 9))
        assert [stored.offset for stored in await everything(log, topic, 0, 6)] == [6, 7, 8]
        assert [stored.offset async for stored in log.read(topic, 0, 2, 4)] == [2, 3]
        assert [stored.offset async for stored in log.read(topic, 0, 4, 4)] == []
        assert await everything(log, topic, 0, 9) == []
        assert await everything(log, topic, 1) == []

    play(broker_settings, scenario)


def test_a_read_that_is_closed_early_lets_the_next_one_begin(broker_settings: Settings) -> None:
    async def scenario(log: KafkaLog, topic: str, other: str) -> None:
        await log.append(topic, 0, records(topic, 0, 9))
        await log.append(other, 0, records(other, 0, 1))
        async with aclosing(log.read(topic, 0, 0)) as reading:
            async for _ in reading:
                break
        assert len(await everything(log, other, 0)) == 1

    play(broker_settings, scenario)


def test_a_log_that_ends_before_what_was_read_of_it_is_refused(broker_settings: Settings) -> None:
    async def scenario(log: KafkaLog, topic: str, _: str) -> None:
        await log.append(topic, 0, records(topic, 0, 2))
        with pytest.raises(LogLostError, match="has to reach offset 7, but it ends at 2"):
            await everything(log, topic, 0, 7)

    play(broker_settings, scenario)


def test_a_log_that_was_not_started_says_so(broker_settings: Settings) -> None:
    async def scenario() -> None:
        with pytest.raises(NotStartedError, match=r"call start\(\) first"):
            await KafkaLog(broker_settings).append("t", 0, records("t", 0, 1))

    asyncio.run(scenario())
