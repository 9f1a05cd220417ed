"""Whole topics without a group: from an offset to the end as it is now, and onwards.

Compacted topics are read so: watchlists, companies, dead letters; and what a command follows.
"""

import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from giants.kafka.connection import EventLoopThread, client_options, connected, stop_consumer
from giants.kafka.embedded_quirks import end_offsets, fetch_wait_ms, has_quirks, patient_in_silence
from giants.kafka.poller import Polled, Poller, Polling
from giants.kafka.topics import RECORD_BYTES_MAX, Topic
from giants.settings import Settings

# How often it is asked whether topics have more partitions.
LOOK_SECONDS: Final = 10.0
_logger = structlog.get_logger(__name__)

_POLLING: Final = Polling(records_max=2_000, wait_ms=200, embedded_fetch_ms=200)


class TopicReader:
    """Reads all partitions of some topics; its methods are for one task of one event loop."""

    def __init__(
        self,
        settings: Settings,
        topics: Sequence[Topic],
        polling: Polling = _POLLING,
    ) -> None:
        self._settings: Final = settings
        self._polling: Final = polling
        self._counts = {topic.full_name(settings): topic.partition_count(settings) for topic in topics}
        self._looked_at = 0.0
        self._consumer = patient_in_silence(
            settings,
            AIOKafkaConsumer(
                **client_options(settings),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=fetch_wait_ms(settings, polling.embedded_fetch_ms),
                max_partition_fetch_bytes=RECORD_BYTES_MAX + 100_000,
            ),
        )
        self._poller: Final = Poller(self._consumer, has_group=False)
        # Offsets that may lie behind the end, and are checked once the end is known.
        self._unchecked: set[TopicPartition] = set()

    async def start(self, offsets: Mapping[TopicPartition, int] | None = None) -> None:
        """Connect and go to offsets, and to the oldest record of all other partitions. Raises `KafkaError`.

        Where the log ends before an offset, that partition is read from its oldest record too.
        """
        await connected(lambda: self._consumer)
        self._counts = await self._present_counts()
        self._consumer.assign(list(self.partitions))
        starts = {one: offset for one, offset in (offsets or {}).items() if one in self.partitions}
        for partition, offset in starts.items():
            self._consumer.seek(partition, offset)
        self._poller.begin_at(starts)
        # Other brokers refuse an offset behind the end, and the client goes to the oldest by itself.
        self._unchecked = set(starts) if has_quirks(self._settings) else set()

    @property
    def partitions(self) -> frozenset[TopicPartition]:
        """All partitions that are read: as many as the topics have, at least those of the settings."""
        return frozenset(
            TopicPartition(name, number) for name, count in self._counts.items() for number in range(count)
        )

    async def _present_counts(self) -> dict[str, int]:
        self._looked_at = monotonic()
        known = await self._consumer._client.fetch_all_metadata()
        return {
            name: max(count, len(known.partitions_for_topic(name) or ()))
            for name, count in self._counts.items()
        }

    async def _read_added_partitions(self) -> None:
        """Read partitions that were added since the start, from their oldest record."""
        counts = await self._present_counts()
        if counts == self._counts:
            return
        _logger.info("topics have more partitions: they are read too", partitions=counts)
        positions = {one: await self._consumer.position(one) for one in self.partitions}
        self._counts = counts
        self._consumer.assign(list(self.partitions))
        positions |= dict.fromkeys(self.partitions - positions.keys(), 0)
        for partition, offset in positions.items():
            self._consumer.seek(partition, offset)
        self._poller.begin_at(positions)

    async def stop(self) -> None:
        """Disconnect."""
        await stop_consumer(self._consumer)

    async def poll(self) -> Polled:
        """Give what has come, or nothing after a while. Raises `KafkaError`."""
        if monotonic() - self._looked_at > LOOK_SECONDS:
            await self._read_added_partitions()
        polled = await self._poller.poll(self._polling)
        for partition in [one for one in self._unchecked if self._consumer.highwater(one) is not None]:
            self._unchecked.discard(partition)
            if await self._consumer.position(partition) > self._consumer.highwater(partition):
                await self._consumer.seek_to_beginning(partition)
        return polled

    @property
    def fetched_at(self) -> float:
        """When the partition that was not fetched for the longest time was, seconds since 1970; 0 = never.

        A fetch counts that found nothing: a broker that is there answers each.
        """
        return (
            min((self._consumer.last_poll_timestamp(one) or 0 for one in self.partitions), default=0) / 1000
        )

    async def rewind(self) -> None:
        """Go to the oldest record of each partition."""
        await self._consumer.seek_to_beginning()
        self._poller.begin_at({})

    async def skip_to_end(self) -> None:
        """Go behind everything that is there now."""
        await self._consumer.seek_to_end()
        self._poller.begin_at({one: await self._consumer.position(one) for one in self.partitions})
        async for _ in self.to_end():
            pass

    async def to_end(self) -> AsyncIterator[Polled]:
        """Everything up to the end as it is now, partition by partition in order."""
        ends = await end_offsets(self._settings, self._consumer, self.partitions)
        left = set(self.partitions)
        while left:
            yield await self.poll()
            if has_quirks(self._settings):  # a fetch before this poll may have been before newer records
                ends = await end_offsets(self._settings, self._consumer, self.partitions)
            left = {one for one in left if not await self._has_reached(one, ends)}

    async def is_at_end(self) -> bool:
        """Whether everything that is there now was polled."""
        ends = await end_offsets(self._settings, self._consumer, self.partitions)
        return not self._unchecked and all([await self._has_reached(one, ends) for one in self.partitions])

    async def ends(self) -> Mapping[TopicPartition, int]:
        """Where the partitions end now. What is read meanwhile is dropped."""
        while True:
            ends = await end_offsets(self._settings, self._consumer, self.partitions)
            if len(ends) == len(self.partitions):
                return ends
            await self.poll()

    async def _has_reached(self, partition: TopicPartition, ends: Mapping[TopicPartition, int]) -> bool:
        end = ends.get(partition)
        return end is not None and await self._consumer.position(partition) >= end


