"""One member of a consumer group: polls, commits, and what happens when partitions move.

Nothing is committed by itself. What was polled before partitions moved comes again after it to whoever has
the partition then, and must not be taken: `generation` says whether they moved.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from giants.kafka.connection import client_options, connected
from giants.kafka.embedded_quirks import end_offsets, fetch_wait_ms, group_member, leave, patient_in_silence
from giants.kafka.errors import LogGapError, LogLostError
from giants.kafka.metrics import KAFKA_METRICS
from giants.kafka.poller import Polled, Poller, Polling
from giants.kafka.topics import RECORD_BYTES_MAX
from giants.settings import Settings

# The shortest that brokers allow: partitions of a member that was killed go elsewhere after it, and the
# embedded broker lets a group wait half of it before it begins.
SESSION_MS: Final = 6_000
HEARTBEAT_MS: Final = 1_000
# So long the others of a group wait for a member to finish what it has before partitions move.
REBALANCE_MS_MAX: Final = 60_000
POLL_INTERVAL_MS_MAX: Final = 24 * 3_600_000  # what is waited for may be away for long; heartbeats go on
# Topics that are created later are found within this time.
METADATA_AGE_MS_MAX: Final = 5_000
COMMIT_SECONDS_MAX: Final = 10.0
CLOSE_SECONDS_MAX: Final = 5.0
TOPICS_LOOK_SECONDS: Final = 0.5
BOUNDS_SECONDS_MAX: Final = 2.0

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Membership:
    """A group and its topics, by their full names.

    A member with an `instance_id` that comes back within the time of its session gets its partitions back
    without a rebalance.
    """

    group: str
    topics: Collection[str]
    instance_id: str | None = None


class RebalanceHooks:
    """What a member does when partitions move: nothing, unless these are overridden."""

    # Whether records that were deleted before they were read are passed over; else they are an error.
    accepts_gaps: bool = False
    # Whether a partition that ends before the offset is read from its beginning; else it is an error.
    reads_again: bool = False

    async def before_partitions_go(self) -> None:
        """Finish what is begun: partitions may go elsewhere, and those that stay are read again from the
        committed offsets."""

    def starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where partitions that come are read from, whatever is committed, as far as this process knows."""
        del partitions
        return {}

    async def start_without_offset(self, partition: TopicPartition, first: int) -> int:
        """Where a partition is read from of which nothing is committed; `first` is its oldest record."""
        del partition
        return first


