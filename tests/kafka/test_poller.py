"""Polling against the real broker: a record that the client cannot read costs nobody else a record."""

import asyncio
from collections.abc import Iterable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.record.util import calc_crc32c

from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.poller import Polled, Poller, Polling
from giants.kafka.topics import FAMILIES, NAMES
from giants.settings import Settings

_PLACEHOLDER = "header-name"
_CRC_AT, _CRC_COVERS_FROM = 17, 21  # of a record batch, message format 2


async def send_unreadable(producer: AIOKafkaProducer, topic: str, partition: int) -> None:
    """Send a record with a header whose name is not UTF-8, as no client in Python would."""
    batch = producer.create_batch()
    batch.append(key=None, value=b"hostile", timestamp=None, headers=[(_PLACEHOLDER, b"")])
    batch.close()
    name = _PLACEHOLDER.encode()
    raw = bytearray(bytes(batch._build()).replace(name, b"\xff" * len(name)))
    raw[_CRC_AT:_CRC_COVERS_FROM] = calc_crc32c(bytes(raw[_CRC_COVERS_FROM:])).to_bytes(4, "big")
    batch._buffer = raw
    await (await producer.send_batch(batch, topic, partition=partition))


async def poll_until(poller: Poller, values: Iterable[bytes]) -> list[Polled]:
    """Poll until all these values came."""
    wanted, polls = set(values), []
    while wanted:
        polls.append(await poller.poll(Polling(records_max=100, wait_ms=100)))
        wanted -= {record.value for batch in polls[-1].batches.values() for record in batch}
    return polls


async def play(settings: Settings, group: str | None) -> tuple[list[bytes], list[tuple[str, int, int]]]:
    """Good and unreadable records in two topics; returns what was read of them, and what was stepped over."""
    families, names = FAMILIES.full_name(settings), NAMES.full_name(settings)
    producer = AIOKafkaProducer(**client_options(settings))
    consumer = AIOKafkaConsumer(
        families, names, **client_options(settings), group_id=group, auto_offset_reset="earliest"
    )
    await producer.start()
    try:
        for topic in (families, names):
            await producer.send_and_wait(topic, b"before " + topic.encode(), partition=0)
        await send_unreadable(producer, families, 0)
        await send_unreadable(producer, families, 0)
        for topic in (families, names):
            await producer.send_and_wait(topic, b"after " + topic.encode(), partition=0)
        await consumer.start()
        wanted = [
            b"%s %s" % (when, topic.encode()) for topic in (families, names) for when in (b"before", b"after")
        ]
        poller = Poller(consumer, has_group=group is not None)
        if group is not None:  # a member of a group says where it begins without an offset
            for topic in (families, names):
                poller.begin_partition_at(TopicPartition(topic, 0), 0)
        polls = await poll_until(poller, wanted)
    finally:
        await producer.stop()
        await consumer.stop()
    values = [record.value for polled in polls for batch in polled.batches.values() for record in batch]
    over = [(one.topic, one.partition, one.offset) for polled in polls for one in polled.unreadable]
    return values, over


@pytest.mark.parametrize("group", ["a group", None])
def test_unreadable_records_are_stepped_over_and_nothing_else(
    broker_settings: Settings, group: str | None
) -> None:
    create_topics(broker_settings)
    values, over = asyncio.run(play(broker_settings, group))
    families, names = FAMILIES.full_name(broker_settings), NAMES.full_name(broker_settings)
    assert over == [(families, 0, 1), (families, 0, 2)]
    assert sorted(values) == sorted(
        f"{when} {topic}".encode() for topic in (families, names) for when in ("before", "after")
    )
