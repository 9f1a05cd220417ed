"""Reading with kafka-python: a record that the client cannot read stops nobody."""

import asyncio
from functools import partial

import crc32c
import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CorruptRecordError
from kafka.record import util as record_util

from giants.kafka.admin import create_topics
from giants.kafka.clients import client_options
from giants.kafka.follow import Follower
from giants.kafka.kafka_log import connection
from giants.kafka.lag import Consumer, Progress
from giants.kafka.reading import poll
from giants.kafka.topics import NAMES
from giants.settings import Settings
from tests.streams.test_polling import send_unreadable
from tests.waiting import wait_for


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    """A topic with good records around some that cannot be read."""
    create_topics(broker_settings)
    topic = NAMES.full_name(broker_settings)

    async def fill() -> None:
        producer = AIOKafkaProducer(**connection(broker_settings))
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
    with Progress(settings) as progress:
        assert progress.lag(Consumer("nobody", (NAMES,))) == 6


def test_the_client_still_raises_at_such_a_record_and_keeps_it_where_it_is_looked_for(
    settings: Settings,
) -> None:
    """What `giants.kafka.reading` relies on in kafka-python; where this fails it may no longer be needed."""
    consumer = KafkaConsumer(**client_options(settings), group_id=None, enable_auto_commit=False)
    place = TopicPartition(NAMES.full_name(settings), 2)
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    with pytest.raises(CorruptRecordError) as told:
        wait_for("the record", partial(consumer.poll, timeout_ms=100))
    assert isinstance(told.value.__context__, UnicodeDecodeError)
    assert consumer._fetcher._next_partition_records.topic_partition == place
    assert consumer._fetcher._next_partition_records.next_fetch_offset == 0
    consumer.seek(place, 1)
    assert poll(consumer, 100) == {}
    consumer.close()


def test_checksums_of_batches_are_computed_by_compiled_code() -> None:
    """In plain Python they cost more than all else that a consumer does."""
    assert record_util._crc32c is crc32c.crc32c
    assert record_util.calc_crc32c(b"123456789") == 0xE3069283
