"""aiokafka and kafka-python: the public calls and the habits that are built on."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from giants.settings import Settings
from tests.contracts.test_tansu import make_topic

# Murmur2 as Kafka's own clients have it; librdkafka takes CRC-32 unless it is told otherwise.
KEYS = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}


@pytest.mark.parametrize(("key", "hashed"), KEYS.items())
def test_keys_are_hashed_as_the_clients_of_kafka_itself_do(key: bytes, hashed: int) -> None:
    """Producers of others may hash otherwise: intake chooses the partition again (`agents.intake`)."""
    partitions = list(range(7))
    assert DefaultPartitioner()(key, partitions, partitions) == (hashed & 0x7FFF_FFFF) % len(partitions)


def test_a_batch_of_aiokafka_says_when_it_is_full_and_lands_whole(settings: Settings) -> None:
    """What state and outputs are written with (`giants.kafka.kafka_log`): one batch is whole or not there."""

    async def played() -> tuple[int, int]:
        producer = AIOKafkaProducer(bootstrap_servers=broker, max_batch_size=1_000)
        await producer.start()
        batch, taken = producer.create_batch(), 0
        while batch.append(key=b"k", value=bytes(100), timestamp=None) is not None:
            taken += 1
        first = await (await producer.send_batch(batch, topic, partition=0))
        again = producer.create_batch()
        again.append(key=b"k", value=b"v", timestamp=None)
        second = await (await producer.send_batch(again, topic, partition=0))
        await producer.stop()
        assert first.offset == 0
        return taken, int(second.offset)

    broker = settings.require_broker()
    topic = make_topic(broker, f"{settings.topic_prefix}batches").topic
    taken, next_offset = asyncio.run(played())
    assert 1 < taken < 10
    assert next_offset == taken, "the offsets follow without a gap"
