"""The store process: from topics into ClickHouse, each record's rows once (design §5, invariants 1 and 4).

A plain consumer reads every input and output topic and the delta log, holds rows for a moment, inserts one
block a table, and only then commits. A missing ClickHouse is waited for; nothing is acknowledged meanwhile.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import CommitFailedError, KafkaError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata

from giants.broker import CLOSE_MILLISECONDS_MAX, poll
from giants.store.buffer import Buffer
from giants.store.client import RETRY_SECONDS_MAX, RETRY_SECONDS_MIN, Database
from giants.store.errors import StoreError
from giants.store.metrics import METRICS
from giants.store.migrations import migrate
from giants.store.reach import broker_listens
from giants.store.records import Incoming, instant
from streams import reading, topics
from streams.clients import client_options, wait_for_topics
from streams.settings import Settings

GROUP: Final = "store"
TOPICS: Final = (*topics.INPUTS, *topics.OUTPUTS, topics.DELTA_LOG)
POLL_RECORDS_MAX: Final = 5_000
POLL_MILLISECONDS_MAX: Final = 200
FLUSH_RECORDS_MAX: Final = 50_000
FLUSH_BYTES_MAX: Final = 64_000_000
# With so much still to read nobody waits for the next record, and full blocks cost less: of a company's
# snapshots the newest of a block is stored, and there are fewer parts to merge.
BACKLOG_RECORDS_MIN: Final = 20_000
BACKLOG_FLUSH_SECONDS: Final = 5.0
# How far the consumer is costs a look at each partition.
LOOK_SECONDS: Final = 0.1
# Topics that are created later are found within this time.
METADATA_AGE_MILLISECONDS_MAX: Final = 5_000
# The shortest that brokers allow: the embedded one lets a group wait half of it before it begins.
SESSION_MILLISECONDS_MAX: Final = 6_000
HEARTBEAT_MILLISECONDS: Final = 1_000
BOOTSTRAP_MILLISECONDS_MAX: Final = 5_000
BROKER_RETRY_SECONDS: Final = 1.0
BROKER_SILENCE_SECONDS_MAX: Final = 2.0
# ClickHouse may be away for long, and polls go on meanwhile.
POLL_INTERVAL_MILLISECONDS_MAX: Final = 600_000

# The delta log is neither.
_NEWEST_IN_ROOM: Final = dict.fromkeys((topic.name for topic in topics.INPUTS), "newest_fact_at") | (
    dict.fromkeys((topic.name for topic in topics.OUTPUTS), "newest_change_at")
)

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriterState:
    """What the writer is doing; instants are UTC, `behind` counts records that were fetched by nobody yet."""

    running: bool = False
    partitions: int = 0
    records: int = 0
    rows: int = 0
    behind: int = 0
    newest_record_at: datetime | None = None
    newest_fact_at: datetime | None = None  # of the input topics
    newest_change_at: datetime | None = None  # of the output topics
    last_insert_at: datetime | None = None
    last_insert_seconds: float = 0.0
    waiting_for: str | None = None

    @property
    def ready(self) -> bool:
        """Whether records are being stored."""
        return self.running and self.partitions > 0 and self.waiting_for is None


class Writer:
    """Stores records until told to stop; runs in a thread or in a process of its own."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings: Final = settings
        self._database: Final = database
        self._names: Final = {topic.full_name(settings): topic.name for topic in TOPICS}
        self._full_names: Final = {name: full_name for full_name, name in self._names.items()}
        self._state = WriterState()
        self._buffer = Buffer(datetime.min.replace(tzinfo=UTC))
        self._to_commit: dict[TopicPartition, OffsetAndMetadata] = {}
        self._held_since = 0.0
        self._heard_at = 0.0
        self._asked_at = 0.0
        self._looked_at = 0.0
        self._from_the_beginning = False

    @property
    def state(self) -> WriterState:
        """What the writer is doing now."""
        return self._state

    def run(self, stop: threading.Event) -> None:
        """Store records until `stop` is set; a broker or a ClickHouse that is away is waited for."""
        try:
            if not self._prepare(stop):
                return
            while not stop.is_set():
                try:
                    if broker_listens(self._settings):
                        self._consume(stop)
                    else:
                        self._wait_for_broker("nothing listens there", stop)
                except KafkaError as error:
                    self._wait_for_broker(repr(error), stop)
        finally:
            self._note(running=False, partitions=0)

    def _prepare(self, stop: threading.Event) -> bool:
        """Bring the schema up to date and see where the feed stands; False where `stop` is set first."""
        pause = RETRY_SECONDS_MIN
        while not stop.is_set():
            try:
                migrate(self._database)
                rows = self._database.rows("SELECT max(stored_at) AS newest, count() AS rows FROM feed_rows")
                facts = self._database.rows("SELECT count() AS rows FROM facts_rows")
            except StoreError as error:
                pause = self._wait(error, pause, stop)
            else:
                self._buffer = Buffer(rows[0]["newest"])
                # A new database takes all that the topics still hold, whatever an earlier one committed.
                self._from_the_beginning = rows[0]["rows"] == 0 and facts[0]["rows"] == 0
                self._note(running=True, waiting_for=None)
                return True
        return False

    def _consume(self, stop: threading.Event) -> None:
        consumer = KafkaConsumer(
            **client_options(self._settings),
            group_id=f"{self._settings.topic_prefix}{GROUP}",
            bootstrap_timeout_ms=BOOTSTRAP_MILLISECONDS_MAX,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            metadata_max_age_ms=METADATA_AGE_MILLISECONDS_MAX,
            session_timeout_ms=SESSION_MILLISECONDS_MAX,
            heartbeat_interval_ms=HEARTBEAT_MILLISECONDS,
            max_poll_interval_ms=POLL_INTERVAL_MILLISECONDS_MAX,
            max_poll_records=POLL_RECORDS_MAX,
            max_partition_fetch_bytes=topics.RECORD_BYTES_MAX,
            fetch_max_wait_ms=POLL_MILLISECONDS_MAX,
        )
        try:
            if not wait_for_topics(consumer, self._names, stop, self._note_missing):
                return
            consumer.subscribe(list(self._names), listener=_Handover(self, consumer))
            while not stop.is_set():
                self._take(poll(consumer, POLL_MILLISECONDS_MAX))
                if self._is_due():
                    self._flush(consumer, stop)
                elif self._to_commit:
                    self._commit(consumer)
                self._look_around(consumer)
            self._last_flush(consumer)
        finally:
            self._buffer.discard()
            self._to_commit.clear()
            consumer.close(autocommit=False, timeout_ms=CLOSE_MILLISECONDS_MAX)

    def _note_missing(self, names: list[str]) -> None:
        self._note(waiting_for=f"topics that the first worker makes: {', '.join(names)}")

    def _take(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        if not self._buffer.records:
            self._held_since = time.monotonic()
        newest: dict[str, datetime] = {}
        if batches:
            self._heard_at = time.monotonic()
        for partition, records in batches.items():
            topic = self._names[partition.topic]
            for record in records:
                self._buffer.add(_incoming(topic, record))
            if records:
                at = instant(max([record.timestamp for record in records]))
                room = _NEWEST_IN_ROOM.get(topic, "newest_record_at")
                newest[room] = max(newest.get(room, at), at)
        self._note_newest(newest)

    def _note_newest(self, newest: Mapping[str, datetime]) -> None:
        """Note the newest instants: of facts, of changes, and of any record."""
        if newest:
            noted = {name: max(at, getattr(self._state, name) or at) for name, at in newest.items()}
            any_newest = max(noted.values())
            noted["newest_record_at"] = max(any_newest, self._state.newest_record_at or any_newest)
            self._note(**noted)

    def _look_around(self, consumer: KafkaConsumer) -> None:
        """Note how far the consumer is, and whether a broker that says nothing is still there."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        self._note(partitions=len(consumer.assignment()), behind=_behind(consumer))
        if now - self._heard_at < BROKER_SILENCE_SECONDS_MAX:
            self._note(waiting_for=None)
        elif now - self._asked_at > BROKER_SILENCE_SECONDS_MAX:
            self._asked_at = now
            missing = None if broker_listens(self._settings) else "the broker: nothing listens there"
            self._note(waiting_for=missing)

    def _is_due(self) -> bool:
        buffer = self._buffer
        if not buffer.records:
            return False
        hold_seconds = self._settings.store_flush_seconds
        if self._state.behind >= BACKLOG_RECORDS_MIN:
            hold_seconds = max(hold_seconds, BACKLOG_FLUSH_SECONDS)
        return (
            buffer.records >= FLUSH_RECORDS_MAX
            or buffer.size_bytes >= FLUSH_BYTES_MAX
            or time.monotonic() - self._held_since >= hold_seconds
        )

    def _flush(self, consumer: KafkaConsumer, stop: threading.Event) -> None:
        """Store what is held, trying until ClickHouse has it, and commit."""
        pause = RETRY_SECONDS_MIN
        while self._buffer.records and not stop.is_set():
            try:
                self._store_and_commit(consumer)
            except StoreError as error:
                # Polls keep the place in the group; what is paused gives no records.
                consumer.pause(*consumer.assignment())
                pause = self._wait(error, pause, stop)
                self._take(reading.poll(consumer, 0))
        consumer.resume(*consumer.paused())

    def _last_flush(self, consumer: KafkaConsumer) -> None:
        """Store what is held once more; what ClickHouse does not take now is read again after the start."""
        try:
            self._store_and_commit(consumer)
            if self._to_commit:
                self._commit(consumer)
        except (StoreError, KafkaError) as error:
            _logger.warning("the store ends with records that it will read again", error=str(error))

    def _store_and_commit(self, consumer: KafkaConsumer) -> None:
        records = self._buffer.records
        if not records:
            return
        began = time.monotonic()
        held = {
            TopicPartition(self._full_names[topic], partition): OffsetAndMetadata(offset, "", -1)
            for (topic, partition), offset in self._buffer.positions().items()
        }
        rows = self._buffer.store(self._database)
        self._to_commit.update(held)
        self._commit(consumer)
        self._from_the_beginning = False
        METRICS.stored(rows, time.monotonic() - began)
        self._note(
            records=self._state.records + records,
            rows=self._state.rows + rows,
            last_insert_at=datetime.now(UTC),
            last_insert_seconds=time.monotonic() - began,
            waiting_for=None,
        )

    def _commit(self, consumer: KafkaConsumer) -> None:
        """Commit what is stored; while partitions are moving, later."""
        # Of partitions that went elsewhere meanwhile others say how far they are.
        mine = consumer.assignment()
        positions = {place: position for place, position in self._to_commit.items() if place in mine}
        try:
            if positions:
                consumer.commit(positions)
        except RebalanceInProgressError:
            return  # those that come back are committed after the next polls
        except CommitFailedError:
            # The partitions went elsewhere meanwhile: they are stored again there, which changes nothing.
            _logger.info("the partitions moved before they could be committed")
        self._to_commit.clear()

    def handed_over(self, consumer: KafkaConsumer, assigned: Iterable[TopicPartition]) -> None:
        """New partitions came: a new database begins at the beginning of each."""
        if self._from_the_beginning and assigned:
            consumer.seek_to_beginning(*assigned)

    def _wait_for_broker(self, reason: str, stop: threading.Event) -> None:
        self._note(waiting_for=f"the broker: {reason}", partitions=0)
        _logger.warning("the store waits for the broker", error=reason)
        stop.wait(BROKER_RETRY_SECONDS)

    def _wait(self, error: StoreError, pause: float, stop: threading.Event) -> float:
        self._note(waiting_for=str(error))
        _logger.warning("the store waits for ClickHouse", error=str(error), seconds=pause)
        stop.wait(pause)
        return min(2 * pause, RETRY_SECONDS_MAX)

    def _note(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)


class _Handover:
    """Tells the writer which partitions come and go."""

    def __init__(self, writer: Writer, consumer: KafkaConsumer) -> None:
        self._writer, self._consumer = writer, consumer

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Partitions go elsewhere, or come back in a moment: what is held of them stays held.

        The client keeps its positions in those that come back, so what was dropped here would be lost. Nor
        can it be stored here: in this thread of the client a commit would wait for itself (kafka-python 3).
        """

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Partitions came."""
        self._writer.handed_over(self._consumer, assigned)


ConsumerRebalanceListener.register(_Handover)


def _incoming(topic: str, record: Any) -> Incoming:
    return Incoming(
        topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        record.timestamp,
        dict(record.headers),
    )


def _behind(consumer: KafkaConsumer) -> int:
    """Records of the assigned partitions that are on the broker and not read yet, as fetches have told."""
    behind = 0
    for partition in consumer.assignment():
        end = consumer.highwater(partition)
        if end is not None:
            behind += max(end - consumer.position(partition), 0)
    return behind
