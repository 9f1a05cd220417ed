"""Reading topics outside any consumer group: from the beginning to the end as it is, or from the end on."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from giants.kafka.clients import client_options
from giants.kafka.reading import poll
from giants.kafka.topics import RECORD_BYTES_MAX, Topic
from giants.settings import Settings

_POLL_MS: Final = 200
_POLL_RECORDS_MAX: Final = 1_000


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
    """A consumer of whole topics, without a group. A context manager."""

    def __init__(self, settings: Settings, topics: Sequence[Topic]) -> None:
        self._names = {topic.full_name(settings): topic.name for topic in topics}
        self._consumer = KafkaConsumer(
            **client_options(settings),
            group_id=None,
            enable_auto_commit=False,
            max_poll_records=_POLL_RECORDS_MAX,
            max_partition_fetch_bytes=RECORD_BYTES_MAX + 100_000,
            fetch_max_wait_ms=_POLL_MS,
        )
        self._places = [
            TopicPartition(topic.full_name(settings), number)
            for topic in topics
            for number in range(topic.partition_count(settings))
        ]
        self._consumer.assign(self._places)

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def rewind(self) -> None:
        """Go to the oldest record of each partition."""
        self._consumer.seek_to_beginning(*self._places)

    def to_end(self) -> Iterator[Message]:
        """Everything that is there now, partition by partition in order."""
        self.rewind()
        yield from self._until_end()

    def skip_to_end(self) -> None:
        """Go behind everything that is there now.

        The ends are taken from fetches: the embedded broker's list of offsets understates them.
        """
        self._consumer.seek_to_end(*self._places)
        for _ in self._until_end():
            pass

    def onwards(self, stop: threading.Event) -> Iterator[Message]:
        """What comes from here on, until `stop` is set."""
        while not stop.is_set():
            yield from self._poll()

    def _until_end(self) -> Iterator[Message]:
        open_places = set(self._places)
        while open_places:
            yield from self._poll()
            open_places = {place for place in open_places if not self._at_end(place)}

    def _at_end(self, place: TopicPartition) -> bool:
        end = self._consumer.highwater(place)
        return end is not None and self._consumer.position(place) >= end

    def _poll(self) -> Iterator[Message]:
        for records in poll(self._consumer, _POLL_MS).values():
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
