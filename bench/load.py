"""Laying out a load: whole batches, built beforehand, so that it is on the broker within moments."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from giants.kafka.log import Record
from giants.kafka.partitioner import partition_of
from schemas.facts import Family

_BATCH_BYTES_MAX: Final = 900_000


@dataclass(slots=True)
class Load:
    """Records by topic and partition, ready to be sent."""

    records: dict[tuple[str, int], list[Record]] = field(default_factory=lambda: defaultdict(list))

    def on(self, topic: str) -> "Load":
        """The same records for another topic; all of them, whatever they were for."""
        return Load({(topic, partition): records for (_, partition), records in self.records.items()})

    def publish(self, broker: str) -> None:
        """Send everything; returns once the broker has it."""
        asyncio.run(self._publish(broker))

    async def _publish(self, broker: str) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=broker,
            acks="all",
            max_batch_size=_BATCH_BYTES_MAX,
            max_request_size=2 * _BATCH_BYTES_MAX,
        )
        await producer.start()
        try:
            await asyncio.gather(
                *(self._send(producer, *place, records) for place, records in self.records.items())
            )
        finally:
            await producer.stop()

    @staticmethod
    async def _send(producer: Any, topic: str, partition: int, records: Sequence[Record]) -> None:
        batch = producer.create_batch()
        for record in records:
            arguments = {
                "key": record.key,
                "value": record.value,
                "timestamp": record.timestamp_ms,
                "headers": list(record.headers),
            }
            if batch.append(**arguments) is None:
                await (await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                assert batch.append(**arguments) is not None, "a record is smaller than a batch"
        await (await producer.send_batch(batch, topic, partition=partition))


def family_load(topic: str, partitions: int, families: Iterable[Family]) -> Load:
    """Families as a producer writes them, keyed by id and spread as Java's default partitioner does."""
    load = Load()
    for family in families:
        partition = partition_of(family.family_id, partitions)
        value = family.model_dump_json(by_alias=True).encode()
        load.records[topic, partition].append(Record(topic, partition, family.family_id.encode(), value))
    return load
