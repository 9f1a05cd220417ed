"""What an agent needs of a broker: to append records, and to read a partition up to its end.

Two implementations: `giants.kafka.kafka_log.KafkaLog`, and the simulated broker of the tests, which crashes
at will.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence, Set
from contextlib import aclosing

import msgspec
from aiokafka import TopicPartition

Headers = tuple[tuple[str, bytes], ...]
Entry = tuple[int, bytes | None, bytes | None]  # offset, key, value


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record to append; a None value is a tombstone. `topic` is the full name.

    Like those that are read, made by the million: a tuple with names takes four times as long to make.
    """

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int | None = None  # None = the time of sending
    headers: Headers = ()


class Stored(msgspec.Struct, frozen=True, gc=False):
    """A record that was read."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers = ()


# Is told of a batch that is durable: its partition, the offset of its first record, and all its records.
OnSent = Callable[[TopicPartition, int, Sequence[Record]], None]


class Log(ABC):
    """A broker, as agents see it.

    `on_sent` is told of what `send` has appended, as soon as that is durable. It may be told nothing of some
    batches: whoever listens reads the partition as well.
    """

    on_sent: OnSent | None = None

    @abstractmethod
    async def append(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        """Append records to one partition as one atomic batch and wait until they are durable.

        Returns the offset of the first. Raises BatchTooLargeError where they do not fit one batch; a missing
        broker is waited for, so that a batch may land twice but never not at all.
        """

    @abstractmethod
    async def send(self, records: Iterable[Record]) -> Mapping[TopicPartition, int]:
        """Append records anywhere, in order within each partition, and wait until all are durable.

        Returns the offset after the last record that was sent to each partition.
        """

    @abstractmethod
    def read(self, topic: str, partition: int, start: int, stop: int | None = None) -> AsyncGenerator[Stored]:
        """Read a partition from an offset up to `stop`, or to the end as it is when the end is reached.

        To be read through or closed before another is read. Raises LogLostError where the partition ends
        before `start`.
        """

    async def read_entries(self, topic: str, partition: int, start: int) -> AsyncGenerator[list[Entry]]:
        """Read a partition as `read` does, some records at a time and only what the state needs of them."""
        async with aclosing(self.read(topic, partition, start)) as records:
            async for stored in records:
                yield [(stored.offset, stored.key, stored.value)]

    @abstractmethod
    async def has_new_records(self, partitions: Mapping[TopicPartition, int]) -> Set[TopicPartition]:
        """Tell the partitions to which a batch was appended at or after an offset; cheaper than reading."""

    @abstractmethod
    async def topic_id(self, topic: str) -> str:
        """What tells a topic from one of its name that was there before; empty where the broker has none."""


def by_partition(records: Iterable[Record]) -> Mapping[TopicPartition, list[Record]]:
    """Group records by partition, keeping their order."""
    groups: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        groups[record.topic, record.partition].append(record)
    return {TopicPartition(*partition): group for partition, group in groups.items()}
