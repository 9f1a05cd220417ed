"""The consumer of the store: one of a group, through aiokafka, whose parser of records is compiled."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError

from giants.kafka import topics
from giants.kafka.groups import leave, without_gone_leaders
from giants.kafka.kafka_log import connection
from giants.kafka.poller import Polled, Poller
from giants.settings import Settings

GROUP: Final = "store"
POLL_RECORDS_MAX: Final = 5_000
POLL_MILLISECONDS_MAX: Final = 200
# The broker holds a fetch until so much has come, or for the time above: each names a hundred partitions, and
# would else be answered for every record.
FETCH_BYTES_MIN: Final = 100_000
# Topics that are created later are found within this time.
METADATA_AGE_MILLISECONDS_MAX: Final = 5_000
# The shortest that brokers allow: the embedded one lets a group wait half of it before it begins.
SESSION_MILLISECONDS_MAX: Final = 6_000
HEARTBEAT_MILLISECONDS: Final = 1_000
# So long others of the group wait for this one to store what it holds before partitions move.
REBALANCE_MILLISECONDS_MAX: Final = 60_000
# ClickHouse may be away for long, and heartbeats go on meanwhile.
POLL_INTERVAL_MILLISECONDS_MAX: Final = 24 * 3_600_000
COMMIT_SECONDS_MAX: Final = 10.0
CLOSE_SECONDS_MAX: Final = 5.0
TOPICS_LOOK_SECONDS: Final = 0.5

_logger = structlog.get_logger(__name__)


class Reader:
    """Reads topics as one of the store's group; its methods are for one task of one event loop."""

    def __init__(
        self,
        settings: Settings,
        names: Collection[str],
        *,
        before_partitions_go: Callable[[], Awaitable[None]],
        from_the_beginning: Callable[[], bool],
    ) -> None:
        """`names` are the topics.

        `before_partitions_go` is awaited before any partition goes elsewhere, and those that stay are read
        again from what is committed; while `from_the_beginning` says so they are read from their beginning,
        whatever is committed.
        """
        self._names: Final = frozenset(names)
        self._before_partitions_go = before_partitions_go
        self._from_the_beginning = from_the_beginning
        self._consumer: Final = without_gone_leaders(
            AIOKafkaConsumer(
                **connection(settings),
                group_id=f"{settings.topic_prefix}{GROUP}",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                metadata_max_age_ms=METADATA_AGE_MILLISECONDS_MAX,
                session_timeout_ms=SESSION_MILLISECONDS_MAX,
                heartbeat_interval_ms=HEARTBEAT_MILLISECONDS,
                rebalance_timeout_ms=REBALANCE_MILLISECONDS_MAX,
                max_poll_interval_ms=POLL_INTERVAL_MILLISECONDS_MAX,
                max_partition_fetch_bytes=topics.RECORD_BYTES_MAX,
                fetch_max_wait_ms=POLL_MILLISECONDS_MAX,
                fetch_min_bytes=FETCH_BYTES_MIN,
            )
        )
        self._poller: Final = Poller(self._consumer)
        self._moves = 0
        self._are_gone = False

    async def start(self) -> None:
        """Connect. Raises `KafkaError` where no broker answers."""
        await self._consumer.start()

    async def stop(self) -> None:
        """Leave the group, without waiting long for a broker that may be gone."""
        try:
            await asyncio.wait_for(leave(self._consumer), CLOSE_SECONDS_MAX)
        except TimeoutError:
            _logger.warning("the broker did not take leave in time", seconds=CLOSE_SECONDS_MAX)

    async def missing_topics(self) -> list[str]:
        """Topics that the broker does not have yet. None may be asked for before: it might make them."""
        return sorted(self._names - await self._consumer.topics())

    def join(self) -> None:
        """Begin to read; the group says which partitions."""
        self._consumer.subscribe(list(self._names), listener=_Listener(self))

    @property
    def standing(self) -> int | None:
        """Another one whenever partitions moved, None while they move.

        What was polled before a move comes again after it, and must not be taken: what came in between may
        be forgotten, and a commit would pass it over.
        """
        return None if self._are_gone else self._moves

    async def poll(self) -> Polled:
        """Give what has come, or nothing after a while. Raises `KafkaError`."""
        return await self._poller.poll(timeout_ms=POLL_MILLISECONDS_MAX, max_records=POLL_RECORDS_MAX)

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commit what is stored. Raises `KafkaError`, and `TimeoutError` where the broker says nothing."""
        # Of partitions that went elsewhere meanwhile others say how far they are.
        mine = self._consumer.assignment()
        ends = {place: offset for place, offset in positions.items() if place in mine}
        if not ends:
            return
        try:
            await asyncio.wait_for(self._consumer.commit(ends), COMMIT_SECONDS_MAX)
        except CommitFailedError:
            # The group went on without this process: what it stored is stored again, which changes nothing.
            _logger.info("the partitions moved before they could be committed")

    @property
    def partitions(self) -> int:
        """How many partitions are read here."""
        return len(self._consumer.assignment())

    async def behind(self) -> int:
        """Records of these partitions that are on the broker and not read yet, as fetches have told."""
        ends = {place: self._consumer.highwater(place) for place in self._consumer.assignment()}
        behind = 0
        for place, end in ends.items():
            # A place may go while another is waited for, and of one that is gone there is no position.
            if end is not None and place in self._consumer.assignment():
                behind += max(end - await self._consumer.position(place), 0)
        return behind

    async def partitions_go(self) -> None:
        """For the listener: some partitions may be gone in a moment."""
        self._moves += 1
        self._are_gone = True
        await self._before_partitions_go()
        self._poller.begin_at({})

    def partitions_came(self, places: Iterable[TopicPartition]) -> None:
        """For the listener. Nothing is awaited here, so that no record comes before the place is set."""
        # Where retention took the first records, the broker says so and the client goes to the earliest.
        starts = dict.fromkeys(places, 0) if self._from_the_beginning() else {}
        for place, offset in starts.items():
            self._consumer.seek(place, offset)
        if starts or self._are_gone:
            self._poller.begin_at(starts)
        self._are_gone = False


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the reader which partitions come and go."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """All partitions go, though most come back in a moment."""
        if revoked:
            await self._reader.partitions_go()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Partitions came."""
        self._reader.partitions_came(assigned)
