"""`giants.kafka` on the embedded broker with its workarounds, and on Apache Kafka with plain clients.

What is private to aiokafka and still used is held here: where a test fails after an upgrade, look at
`giants.kafka.embedded_quirks` and `giants.kafka.producer`.
"""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, OutOfOrderSequenceNumber

from giants.kafka import topics
from giants.kafka.connection import client_options, started
from giants.kafka.consumer import GroupConsumer, Membership, RebalanceHooks
from giants.kafka.embedded_quirks import LONG_POLL_MS, group_member, has_quirks, leave
from giants.kafka.errors import BatchTooLargeError
from giants.kafka.kafka_log import KafkaLog
from giants.kafka.lag import ConsumerGroup, LagMonitor, NotCaughtUpError, ends_of, partitions_of
from giants.kafka.log import Record
from giants.kafka.poller import Polling
from giants.kafka.producer import BatchProducer
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower, TopicReader
from giants.settings import Settings
from tests.contracts.test_tansu import make_topic
from tests.kafka.cluster import KafkaCluster
from tests.kafka.test_poller import send_unreadable

GROUP = ConsumerGroup("contract", (topics.FAMILIES,))
POLLING = Polling(records_max=100, wait_ms=100)
FRAMES = 50


def group_name(settings: Settings) -> str:
    return f"{settings.topic_prefix}{GROUP.group}"


def consumer_of(settings: Settings, hooks: RebalanceHooks | None = None) -> GroupConsumer:
    membership = Membership(group_name(settings), [topics.FAMILIES.full_name(settings)])
    return GroupConsumer(settings, membership, POLLING, hooks)


async def read(consumer: GroupConsumer, count: int) -> list[bytes]:
    """Values of records, until there are so many; committed."""
    values: list[bytes] = []
    while len(values) < count:
        polled = await consumer.poll()
        values += [record.value for batch in polled.batches.values() for record in batch]
        await consumer.commit(polled.ends())
    return values


def publish(settings: Settings, *values: bytes) -> None:
    with Publisher(settings) as publisher:
        for number, value in enumerate(values):
            publisher.send(topics.FAMILIES.full_name(settings), f"k{number}", value)


def test_a_log_is_read_to_its_end_and_grows(settings: Settings) -> None:
    async def play() -> None:
        log, topic = KafkaLog(settings), topics.FAMILY_LOG.full_name(settings)
        await log.start()
        try:
            batch = [Record(topic, 0, b"k", b"v") for _ in range(FRAMES)]
            assert await log.append(topic, 0, batch) == 0
            assert await log.send(batch) == {(topic, 0): 2 * FRAMES}
            assert len([stored async for stored in log.read(topic, 0, 0)]) == 2 * FRAMES
            assert [stored async for stored in log.read(topic, 0, 2 * FRAMES)] == []
            ends = {TopicPartition(topic, 0): FRAMES, TopicPartition(topic, 1): 0}
            assert await log.has_new_records(ends) == {(topic, 0)}
        finally:
            await log.stop()

    asyncio.run(play())


def test_ends_and_lag_count_every_record_of_a_batch(settings: Settings) -> None:
    """ListOffsets of the embedded broker would count a batch as one record."""
    publish(settings, *[b"{}"] * FRAMES)
    partitions = partitions_of(settings, GROUP.topics)
    assert sum(ends_of(settings, dict.fromkeys(partitions, 0)).values()) == FRAMES
    lags: list[int] = []
    with LagMonitor(settings) as monitor, pytest.raises(NotCaughtUpError):
        # A group that nobody was a member of may have no coordinator at first.
        monitor.wait((GROUP,), 5.0, lambda _, lag: lags.append(lag))
    assert lags[-1] == FRAMES


def test_a_member_that_left_is_not_waited_for_and_what_it_committed_stays(settings: Settings) -> None:
    async def play() -> list[bytes]:
        first = await started(lambda: consumer_of(settings))
        await first.join_when_topics_are_there()
        publish(settings, b"1", b"2")
        assert sorted(await read(first, 2)) == [b"1", b"2"]
        await first.stop()
        publish(settings, b"3")
        second = await started(lambda: consumer_of(settings))
        await second.join_when_topics_are_there()
        try:
            return await read(second, 1)
        finally:
            await second.stop()

    assert asyncio.run(play()) == [b"3"]


def test_partitions_move_after_their_member_has_finished(settings: Settings) -> None:
    class Finishing(RebalanceHooks):
        finished = 0

        async def before_partitions_go(self) -> None:
            Finishing.finished += 1

    async def until_each_has_one(*consumers: GroupConsumer) -> None:
        while [consumer.partitions for consumer in consumers] != [1, 1]:
            await asyncio.gather(*(consumer.poll() for consumer in consumers))

    async def play() -> None:
        first = await started(lambda: consumer_of(settings, Finishing()))
        await first.join_when_topics_are_there()
        while first.partitions != settings.partitions:
            await first.poll()
        before = first.generation
        second = await started(lambda: consumer_of(settings))
        await second.join_when_topics_are_there()
        await until_each_has_one(first, second)
        assert Finishing.finished
        assert first.generation != before
        await second.stop()
        await first.stop()

    asyncio.run(play())


