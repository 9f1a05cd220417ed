"""The embedded broker: what it does other than Apache Kafka, and what it can do all the same."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaConnectionError

from giants.embedded.broker import start_broker

BATCH = 50
CONNECT_SECONDS = 5.0
CONNECT_MS = 5_000


def make_topic(broker: str, topic: str, **configs: str) -> TopicPartition:
    admin = KafkaAdminClient(bootstrap_servers=broker)
    wanted = {"num_partitions": 1, "replication_factor": 1, "configs": configs}
    admin.create_topics({topic: wanted}, wait_for_metadata=True)
    admin.close()
    return TopicPartition(topic, 0)


async def append(broker: str, topic: str, records: int) -> None:
    """Append records as one batch."""
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    batch = producer.create_batch()
    for number in range(records):
        batch.append(key=b"k", value=b"%d" % number, timestamp=None)
    await (await producer.send_batch(batch, topic, partition=0))
    await producer.stop()


def everything(broker: str, place: TopicPartition) -> list[bytes]:
    """Read a topic up to the end that a fetch tells."""
    consumer = KafkaConsumer(bootstrap_servers=broker)
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    found: list[bytes] = []
    while (end := consumer.highwater(place)) is None or consumer.position(place) < end:
        found += [record.value for record in consumer.poll(timeout_ms=200).get(place, ())]
    consumer.close()
    return found


def test_the_end_that_it_lists_is_the_last_batch_begun_and_the_one_of_a_fetch_is_true(
    broker: str, topic_prefix: str
) -> None:
    """Why every end comes from a fetch (`giants.kafka`: `lag`, `follow`, `kafka_log`)."""
    place = make_topic(broker, f"{topic_prefix}ends")
    for _ in range(2):
        asyncio.run(append(broker, place.topic, BATCH))
    consumer = KafkaConsumer(bootstrap_servers=broker)
    consumer.assign([place])
    listed = consumer.end_offsets([place])[place]
    consumer.seek_to_beginning(place)
    while consumer.highwater(place) is None:
        consumer.poll(timeout_ms=100)
    fetched = consumer.highwater(place)
    consumer.close()
    assert (listed, fetched) == (BATCH + 1, 2 * BATCH)


def test_it_has_no_transactions(broker: str) -> None:
    """Why ids and positions make what is sent twice harmless, instead of `exactly_once`."""

    async def begin() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=broker, transactional_id="contract")
        try:
            await asyncio.wait_for(producer.start(), CONNECT_SECONDS)
        finally:
            await producer.stop()

    with pytest.raises((KafkaError, TimeoutError)):
        asyncio.run(begin())


def test_it_drops_nothing_by_age_whatever_a_topic_says(broker: str, topic_prefix: str) -> None:
    """Its memory grows with what came in, which is why it is for trying things out."""
    place = make_topic(broker, f"{topic_prefix}aged", **{"retention.ms": "1", "segment.ms": "1"})
    asyncio.run(append(broker, place.topic, BATCH))
    asyncio.run(append(broker, place.topic, BATCH))
    assert len(everything(broker, place)) == 2 * BATCH


def test_it_cannot_delete_records_and_says_so_by_closing_the_connection(
    broker: str, topic_prefix: str
) -> None:
    """Why nothing here deletes records."""
    place = make_topic(broker, f"{topic_prefix}deleted")
    asyncio.run(append(broker, place.topic, BATCH))
    admin = KafkaAdminClient(bootstrap_servers=broker, request_timeout_ms=CONNECT_MS)
    try:
        with pytest.raises(KafkaConnectionError):
            admin.delete_records({place: BATCH})
    finally:
        admin.close()
    assert len(everything(broker, place)) == BATCH


def test_it_keeps_every_version_of_a_key_and_forgets_all_when_it_ends(tmp_path: Path) -> None:
    """Why `giants up` puts a log on disk in front of it."""
    broker = start_broker(tmp_path / "first.log")
    place = make_topic(broker.address, "compacted", **{"cleanup.policy": "compact"})
    asyncio.run(append(broker.address, place.topic, BATCH))
    assert len(everything(broker.address, place)) == BATCH, "one key, every version"
    broker.stop()
    again = start_broker(tmp_path / "second.log")
    admin = KafkaAdminClient(bootstrap_servers=again.address)
    try:
        assert place.topic not in admin.list_topics()
    finally:
        admin.close()
        again.stop()
