"""Whole batches to the broker: one producer for the log of the agents and for publishing facts.

A partition takes one batch at a time, in order, and a batch is tried until the broker has it. The producer is
idempotent where the broker allows it. aiokafka counts the batches of an idempotent producer, also one that
failed, and the broker then refuses all that follow: after a failure the producer is replaced by a new one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownError

from giants.kafka.connection import client_options, connected, started
from giants.kafka.embedded_quirks import has_quirks
from giants.kafka.errors import (
    BatchTooLargeError,
    DiskFullError,
    NotStartedError,
    UnknownTopicError,
    is_retriable,
    raise_refusal,
)
from giants.retry import retried
from giants.settings import Settings

REQUEST_SECONDS_MAX: Final = 40.0
TOPIC_SECONDS_MAX: Final = 5.0  # one that is just being created
CLOSE_SECONDS_MAX: Final = 5.0
_LOOK_SECONDS: Final = 0.5

_logger = structlog.get_logger(__name__)

# Key, value, milliseconds since 1970 or None for the time of sending, headers.
Row = tuple[bytes | None, bytes | None, int | None, list[tuple[str, bytes]]]


@dataclass(slots=True)
class Batch:
    """Records of one partition that land together or not at all."""

    builder: Any
    rows: list[Row] = field(default_factory=list)  # to build it again: a builder is sent once
    is_sent: bool = False

    def append(self, row: Row) -> bool:
        """Take a record in; False where the batch is full. The first fits whatever its size."""
        key, value, timestamp_ms, headers = row
        if self.builder.append(key=key, value=value, timestamp=timestamp_ms, headers=headers) is None:
            return False
        self.rows.append(row)
        return True


class BatchProducer:
    """Appends batches to partitions; its methods are for tasks of one event loop."""

    def __init__(
        self, settings: Settings, batch_bytes_max: int, request_bytes_max: int, *, waits_for_disk: bool = True
    ) -> None:
        """Without `waits_for_disk` a batch that the embedded broker has no room for is not tried again."""
        self._settings: Final = settings
        self._waits_for_disk: Final = waits_for_disk
        self._sizes: Final = {"max_batch_size": batch_bytes_max, "max_request_size": request_bytes_max}
        self._client: AIOKafkaProducer | None = None
        self._replacing = asyncio.Lock()
        # aiokafka would let the batches of a partition wait for a place until they time out.
        self._turns: Final[defaultdict[TopicPartition, asyncio.Lock]] = defaultdict(asyncio.Lock)

    async def start(self, *, waiting: bool = True) -> None:
        """Connect; waits for the broker, or raises aiokafka's `KafkaError` at once."""
        self._client = await (started if waiting else connected)(self._new)

    async def stop(self) -> None:
        """Disconnect; a broker that is gone is not waited for long, and what it did not take is lost."""
        client, self._client = self._client, None
        if client is not None:
            await _stop(client)

    def batch(self) -> Batch:
        """Begin a batch; from any thread."""
        return Batch(self._there().create_batch())

    def batch_of(self, rows: Iterable[Row]) -> Batch:
        """Build one batch of as many records as fit, from the first on."""
        batch = self.batch()
        for row in rows:
            if not batch.append(row):
                break
        return batch

    async def deliver(self, partition: TopicPartition, batch: Batch) -> int:
        """Append a batch and return the offset of its first record; a broker that is away is waited for.

        Raises `BatchTooLargeError`, `AuthorizationLostError`, `DiskFullError`, and aiokafka's `KafkaError`
        for what the broker will never take.
        """
        if not batch.rows:
            raise BatchTooLargeError(partition.topic, partition.partition, 1)
        async with self._turns[partition]:
            append = partial(self._append, partition, batch)
            return await retried(append, self._is_retriable, "the broker to take records")

    def _is_retriable(self, error: BaseException) -> bool:
        return is_retriable(error) and (self._waits_for_disk or not isinstance(error, DiskFullError))

    async def partition_count(self, topic: str) -> int:
        """How many partitions a topic has. Raises `UnknownTopicError`: none is created by publishing."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + TOPIC_SECONDS_MAX
        while True:
            # Asked for by its name, a topic that is missing would be made by brokers that allow it.
            known = await self._there().client.fetch_all_metadata()
            found = known.partitions_for_topic(topic)
            if found:
                return len(found)
            if loop.time() > deadline:
                raise UnknownTopicError(topic)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _append(self, partition: TopicPartition, batch: Batch) -> int:
        client = self._there()
        if batch.is_sent:
            batch.builder = self.batch_of(batch.rows).builder
        batch.is_sent = True
        try:
            sent = await client.send_batch(batch.builder, partition.topic, partition=partition.partition)
            # Who stops waiting leaves the batch under way: its failure is nobody's then.
            sent.add_done_callback(lambda done: done.cancelled() or done.exception())
            return int((await asyncio.shield(sent)).offset)
        except KafkaError as error:
            await self._replace(client)
            if isinstance(error, MessageSizeTooLargeError):
                raise BatchTooLargeError(partition.topic, partition.partition, len(batch.rows)) from error
            if isinstance(error, UnknownError) and has_quirks(self._settings):
                raise DiskFullError from error
            raise_refusal(error, f"to let {partition.topic} be written")
            raise

    async def _replace(self, failed: AIOKafkaProducer) -> None:
        if has_quirks(self._settings):
            return
        async with self._replacing:
            if self._client is failed:
                self._client = await started(self._new)
                # What other partitions have under way there may still land.
                await _stop(failed)

    def _new(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **client_options(self._settings),
            acks="all",
            enable_idempotence=not has_quirks(self._settings),
            linger_ms=0,
            request_timeout_ms=int(REQUEST_SECONDS_MAX * 1000),
            **self._sizes,
        )

    def _there(self) -> AIOKafkaProducer:
        if self._client is None:
            raise NotStartedError
        return self._client


async def _stop(client: AIOKafkaProducer) -> None:
    try:
        await asyncio.wait_for(client.stop(), CLOSE_SECONDS_MAX)
    except TimeoutError:
        await client.client.close()