def test_unreadable_records_stop_neither_a_reader_nor_a_group(settings: Settings) -> None:
    topic = topics.FAMILIES.full_name(settings)

    async def play() -> tuple[list[bytes], int]:
        producer = AIOKafkaProducer(**client_options(settings))
        await producer.start()
        await producer.send_and_wait(topic, b"before", partition=0)
        await send_unreadable(producer, topic, 0)
        await producer.send_and_wait(topic, b"after", partition=0)
        await producer.stop()
        reader = await started(lambda: TopicReader(settings, [topics.FAMILIES]))
        polls = [polled async for polled in reader.to_end()]
        await reader.stop()
        member = await started(lambda: consumer_of(settings))
        await member.join_when_topics_are_there()
        values = await read(member, 2)
        await member.stop()
        return values, sum(len(polled.unreadable) for polled in polls)

    assert asyncio.run(play()) == ([b"before", b"after"], 1)
    with Follower(settings, [topics.FAMILIES]) as follower:
        assert [message.value for message in follower.to_end()] == [b"before", b"after"]
        publish(settings, b"later")
        follower.skip_to_end()
        assert {message.value for message in follower.to_end()} == {b"before", b"after", b"later"}


def test_a_partition_takes_batches_after_one_that_was_refused(settings: Settings) -> None:
    """aiokafka counts the refused batch of an idempotent producer, which has to be replaced."""
    partition = TopicPartition(topics.FAMILY_LOG.full_name(settings), 0)

    async def play() -> int:
        producer = BatchProducer(settings, topics.BATCH_BYTES_MAX, topics.BATCH_BYTES_MAX)
        await producer.start()
        try:
            large = producer.batch_of([(b"k", bytes(topics.BATCH_BYTES_MAX + 1_000), None, [])])
            if has_quirks(settings):
                await producer.deliver(partition, large)  # it has no limit
            else:
                with pytest.raises(BatchTooLargeError):
                    await producer.deliver(partition, large)
            return await producer.deliver(partition, producer.batch_of([(b"k", b"v", None, [])]))
        finally:
            await producer.stop()

    assert asyncio.run(play()) == (1 if has_quirks(settings) else 0)


def test_an_idempotent_producer_of_aiokafka_is_of_no_use_after_a_refused_batch(
    apache: KafkaCluster, topic_prefix: str
) -> None:
    """Why `BatchProducer` replaces it."""
    settings = apache.settings(topic_prefix=topic_prefix, partitions=1)
    topic = f"{topic_prefix}sizes"

    async def send(producer: AIOKafkaProducer, size_bytes: int) -> None:
        batch = producer.create_batch()
        batch.append(key=b"k", value=bytes(size_bytes), timestamp=None)
        await (await producer.send_batch(batch, topic, partition=0))

    async def play() -> None:
        limit_bytes = 10_000_000
        producer = AIOKafkaProducer(
            **client_options(settings), enable_idempotence=True, max_batch_size=limit_bytes
        )
        await producer.start()
        try:
            await send(producer, 1)
            with pytest.raises(MessageSizeTooLargeError):
                await send(producer, limit_bytes)
            with pytest.raises(OutOfOrderSequenceNumber):
                await send(producer, 1)
        finally:
            await producer.stop()

    make_topic(settings.require_broker(), topic)
    asyncio.run(play())


def test_the_embedded_broker_has_no_idempotent_producer(broker: str) -> None:
    async def play() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=broker, enable_idempotence=True)
        try:
            await producer.start()
        finally:
            await producer.stop()

    with pytest.raises(KafkaError):
        asyncio.run(play())


def test_workarounds_are_there_for_the_embedded_broker_alone(settings: Settings) -> None:
    """The private names that they hold on to, and that nothing of them touches a plain client."""

    async def play() -> tuple[bool, int]:
        consumer: Any = AIOKafkaConsumer(
            topics.FAMILIES.full_name(settings), **client_options(settings), group_id=group_name(settings)
        )
        own_send = consumer._client.send
        member: Any = group_member(settings, consumer)
        is_changed = member._client.send != own_send
        await member.start()
        try:
            while not member.assignment():
                await member.getmany(timeout_ms=100)
            first_generation = int(member._coordinator.generation)
        finally:
            await leave(settings, member)
        return is_changed, first_generation

    is_changed, first_generation = asyncio.run(play())
    assert AIOKafkaClient.send
    assert is_changed == has_quirks(settings)
    assert first_generation == (0 if has_quirks(settings) else 1), "aiokafka leaves those from 1 on"
    with_waits: Any = asyncio.run(_wait_of_fetches(settings))
    assert with_waits == (POLLING.embedded_fetch_ms if has_quirks(settings) else LONG_POLL_MS)


async def _wait_of_fetches(settings: Settings) -> int:
    consumer: Any = consumer_of(settings)
    await consumer.stop()
    return int(consumer._consumer._fetch_max_wait_ms)
