"""Reading from topics that anybody may write to: no record stops a consumer, and no failed poll loses any.

A header of Kafka has a name of any bytes, but aiokafka reads it as UTF-8 and raises at such a record each
time it comes to it. By then it may have counted records of other partitions as read which it never returned.
So after a poll that failed every partition goes back to what was returned last, and each that has more moves
on by one record at a time, stepping over those that cannot be read. Nothing is lost by that: intake writes
them to the dead letters, and their bytes stay where they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

_logger = structlog.get_logger(__name__)

# How long a partition is waited for while a record is stepped over: one that has something, and one of which
# it is not known.
_STEP_MILLISECONDS_MAX: Final = 2_000
_STEP_MILLISECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Polling:
    """How a consumer polls: at most so many records, after a wait for some of at most so long."""

    records_max: int
    wait_ms: int
    # How long the embedded broker may hold a fetch that finds nothing (`giants.kafka.embedded_quirks`).
    embedded_fetch_ms: int = 50
    fetch_bytes_min: int = 1  # what a broker waits for before it answers a fetch


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that the client cannot read, and why."""

    topic: str
    partition: int
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll gave: records by partition, each with its offset, and offsets that were stepped over."""

    batches: Mapping[TopicPartition, Sequence[Any]]
    unreadable: Sequence[Unreadable]

    def ends(self) -> dict[TopicPartition, int]:
        """For each partition the offset after the last of what came, as it has to be committed."""
        ends = {partition: batch[-1].offset + 1 for partition, batch in self.batches.items()}
        for one in self.unreadable:
            partition = TopicPartition(one.topic, one.partition)
            ends[partition] = max(ends.get(partition, 0), one.offset + 1)
        return ends

    def log_unreadable(self) -> None:
        """Log what was stepped over. Nothing is lost: intake has it in the dead letters."""
        for one in self.unreadable:
            _logger.warning(
                "a record that cannot be read is passed over",
                topic=one.topic,
                partition=one.partition,
                offset=one.offset,
                reason=one.reason,
            )


class Poller:
    """Polls one consumer; one without a group begins at the beginning of its partitions."""

    def __init__(self, consumer: AIOKafkaConsumer, *, has_group: bool = True) -> None:
        self._consumer, self._has_group = consumer, has_group
        self._given: dict[TopicPartition, int] = {}
        self._beginnings = 0

    def begin_at(self, starts: Mapping[TopicPartition, int]) -> None:
        """Forget what was given: partitions begin anew, here or where they are committed."""
        self._given = dict(starts)
        self._beginnings += 1

    def begin_partition_at(self, partition: TopicPartition, start: int) -> None:
        """One partition begins anew; what was given of the others stays known."""
        self._given[partition] = start

    def rewind(self, polled: Polled) -> None:
        """Read again what a poll gave, of partitions that are still here."""
        for partition, batch in polled.batches.items():
            if partition in self._consumer.assignment():
                self._consumer.seek(partition, batch[0].offset)
                self._given[partition] = batch[0].offset

    async def poll(self, polling: Polling) -> Polled:
        """Give what has come, or nothing after a while. Raises `KafkaError` for what waiting may mend.

        Nothing of a poll in which partitions began anew: some of it may be from before, and all comes again.
        """
        beginnings = self._beginnings
        try:
            polled = await self._poll(polling)
        except (NoOffsetForPartitionError, OffsetOutOfRangeError):
            raise  # said instead of records, none of which is lost
        except KafkaError:
            await self._go_back()
            raise
        ends = polled.ends()
        if beginnings == self._beginnings:
            self._given.update(ends)
            return polled
        if ends:
            await self._go_back()
        return Polled({}, ())

    async def _poll(self, polling: Polling) -> Polled:
        try:
            batches = await self._consumer.getmany(
                timeout_ms=polling.wait_ms, max_records=polling.records_max
            )
            return Polled(batches, ())
        except UnicodeDecodeError:
            await self._go_back()
        stepped: dict[TopicPartition, Sequence[Any]] = {}
        unreadable: list[Unreadable] = []
        for partition in self._consumer.assignment():
            wait_ms = await self._step_wait_ms(partition)
            if not wait_ms:
                continue
            try:
                stepped |= await self._consumer.getmany(partition, timeout_ms=wait_ms, max_records=1)
            except UnicodeDecodeError as error:
                offset = await self._consumer.position(partition)
                self._consumer.seek(partition, offset + 1)
                reason = f"the record has a header whose name is not UTF-8: {error}"
                unreadable.append(Unreadable(partition.topic, partition.partition, offset, reason))
        return Polled(stepped, unreadable)

    async def _step_wait_ms(self, partition: TopicPartition) -> int:
        """How long to wait for a record of a partition; 0 where it has none or is not here any more."""
        if partition not in self._consumer.assignment():
            return 0
        end = self._consumer.highwater(partition)
        if end is None:
            return _STEP_MILLISECONDS
        # What is there comes with the next fetch, which takes its time where the machine is busy.
        return _STEP_MILLISECONDS_MAX if await self._consumer.position(partition) < end else 0

    async def _go_back(self) -> None:
        for partition in self._consumer.assignment():
            offset = self._given.get(partition)
            if offset is None and self._has_group:
                offset = await self._consumer.committed(partition)
            if offset is not None:
                self._consumer.seek(partition, offset)
            elif not self._has_group:
                await self._consumer.seek_to_beginning(partition)
