"""A record that the client cannot read stops neither who reads topics nor who asks for ends."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.lag import ConsumerGroup, LagMonitor
from giants.kafka.topic_reader import Follower
from giants.kafka.topics import NAMES
from giants.settings import Settings
from tests.kafka.test_poller import send_unreadable


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    """A topic with good records around some that cannot be read."""
    create_topics(broker_settings)
    topic = NAMES.full_name(broker_settings)

    async def fill() -> None:
        producer = AIOKafkaProducer(**client_options(broker_settings))
        await producer.start()
        await producer.send_and_wait(topic, b"before", partition=0)
        await send_unreadable(producer, topic, 0)
        await send_unreadable(producer, topic, 0)
        await producer.send_and_wait(topic, b"after", partition=0)
        await producer.send_and_wait(topic, b"elsewhere", partition=1)
        await send_unreadable(producer, topic, 2)
        await producer.stop()

    asyncio.run(fill())
    return broker_settings


def test_a_follower_reads_what_can_be_read_and_comes_to_the_end(settings: Settings) -> None:
    with Follower(settings, [NAMES]) as follower:
        read = [(message.partition, message.offset, message.value) for message in follower.to_end()]
    assert sorted(read) == [(0, 0, b"before"), (0, 3, b"after"), (1, 0, b"elsewhere")]


def test_how_far_a_group_is_can_be_asked_before_such_a_record(settings: Settings) -> None:
    with LagMonitor(settings) as progress:
        assert progress.lag(ConsumerGroup("nobody", (NAMES,))) == 6