@dataclass(frozen=True, slots=True)
class Message:
    """A record that was read; `topic` is without prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Mapping[str, bytes]


class Follower:
    """A `TopicReader` for programs that know no event loop. A context manager."""

    def __init__(self, settings: Settings, topics: Sequence[Topic]) -> None:
        self._names = {topic.full_name(settings): topic.name for topic in topics}
        self._thread = EventLoopThread("follower")
        try:
            self._reader: TopicReader = self._thread.call(_started_reader(settings, topics))
        except BaseException:
            self._thread.close()
            raise

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.call(self._reader.stop())
        self._thread.close()

    def to_end(self) -> Iterator[Message]:
        """Everything that is there now, from the oldest record, partition by partition in order."""
        self._thread.call(self._reader.rewind())
        batches = self._reader.to_end()
        while (polled := self._thread.call(_next(batches))) is not None:
            yield from self._messages(polled)

    def skip_to_end(self) -> None:
        """Go behind everything that is there now."""
        self._thread.call(self._reader.skip_to_end())

    def onwards(self, stop: threading.Event) -> Iterator[Message]:
        """What comes from here on, until `stop` is set."""
        while not stop.is_set():
            yield from self._messages(self._thread.call(self._reader.poll()))

    def _messages(self, polled: Polled) -> Iterator[Message]:
        polled.log_unreadable()
        for records in polled.batches.values():
            for record in records:
                yield self._message(record)

    def _message(self, record: Any) -> Message:
        return Message(
            topic=self._names[record.topic],
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            value=record.value,
            timestamp_ms=record.timestamp,
            headers={name: bytes(value or b"") for name, value in record.headers},
        )


async def _next(batches: AsyncIterator[Polled]) -> Polled | None:
    return await anext(batches, None)


async def _started_reader(settings: Settings, topics: Sequence[Topic]) -> TopicReader:
    reader = TopicReader(settings, topics)
    await reader.start()
    return reader
