"""How far consumer groups are, and whether all that was published is through.

A stage commits only after its output is durable. So when the first group has passed the ends that its topics
had when it was asked, and after that the second those of its own, and so on, all that was published before
the question is through, however much goes on coming.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import TopicPartition
from kafka import KafkaAdminClient
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from giants.errors import RetriableError
from giants.kafka import topics
from giants.kafka.admin import admin_client, described_by
from giants.kafka.connection import EventLoopThread
from giants.kafka.embedded_quirks import has_quirks
from giants.kafka.errors import (
    BrokerError,
    KafkaFailure,
    LogGapError,
    UnknownTopicError,
    UnreachableBrokerError,
    raise_refusal,
)
from giants.kafka.topic_reader import TopicReader
from giants.kafka.topics import Topic
from giants.settings import Settings

_WAIT_SECONDS: Final = 0.1
# How long topics that are missing are waited for: the first worker makes them.
TOPICS_SECONDS_MAX: Final = 60.0
ENDS_SECONDS_MAX: Final = 60.0
# Partitions named in one error; more are counted.
_PARTITIONS_NAMED_MAX: Final = 8

# Where a group has more to read: its offset, and the end; None where the broker did not say.
Lag = Mapping[TopicPartition, tuple[int, int]] | None


@dataclass(frozen=True, slots=True)
class ConsumerGroup:
    """A consumer group of the flow, without prefix, and the topics that it reads."""

    group: str
    topics: tuple[Topic, ...]


INTAKE: Final = ConsumerGroup("intake", topics.INPUTS)
REGISTRY: Final = ConsumerGroup("worker", (topics.PROGRAMME_LOG,))
PORTFOLIO: Final = ConsumerGroup("worker", (topics.FAMILY_LOG,))
INVENTIONS: Final = ConsumerGroup("worker", (topics.INVENTION_LOG,))
EXPOSURE: Final = ConsumerGroup("worker", (topics.DELTA_LOG,))
# The portfolio writes claims to its own log, and inventions answer through it; to answers it adds nothing.
STREAM: Final = (INTAKE, REGISTRY, PORTFOLIO, PORTFOLIO, INVENTIONS, PORTFOLIO, EXPOSURE)
WATCH: Final = ConsumerGroup(
    "watch", (topics.STATUS_CHANGES, topics.RATING_CHANGES, topics.SIGNAL_CHANGES, topics.LIST_CHANGES)
)
DELIVERY: Final = ConsumerGroup("delivery", (topics.ALERTS,))
STORE: Final = ConsumerGroup("store", (*topics.INPUTS, *topics.OUTPUTS, topics.DELTA_LOG))
FLOW: Final = (*STREAM, STORE)


class NotCaughtUpError(BrokerError, RetriableError):
    """The stream did not get through in time."""

    def __init__(self, group: ConsumerGroup, lag: Lag, seconds: float) -> None:
        """`lag` is None where the broker did not say."""
        if lag is None:
            super().__init__(f"after {seconds:.0f} s the broker does not say how far {group.group} is")
            return
        partitions = [
            f"{one.topic}/{one.partition} at {start} of {end}" for one, (start, end) in sorted(lag.items())
        ]
        more = len(partitions) - _PARTITIONS_NAMED_MAX
        super().__init__(
            f"after {seconds:.0f} s the group {group.group} still has {_records(lag)} records to read: "
            + ", ".join(partitions[:_PARTITIONS_NAMED_MAX])
            + (f" and {more} more" if more > 0 else "")
        )


class LagMonitor:
    """Asks a broker how far its consumer groups are. A context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin: KafkaAdminClient | None = admin_client(settings)

    def close(self) -> None:
        """Disconnect."""
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()

    def __enter__(self) -> "LagMonitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def lag(self, group: ConsumerGroup) -> int:
        """Records that a group has still to read. Raises `KafkaError`; the next call connects anew."""
        starts = self._committed(group, self._partitions(group))
        return _records(_lag(starts, ends_of(self._settings, starts)))

    def committed(self, group: ConsumerGroup) -> dict[TopicPartition, int]:
        """The offset of a group in each of its partitions; 0 where it has none. Raises `KafkaError`."""
        return self._committed(group, self._partitions(group))

    def wait(
        self,
        flow: tuple[ConsumerGroup, ...] = FLOW,
        timeout_seconds: float = 600.0,
        report: Callable[[ConsumerGroup, int], None] | None = None,
    ) -> None:
        """Wait until all that was published before this call is through.

        Raises `NotCaughtUpError`; `LogGapError` where records were deleted before their group read them,
        `UnknownTopicError` and `AuthorizationLostError`: none of these would come to an end by waiting.
        """
        began = time.monotonic()
        deadline = began + timeout_seconds
        for group in flow:
            ends: dict[TopicPartition, int] = {}
            while (lag := self._lag_to(group, ends)) != {}:
                if report is not None:
                    report(group, _records(lag))
                if lag is None and time.monotonic() > began + TOPICS_SECONDS_MAX:
                    self._raise_missing(group)
                if time.monotonic() > deadline:
                    raise NotCaughtUpError(group, lag, timeout_seconds)
                time.sleep(_WAIT_SECONDS)

    def _lag_to(self, group: ConsumerGroup, ends: dict[TopicPartition, int]) -> Lag:
        """How far the group is from `ends`, looked up the first time; None where the broker did not say."""
        try:
            starts = self._committed(group, list(ends) or self._partitions(group))
            if not ends:
                ends.update(ends_of(self._settings, starts))
                self._raise_gap(group, starts, ends)
        except KafkaFailure as error:  # a group that is just being made, a broker that restarts
            raise_refusal(error, "to say how far groups are")
            return None
        return _lag(starts, ends)

    def _partitions(self, group: ConsumerGroup) -> list[TopicPartition]:
        """Every partition that the topics of a group have. Raises `KafkaError` where one is missing."""
        names = [topic.full_name(self._settings) for topic in group.topics]
        with self._asking() as admin:
            described = described_by(admin, names)
        missing = sorted(set(names) - described.keys())
        if missing:
            raise UnknownTopicOrPartitionError(missing[0])
        return [
            TopicPartition(name, number) for name in names for number in range(described[name].partitions)
        ]

    def _raise_missing(self, group: ConsumerGroup) -> None:
        try:
            self._partitions(group)
        except UnknownTopicOrPartitionError as error:
            raise UnknownTopicError(str(error.args[0])) from error
        except KafkaError:
            return

    def _raise_gap(
        self, group: ConsumerGroup, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> None:
        """Raise `LogGapError` where the records that a group reads next were deleted."""
        behind = {one: start for one, start in starts.items() if 0 < start < ends.get(one, 0)}
        if not behind or has_quirks(self._settings):
            return
        with self._asking() as admin:
            firsts = admin.list_partition_offsets(dict.fromkeys(behind, OffsetSpec.EARLIEST))
        for one, start in behind.items():
            if start < firsts[one].offset:
                name = f"{self._settings.topic_prefix}{group.group}"
                raise LogGapError(one.topic, one.partition, start, firsts[one].offset, name)

    @contextmanager
    def _asking(self) -> Iterator[KafkaAdminClient]:
        """The client; made anew after a failure.

        It remembers the coordinator of a group for good, also one that died or handed over.
        """
        if self._admin is None:
            self._admin = admin_client(self._settings)
        try:
            yield self._admin
        except KafkaError:
            self.close()
            raise

    def _committed(
        self, group: ConsumerGroup, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """The offset of a group in each of its partitions; 0 where it committed none."""
        name = f"{self._settings.topic_prefix}{group.group}"
        with self._asking() as admin:
            found: Mapping[Any, Any] = admin.list_group_offsets({name: list(partitions)})[name]
        return {one: max(found[one].offset, 0) if one in found else 0 for one in partitions}


def partitions_of(settings: Settings, of_topics: Iterable[Topic]) -> list[TopicPartition]:
    """Every partition of some topics."""
    return [
        TopicPartition(topic.full_name(settings), number)
        for topic in of_topics
        for number in range(topic.partition_count(settings))
    ]


def ends_of(settings: Settings, starts: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """Where partitions end now; none ends before its offset in `starts`. Raises `KafkaError`."""
    if not has_quirks(settings):
        with admin_client(settings) as admin:
            found = admin.list_partition_offsets(dict.fromkeys(starts, OffsetSpec.LATEST))
        return {TopicPartition(*one): end.offset for one, end in found.items()}
    thread = EventLoopThread("ends")
    try:
        ends: dict[TopicPartition, int] = thread.call(
            asyncio.wait_for(_fetched_ends(settings, starts), ENDS_SECONDS_MAX)
        )
    except TimeoutError as error:
        raise UnreachableBrokerError(settings.broker, "it does not say where partitions end") from error
    else:
        return ends
    finally:
        thread.close()


async def _fetched_ends(
    settings: Settings, starts: Mapping[TopicPartition, int]
) -> Mapping[TopicPartition, int]:
    names = {one.topic for one in starts}
    reader = TopicReader(settings, [topic for topic in topics.ALL if topic.full_name(settings) in names])
    try:
        await reader.start(starts)
        ends = await reader.ends()
        return {one: ends[one] for one in starts}
    finally:
        await reader.stop()


def _lag(
    starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> Mapping[TopicPartition, tuple[int, int]]:
    return {one: (starts[one], end) for one, end in ends.items() if end > starts[one]}


def _records(lag: Lag) -> int:
    """How many records are left to read; where that is not known, at least one."""
    return 1 if lag is None else sum(end - start for start, end in lag.values())