class GroupConsumer:
    """Reads topics as one of a group; its methods are for one task of one event loop."""

    def __init__(
        self,
        settings: Settings,
        membership: Membership,
        polling: Polling,
        hooks: RebalanceHooks | None = None,
    ) -> None:
        self._settings: Final = settings
        self._topics: Final = frozenset(membership.topics)
        self._polling: Final = polling
        self._hooks: Final = hooks or RebalanceHooks()
        self._consumer: Final = patient_in_silence(
            settings,
            group_member(
                settings,
                AIOKafkaConsumer(
                    **client_options(settings),
                    group_id=membership.group,
                    group_instance_id=membership.instance_id,
                    enable_auto_commit=False,
                    # Where to begin without a valid offset is decided here, and counted.
                    auto_offset_reset="none",
                    metadata_max_age_ms=METADATA_AGE_MS_MAX,
                    session_timeout_ms=SESSION_MS,
                    heartbeat_interval_ms=HEARTBEAT_MS,
                    rebalance_timeout_ms=REBALANCE_MS_MAX,
                    max_poll_interval_ms=POLL_INTERVAL_MS_MAX,
                    max_partition_fetch_bytes=RECORD_BYTES_MAX,
                    fetch_max_wait_ms=fetch_wait_ms(settings, polling.embedded_fetch_ms),
                    fetch_min_bytes=polling.fetch_bytes_min,
                ),
            ),
        )
        self._poller: Final = Poller(self._consumer)
        self._group: Final = membership.group
        self._known_bounds: dict[TopicPartition, tuple[int, int]] = {}
        self._bounds_at = 0.0
        self._own_starts: dict[TopicPartition, int] = {}
        self._moves = 0
        self._are_gone = False

    async def start(self) -> None:
        """Connect, once. Raises `KafkaError` where no broker answers."""
        await connected(lambda: self._consumer)

    async def stop(self) -> None:
        """Leave the group, without waiting long for a broker that may be gone."""
        try:
            await asyncio.wait_for(leave(self._settings, self._consumer), CLOSE_SECONDS_MAX)
        except TimeoutError:
            _logger.warning("the broker did not take leave in time", seconds=CLOSE_SECONDS_MAX)

    async def missing_topics(self) -> list[str]:
        """Topics that the broker does not have yet. None may be asked for before: it might make them."""
        return sorted(self._topics - await self._consumer.topics())

    async def topics_are_there(
        self,
        is_over: Callable[[], bool] = lambda: False,
        on_missing: Callable[[list[str]], None] = lambda _: None,
    ) -> bool:
        """Wait until the broker has all topics; False where `is_over` comes first."""
        while missing := await self.missing_topics():
            on_missing(missing)
            if is_over():
                return False
            await asyncio.sleep(TOPICS_LOOK_SECONDS)
        return True

    async def join_when_topics_are_there(
        self,
        is_over: Callable[[], bool] = lambda: False,
        on_missing: Callable[[list[str]], None] = lambda _: None,
    ) -> bool:
        """Begin to read once the broker has all topics; False where `is_over` comes first."""
        if not await self.topics_are_there(is_over, on_missing):
            return False
        self._consumer.subscribe(list(self._topics), listener=_Listener(self))
        return True

    @property
    def generation(self) -> int | None:
        """Another one whenever partitions moved, None while they move."""
        return None if self._are_gone else self._moves

    async def poll(self) -> Polled:
        """Give what has come, or nothing after a while.

        Raises `KafkaError`; `LogGapError` and `LogLostError` where the broker lacks records.
        """
        if self._own_starts:
            # Else the group would seem to have read nothing until the next record.
            starts, self._own_starts = self._own_starts, {}
            await self.commit(starts)
        try:
            polled = await self._poller.poll(self._polling)
        except NoOffsetForPartitionError as error:
            await self._begin_without_offset(error.args[0])
        except OffsetOutOfRangeError as error:
            for partition, offset in error.args[0].items():
                await self._begin_elsewhere(partition, offset)
        else:
            self._note(polled)
            return polled
        return Polled({}, ())

    async def _begin_without_offset(self, partition: TopicPartition) -> None:
        first, end = await self._bounds(partition)
        start = self._hooks.starts([partition]).get(partition)
        if start is None:
            start = await self._hooks.start_without_offset(partition, first)
            if end > 0:
                self._note_reset(partition, "none", start)
            if start > first:
                self._own_starts[partition] = start
        self._seek(partition, start)

    async def _begin_elsewhere(self, partition: TopicPartition, offset: int) -> None:
        first, end = await self._bounds(partition)
        place = partition.topic, partition.partition
        if offset < first:
            committed = await self._consumer.committed(partition)
            was_accepted = committed is not None and committed >= first
            if not was_accepted and not self._hooks.accepts_gaps:
                raise LogGapError(*place, offset, first, self._group)
            self._note_reset(partition, "deleted", first, offset)
            self._seek(partition, first)
        elif offset > end:
            if not self._hooks.reads_again:
                raise LogLostError(*place, offset, end)
            self._note_reset(partition, "behind_the_end", first, offset)
            self._seek(partition, first)

    async def offset_at(self, partition: TopicPartition, at_ms: int) -> int:
        """Offset of the first record at or after an instant; the end where there is none."""
        found = (await self._consumer.offsets_for_times({partition: at_ms}))[partition]
        return int(found.offset) if found is not None else (await self._bounds(partition))[1]

    async def _bounds(self, partition: TopicPartition) -> tuple[int, int]:
        """Offsets of the oldest record and of the end, which are asked for all partitions at once.

        A new group finds that it has no offset one partition after the other.
        """
        now = monotonic()
        if partition not in self._known_bounds or now - self._bounds_at > BOUNDS_SECONDS_MAX:
            partitions = list(self._consumer.assignment() | {partition})
            firsts = await self._consumer.beginning_offsets(partitions)
            ends = await self._consumer.end_offsets(partitions)
            self._known_bounds = {one: (firsts[one], ends[one]) for one in partitions}
            self._bounds_at = now
        return self._known_bounds[partition]

    def _seek(self, partition: TopicPartition, offset: int) -> None:
        if partition in self._consumer.assignment():
            self._consumer.seek(partition, offset)
            self._poller.begin_partition_at(partition, offset)

    def _note_reset(
        self, partition: TopicPartition, reason: str, start: int, offset: int | None = None
    ) -> None:
        KAFKA_METRICS.resets.labels(self._group, partition.topic, reason).inc()
        if offset is None:
            return  # a new group: a program that is started for the first time has nothing to be warned of
        _logger.warning(
            "a partition is read from another offset than was committed",
            group=self._group,
            topic=partition.topic,
            partition=partition.partition,
            committed=offset,
            read_from=start,
            reason=reason,
        )

    def rewind(self, polled: Polled) -> None:
        """Read again what a poll gave."""
        self._poller.rewind(polled)

    def _note(self, polled: Polled) -> None:
        for partition, batch in polled.batches.items():
            if batch:
                newest = KAFKA_METRICS.newest.labels(self._group, partition.topic)
                newest.set(batch[-1].timestamp / 1000)

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commit offsets. Raises `KafkaError`, and `TimeoutError` where the broker says nothing."""
        # Of partitions that went elsewhere meanwhile others say how far they are.
        mine = self._consumer.assignment()
        ends = {partition: offset for partition, offset in positions.items() if partition in mine}
        if not ends:
            return
        try:
            await asyncio.wait_for(self._consumer.commit(ends), COMMIT_SECONDS_MAX)
            KAFKA_METRICS.committed(self._group, ends)
        except (CommitFailedError, IllegalStateError):
            # The group went on without this process: what it did is done again, which changes nothing.
            _logger.info("the partitions moved before they could be committed")

    @property
    def partitions(self) -> int:
        """How many partitions are read here."""
        return len(self._consumer.assignment())

    async def lag(self) -> int:
        """Records of these partitions that are on the broker and not read yet, as fetches have told."""
        ends = {partition: self._consumer.highwater(partition) for partition in self._consumer.assignment()}
        lag = 0
        for partition, end in ends.items():
            # One may go while another is waited for, and of one that is gone there is no position.
            if end is not None and partition in self._consumer.assignment():
                lag += max(end - await self._consumer.position(partition), 0)
        return lag

    async def is_at_end(self) -> bool:
        """Whether everything that is there now was polled, of at least one partition."""
        partitions = self._consumer.assignment()
        ends = await end_offsets(self._settings, self._consumer, partitions)
        if not partitions or len(ends) < len(partitions):
            return False
        positions = [(await self._consumer.position(partition), end) for partition, end in ends.items()]
        return all(position >= end for position, end in positions)

    async def partitions_go(self) -> None:
        """For the listener: some partitions may be gone in a moment."""
        self._moves += 1
        self._are_gone = True
        await self._hooks.before_partitions_go()
        self._poller.begin_at({})

    def partitions_came(self, partitions: Iterable[TopicPartition]) -> None:
        """For the listener. Nothing is awaited here, so that no record comes before the offset is set."""
        starts = self._hooks.starts(list(partitions))
        self._own_starts.update({one: offset for one, offset in starts.items() if offset > 0})
        for partition, offset in starts.items():
            self._consumer.seek(partition, offset)
        if starts or self._are_gone:
            self._poller.begin_at(starts)
        self._are_gone = False


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes on which partitions come and go."""

    def __init__(self, consumer: GroupConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """All partitions go, though most come back in a moment."""
        if revoked:
            await self._consumer.partitions_go()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Partitions came."""
        self._consumer.partitions_came(assigned)
