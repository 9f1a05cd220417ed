"""What an agent needs of a broker: to append records, and to read a partition up to its end.

Two implementations: `streams.kafka.KafkaLog`, and the simulated broker of the tests, which crashes at will.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record to append; a None value is a tombstone. `topic` is the full name."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int | None = None  # None = the time of sending
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A record that was read."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers = ()


class Log(ABC):
    """A broker, as agents see it."""

    @abstractmethod
    async def append(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        """Append records to one partition as one atomic batch and wait until they are durable.

        Returns the offset of the first. Raises BatchTooLargeError where they do not fit one batch; a missing
        broker is waited for, so that a batch may land twice but never not at all.
        """

    @abstractmethod
    async def send(self, records: Iterable[Record]) -> None:
        """Append records anywhere, in order within each partition, and wait until all are durable."""

    @abstractmethod
    def read(self, topic: str, partition: int, start: int, stop: int | None = None) -> AsyncIterator[Stored]:
        """Read a partition from an offset up to `stop`, or to the end as it is when the end is reached."""


class BatchTooLargeError(Exception):
    """Records that have to be atomic do not fit one batch."""

    def __init__(self, topic: str, partition: int, records: int) -> None:
        super().__init__(f"{records} records do not fit one batch of {topic}/{partition}")


def by_partition(records: Iterable[Record]) -> Mapping[tuple[str, int], list[Record]]:
    """Group records by (topic, partition), keeping their order."""
    groups: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        groups.setdefault((record.topic, record.partition), []).append(record)
    return groups
