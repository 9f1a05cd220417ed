"""The log of the agents on Kafka. Failures that waiting mends are waited out, whatever their number."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence, Set
from contextlib import aclosing
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from giants.kafka.admin import internal_topic_ids
from giants.kafka.connection import client_options, started
from giants.kafka.embedded_quirks import has_quirks
from giants.kafka.errors import (
    BatchTooLargeError,
    LogGapError,
    LogLostError,
    NotStartedError,
    is_retriable,
)
from giants.kafka.log import Entry, Log, Record, Stored, by_partition
from giants.kafka.outbox import Outbox
from giants.kafka.producer import Batch, BatchProducer
from giants.kafka.topics import BATCH_BYTES_MAX
from giants.retry import retrying_async
from giants.settings import Settings

_logger = structlog.get_logger(__name__)

_POLL_MS: Final = 60
# Most reads find that there is nothing new, and a worker that starts makes two for each partition.
_FETCH_WAIT_MS: Final = 10
_READ_RECORDS_MAX: Final = 5_000


class KafkaLog(Log):
    """Two producers, and one consumer that reads one partition at a time.

    A producer has one request at a broker at a time. What is sent on has one of its own, so that a fact on
    its way does not wait for the changelogs of facts before it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer = BatchProducer(settings, BATCH_BYTES_MAX, BATCH_BYTES_MAX)
        self._changelog_producer = BatchProducer(settings, BATCH_BYTES_MAX, BATCH_BYTES_MAX)
        self._reader: AIOKafkaConsumer | None = None
        self._reading = asyncio.Lock()
        self._outboxes: dict[TopicPartition, Outbox] = {}
        self._describing = asyncio.Lock()
        self._topic_ids: Mapping[str, str] | None = None

    async def start(self) -> None:
        """Connect; waits for the broker."""
        await self._producer.start()
        await self._changelog_producer.start()
        self._reader = await started(
            lambda: AIOKafkaConsumer(
                **client_options(self._settings),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                fetch_max_wait_ms=_FETCH_WAIT_MS,
                fetch_max_bytes=4 * BATCH_BYTES_MAX,
                max_partition_fetch_bytes=BATCH_BYTES_MAX,
            )
        )

    async def stop(self) -> None:
        """Disconnect; what still waits to be sent is not."""
        for outbox in self._outboxes.values():
            await outbox.stop()
        await self._producer.stop()
        await self._changelog_producer.stop()
        if self._reader is not None:
            await self._reader.stop()

    async def append(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        """Append as one batch; see `Log.append`."""
        batch = _batch(self._changelog_producer, records)
        if len(batch.rows) < len(records):
            raise BatchTooLargeError(topic, partition, len(records))
        return await self._changelog_producer.deliver(TopicPartition(topic, partition), batch)

    async def send(self, records: Iterable[Record]) -> Mapping[TopicPartition, int]:
        """Append anywhere; see `Log.send`. Partitions go side by side, the batches of one in order."""
        groups = by_partition(records)
        ends = await asyncio.gather(*(self._outbox(one).send(group) for one, group in groups.items()))
        return dict(zip(groups, ends, strict=True))

    async def read(
        self, topic: str, partition: int, start: int, stop: int | None = None
    ) -> AsyncGenerator[Stored]:
        """Read a partition; see `Log.read`."""
        async with aclosing(self._read(topic, partition, start, stop)) as batches:
            async for batch in batches:
                for message in batch:
                    if stop is not None and message.offset >= stop:
                        return
                    yield Stored(
                        message.offset, message.key, message.value, message.timestamp, tuple(message.headers)
                    )

    async def read_entries(self, topic: str, partition: int, start: int) -> AsyncGenerator[list[Entry]]:
        """Read a partition in polls; see `Log.read_entries`."""
        async with aclosing(self._read(topic, partition, start)) as batches:
            async for batch in batches:
                yield [(message.offset, message.key, message.value) for message in batch]

    async def _read(
        self, topic: str, partition: int, start: int, stop: int | None = None
    ) -> AsyncGenerator[list[Any]]:
        """Poll a partition up to `stop` or its end."""
        if stop is not None and start >= stop:
            return
        reader = self._there()
        async with self._reading:
            place = TopicPartition(topic, partition)
            reader.assign([place])
            reader.seek(place, start)
            try:
                async with aclosing(self._read_assigned(place, start, stop)) as batches:
                    async for batch in batches:
                        yield batch
            finally:
                reader.pause(place)  # else it would go on fetching, and the next read wait behind a fetch

    async def _read_assigned(
        self, place: TopicPartition, start: int, stop: int | None
    ) -> AsyncGenerator[list[Any]]:
        reader, quirks = self._there(), has_quirks(self._settings)
        end = None if quirks else (await self._ends([place]))[place]
        if end is not None and end <= start:
            _check_end(place, start, end)
            return
        while True:
            batch = await self._fetch(place)
            end = reader.highwater(place) if quirks else end
            if end is not None:
                _check_end(place, start, end)
            if batch:
                yield batch
            position = await reader.position(place)
            last = end if stop is None else stop
            if last is not None and position >= last:
                return
            if not batch and end is not None and position >= end:
                return

    async def has_new_records(self, partitions: Mapping[TopicPartition, int]) -> Set[TopicPartition]:
        """Ask for the ends of partitions; see `Log.has_new_records`.

        The embedded broker answers with the offset after the *first* record of the last batch: less than the
        end, but more than any offset at or before which the last batch begins, and that is all that is asked.
        """
        ends = await self._ends([TopicPartition(*one) for one in partitions])
        return {one for one, offset in partitions.items() if ends[TopicPartition(*one)] > offset}

    async def topic_id(self, topic: str) -> str:
        """Ask for the ids of all internal topics, once; see `Log.topic_id`."""
        async with self._describing:
            if self._topic_ids is None:
                async for attempt in retrying_async(is_retriable, "the broker"):
                    with attempt:
                        self._topic_ids = await asyncio.to_thread(internal_topic_ids, self._settings)
        return (self._topic_ids or {}).get(topic, "")

    async def _ends(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        ends: Mapping[TopicPartition, int] = {}
        async for attempt in retrying_async(is_retriable, "the broker"):
            with attempt:
                ends = await self._there().end_offsets(list(partitions))
        return ends

    async def _fetch(self, partition: TopicPartition) -> list[Any]:
        """Fetch some records. Raises `LogGapError` where the broker has deleted the first of them."""
        batches: Mapping[TopicPartition, list[Any]] = {}
        async for attempt in retrying_async(is_retriable, "the broker"):
            with attempt:
                try:
                    batches = await self._there().getmany(
                        partition, timeout_ms=_POLL_MS, max_records=_READ_RECORDS_MAX
                    )
                except OffsetOutOfRangeError as error:
                    await self._raise_gap(partition, error.args[0].get(partition))
        return list(batches.get(partition, ()))

    async def _raise_gap(self, partition: TopicPartition, offset: int | None) -> None:
        """Say what is missing; an answer about the partition that was read before says nothing."""
        if offset is None:
            return
        reader = self._there()
        first = (await reader.beginning_offsets([partition]))[partition]
        if offset < first:
            raise LogGapError(partition.topic, partition.partition, offset, first)
        end = (await reader.end_offsets([partition]))[partition]
        _check_end(partition, offset, end)

    def _there(self) -> Any:
        if self._reader is None:
            raise NotStartedError
        return self._reader

    def _outbox(self, partition: TopicPartition) -> Outbox:
        outbox = self._outboxes.get(partition)
        if outbox is None:
            outbox = self._outboxes[partition] = Outbox(partial(self._append_some, partition))
        return outbox

    async def _append_some(self, partition: TopicPartition, records: Sequence[Record]) -> tuple[int, int]:
        """Append what fits one batch; gives the offset of the first record and how many were taken."""
        batch = _batch(self._producer, records)
        first, taken = await self._producer.deliver(partition, batch), len(batch.rows)
        # Of a batch that was sent again and known a broker may not say where it is.
        if self.on_sent is not None and first >= 0:
            self.on_sent(partition, first, records[:taken])
        return first, taken


def _batch(producer: BatchProducer, records: Sequence[Record]) -> Batch:
    return producer.batch_of((one.key, one.value, one.timestamp_ms, list(one.headers)) for one in records)


def _check_end(partition: TopicPartition, start: int, end: int) -> None:
    if end < start:
        raise LogLostError(partition.topic, partition.partition, start, end)
