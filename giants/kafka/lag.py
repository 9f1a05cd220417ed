"""Whether all that was published is through: asked of one stage after another, in the order of the flow.

A stage commits only after what it sent is durable. So when the first has passed the ends that its topics had
when it was asked, and after that the second those of its own, and so on, all that was published before the
question is through, however much goes on coming.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from giants.errors import GiantsError
from giants.kafka import topics
from giants.kafka.clients import client_options
from giants.kafka.reading import ends_of
from giants.kafka.topics import Topic
from giants.settings import Settings

_POLL_MS: Final = 60
_WAIT_SECONDS: Final = 0.1
# Partitions named in one error; more are counted.
_PLACES_TOLD_MAX: Final = 8

# Where a group has more to read: how far it is, and the end; None where the broker did not say.
Behind = Mapping[TopicPartition, tuple[int, int]] | None


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer group of the flow and the topics that it reads."""

    group: str
    topics: tuple[Topic, ...]


INTAKE: Final = Consumer("intake", topics.INPUTS)
REGISTRY: Final = Consumer("worker", (topics.PROGRAMME_LOG,))
PORTFOLIO: Final = Consumer("worker", (topics.FAMILY_LOG,))
EXPOSURE: Final = Consumer("worker", (topics.DELTA_LOG,))
STREAM: Final = (INTAKE, REGISTRY, PORTFOLIO, EXPOSURE)
WATCH: Final = Consumer("watch", (topics.STATUS_CHANGES, topics.RATING_CHANGES, topics.SIGNAL_CHANGES))
STORE: Final = Consumer("store", (*topics.INPUTS, *topics.OUTPUTS, topics.DELTA_LOG))
FLOW: Final = (*STREAM, STORE)


class NotCaughtUpError(GiantsError):
    """The stream did not get through in time."""

    def __init__(self, consumer: Consumer, behind: "Behind", seconds: float) -> None:
        """`behind` is None where the broker did not say."""
        if behind is None:
            super().__init__(f"after {seconds:.0f} s the broker does not say how far {consumer.group} is")
            return
        places = [
            f"{place.topic}/{place.partition} at {start} of {end}"
            for place, (start, end) in sorted(behind.items())
        ]
        more = len(places) - _PLACES_TOLD_MAX
        super().__init__(
            f"after {seconds:.0f} s the group {consumer.group} still has {_records(behind)} records to read: "
            + ", ".join(places[:_PLACES_TOLD_MAX])
            + (f" and {more} more" if more > 0 else "")
        )


class Progress:
    """Asks a broker how far its consumer groups are."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin: KafkaAdminClient | None = KafkaAdminClient(**client_options(settings))

    def close(self) -> None:
        """Disconnect."""
        self._forget_admin()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def lag(self, consumer: Consumer) -> int:
        """Records that a group has still to read. Raises KafkaError; the next call connects anew."""
        starts = self._starts_of(consumer)
        return _records(_behind(starts, self._ends_of(starts)))

    def wait(
        self,
        flow: tuple[Consumer, ...] = FLOW,
        timeout_seconds: float = 600.0,
        report: Callable[[Consumer, int], None] | None = None,
    ) -> None:
        """Wait until all that was published before this call is through; raises `NotCaughtUpError`."""
        deadline = time.monotonic() + timeout_seconds
        for consumer in flow:
            ends: dict[TopicPartition, int] = {}
            while (behind := self._behind_or_trouble(consumer, ends)) != {}:
                if report is not None:
                    report(consumer, _records(behind))
                if time.monotonic() > deadline:
                    raise NotCaughtUpError(consumer, behind, timeout_seconds)
                time.sleep(_WAIT_SECONDS)

    def _starts_of(self, consumer: Consumer) -> dict[TopicPartition, int]:
        """How far a group has come."""
        group = f"{self._settings.topic_prefix}{consumer.group}"
        places = [place for topic in consumer.topics for place in self._places(topic)]
        committed = self._committed(group, places)
        return {place: max(committed[place].offset, 0) if place in committed else 0 for place in places}

    def _committed(self, group: str, places: list[TopicPartition]) -> Mapping[TopicPartition, Any]:
        if self._admin is None:
            self._admin = KafkaAdminClient(**client_options(self._settings))
        try:
            return dict(self._admin.list_group_offsets({group: places})[group])
        except KafkaError:
            # The client remembers the coordinator of a group for good, also one that died or handed over.
            self._forget_admin()
            raise

    def _forget_admin(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()

    def _behind_or_trouble(self, consumer: Consumer, ends: dict[TopicPartition, int]) -> Behind:
        """Where the group is behind `ends`, which are looked up the first time."""
        try:
            starts = self._starts_of(consumer)
            if not ends:
                ends.update(self._ends_of(starts))
        except KafkaError:  # a group that is just being made, a broker that restarts
            return None
        return _behind(starts, ends)

    def _places(self, topic: Topic) -> list[TopicPartition]:
        name = topic.full_name(self._settings)
        return [TopicPartition(name, number) for number in range(topic.partition_count(self._settings))]

    def _ends_of(self, starts: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """End of each partition now."""
        options = client_options(self._settings)
        with closing(
            KafkaConsumer(**options, group_id=None, enable_auto_commit=False, fetch_max_wait_ms=_POLL_MS)
        ) as consumer:
            consumer.assign(list(starts))
            for place, start in starts.items():
                consumer.seek(place, start)
            return ends_of(consumer, _POLL_MS)


def _behind(
    starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> Mapping[TopicPartition, tuple[int, int]]:
    return {place: (starts[place], end) for place, end in ends.items() if end > starts[place]}


def _records(behind: Behind) -> int:
    """How many records are left to read; where that is not known, at least one."""
    return 1 if behind is None else sum(end - start for start, end in behind.values())
