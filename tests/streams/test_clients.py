"""Clients that are told to end before they have begun."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from giants.kafka.admin import create_topics
from giants.kafka.kafka_log import connection, started
from giants.kafka.topics import FAMILIES
from giants.settings import Settings

GROUP = "cancelled"


def consumer_of(settings: Settings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        FAMILIES.full_name(settings),
        **connection(settings),
        group_id=f"{settings.topic_prefix}{GROUP}",
        session_timeout_ms=6_000,
        heartbeat_interval_ms=500,
    )


def test_a_consumer_that_is_cancelled_while_it_joins_keeps_no_partition(broker_settings: Settings) -> None:
    """As of a worker that is told to end at once: its heartbeats would go on until its process ends."""
    create_topics(broker_settings)
    name = FAMILIES.full_name(broker_settings)
    everything = {TopicPartition(name, number) for number in range(broker_settings.partitions)}

    async def play() -> None:
        first = consumer_of(broker_settings)
        starting = asyncio.create_task(started(lambda: first))
        while first._coordinator is None or not first._coordinator.member_id:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        second = await started(lambda: consumer_of(broker_settings))
        try:
            while second.assignment() != everything:
                await second.getmany(timeout_ms=200)
        finally:
            await second.stop()

    asyncio.run(play())
