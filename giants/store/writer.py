"""The store process: from topics into ClickHouse, each record's rows once (design §5, invariants 1 and 4).

A plain consumer reads every input and output topic and the delta log, buffers rows, inserts one block a
table, and only then commits. It waits for a ClickHouse that is away, and commits nothing meanwhile.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import structlog
import uvloop
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from giants.errors import RetriableError
from giants.health import Dependencies
from giants.kafka import topics
from giants.kafka.connection import broker_listens
from giants.kafka.consumer import GroupConsumer, Membership, RebalanceHooks
from giants.kafka.errors import is_retriable, named_refusals
from giants.kafka.poller import Polled, Polling
from giants.kafka.topic_monitor import BROKER, monitor_topics, with_monitor
from giants.retry import retrying, retrying_async
from giants.settings import Settings
from giants.store.buffer import Buffer
from giants.store.client import Database
from giants.store.errors import StoreError
from giants.store.metrics import METRICS
from giants.store.migrations import migrate
from giants.store.older_stores import require_no_stores
from giants.store.records import instant, received

TOPICS: Final = (*topics.INPUTS, *topics.OUTPUTS, topics.DELTA_LOG)
# A rebuild deletes the delta log and makes it again, while the store goes on.
MONITORED: Final = (*topics.INPUTS, *topics.OUTPUTS)
GROUP: Final = "store"
CLICKHOUSE: Final = "ClickHouse"
POLL_RECORDS_MAX: Final = 5_000
POLL_MS: Final = 200
# The broker answers a fetch when there is so much, or after the time above: a fetch names a hundred
# partitions, and would otherwise be answered for every record.
FETCH_BYTES_MIN: Final = 100_000
FLUSH_RECORDS_MAX: Final = 100_000
FLUSH_BYTES_MAX: Final = 64_000_000
# With this lag, or in a load, latency does not matter, and full blocks cost less: of a company's snapshots
# the newest of a block is stored, and there are fewer parts to merge.
BACKLOG_RECORDS_MIN: Final = 20_000
LOAD_FLUSH_SECONDS: Final = 10.0
# Rows are buffered at least this many times as long as the last insert took, up to the time of a load.
BUFFER_PER_INSERT: Final = 2.0
# A load ends with a pause of this length.
LOAD_PAUSE_SECONDS_MAX: Final = 0.5
# How often the lag is computed, which asks for each partition.
LOOK_SECONDS: Final = 0.1
BROKER_SILENCE_SECONDS_MAX: Final = 2.0
# The state is updated at least this often while a poll lasts.
POLL_SECONDS_MAX: Final = 1.0

# The delta log is neither input nor output.
_NEWEST_BY_TOPIC: Final = dict.fromkeys((topic.name for topic in topics.INPUTS), "newest_fact_at") | (
    dict.fromkeys((topic.name for topic in topics.OUTPUTS), "newest_change_at")
)

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriterState:
    """The state of the writer; instants are UTC, `behind` is the consumer lag in records."""

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
    """Stores records until it is stopped; runs in a thread or in a process of its own."""

    def __init__(
        self, settings: Settings, database: Database, dependencies: Dependencies | None = None
    ) -> None:
        self._settings: Final = settings
        self._database: Final = database
        self._dependencies: Final = dependencies or Dependencies(CLICKHOUSE, BROKER)
        self._names: Final = {topic.full_name(settings): topic.name for topic in TOPICS}
        self._full_names: Final = {name: full_name for full_name, name in self._names.items()}
        self._state = WriterState()
        self._buffer = Buffer(datetime.min.replace(tzinfo=UTC))
        self._storing = asyncio.Lock()
        self._buffered_since = 0.0
        self._heard_at = 0.0
        self._asked_at = 0.0
        self._looked_at = 0.0
        self._from_the_beginning = False

    @property
    def state(self) -> WriterState:
        """The present state."""
        return self._state

    def run(self, stop: threading.Event) -> None:
        """Store records until `stop` is set, waiting for a broker or a ClickHouse that is away.

        Raises `FatalError` where waiting does not help.
        """
        try:
            if not self._prepare(stop):
                return
            for attempt in retrying(is_retriable, "the broker", stop=stop, notify=self._note_broker_waiting):
                with attempt, named_refusals("to let the store read"):
                    if not broker_listens(self._settings):
                        raise KafkaConnectionError("nothing listens there")
                    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                        runner.run(with_monitor(self._consume(stop), self._monitor()))
        finally:
            self._note(running=False, partitions=0)

    def _monitor(self) -> Coroutine[Any, Any, None]:
        return monitor_topics(self._settings, MONITORED, self._dependencies)

    def _prepare(self, stop: threading.Event) -> bool:
        """Bring the schema up to date and read where the feed ends; False where `stop` is set first."""
        for attempt in retrying(RetriableError, CLICKHOUSE, stop=stop, notify=self._note_waiting):
            with attempt:
                migrate(self._database, partial(require_no_stores, self._settings))
                rows = self._database.rows("SELECT max(stored_at) AS newest, count() AS rows FROM feed_rows")
                facts = self._database.rows("SELECT count() AS rows FROM facts_rows")
                self._buffer = Buffer(rows[0]["newest"])
                # A new database reads the topics from their beginning, whatever offsets are committed.
                self._from_the_beginning = rows[0]["rows"] == 0 and facts[0]["rows"] == 0
                self._note(running=True, waiting_for=None)
                self._dependencies.is_there(CLICKHOUSE)
                return True
        return False

    async def _consume(self, stop: threading.Event) -> None:
        self._storing = asyncio.Lock()
        reader = GroupConsumer(
            self._settings,
            Membership(f"{self._settings.topic_prefix}{GROUP}", self._names),
            Polling(POLL_RECORDS_MAX, POLL_MS, embedded_fetch_ms=POLL_MS, fetch_bytes_min=FETCH_BYTES_MIN),
            _Hooks(lambda: self._release(reader), lambda: self._from_the_beginning),
        )
        try:
            await reader.start()
            if not await reader.join_when_topics_are_there(stop.is_set, self._note_missing):
                return
            while not stop.is_set():
                await self._poll_and_store(reader, stop)
            await self._release(reader)
        finally:
            self._buffer.discard()
            await reader.stop()

    async def _poll_and_store(self, reader: GroupConsumer, stop: threading.Event) -> None:
        """Poll once, update the state, and store the buffer where it is due."""
        read = asyncio.ensure_future(self._read(reader))
        try:
            # A poll lasts as long as a rebalance, which does not end where the broker goes away meanwhile.
            while not stop.is_set() and not (await asyncio.wait({read}, timeout=POLL_SECONDS_MAX))[0]:
                await self._update_state(reader)
            if read.done():
                read.result()
        finally:
            read.cancel()
        await self._update_state(reader)
        if self._is_due():
            await self._flush(reader, stop)

    async def _read(self, reader: GroupConsumer) -> None:
        """Poll and buffer the records, but not during an insert, which ends by emptying the buffer."""
        generation = reader.generation
        polled = await reader.poll()
        async with self._storing:
            if generation is not None and reader.generation == generation:
                self._buffer_records(polled)

    def _note_missing(self, names: list[str]) -> None:
        self._note(waiting_for=f"topics that the first worker makes: {', '.join(names)}")

    def _buffer_records(self, polled: Polled) -> None:
        if not self._buffer.records:
            self._buffered_since = time.monotonic()
        newest: dict[str, datetime] = {}
        if polled.batches:
            self._heard_at = time.monotonic()
        for partition, records in polled.batches.items():
            topic = self._names[partition.topic]
            for record in records:
                self._buffer.add(received(topic, record))
            at = instant(max([record.timestamp for record in records]))
            field = _NEWEST_BY_TOPIC.get(topic, "newest_record_at")
            newest[field] = max(newest.get(field, at), at)
        self._note_newest(newest)
        polled.log_unreadable()

    def _note_newest(self, newest: Mapping[str, datetime]) -> None:
        """Note the newest instants: of facts, of changes, and of any record."""
        if newest:
            noted = {name: max(at, getattr(self._state, name) or at) for name, at in newest.items()}
            any_newest = max(noted.values())
            noted["newest_record_at"] = max(any_newest, self._state.newest_record_at or any_newest)
            self._note(**noted)

    async def _update_state(self, reader: GroupConsumer) -> None:
        """Update the lag, and check whether a broker that sends nothing still listens."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        self._note(partitions=reader.partitions, behind=await reader.lag())
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
        if buffer.records >= FLUSH_RECORDS_MAX or buffer.size_bytes >= FLUSH_BYTES_MAX:
            return True
        now = time.monotonic()
        # On a loaded machine inserts take long: fewer and fuller ones leave time for other work.
        of_inserts = min(BUFFER_PER_INSERT * self._state.last_insert_seconds, LOAD_FLUSH_SECONDS)
        buffer_seconds = max(self._settings.store_flush_seconds, of_inserts)
        if self._is_loading(now):
            buffer_seconds = max(buffer_seconds, LOAD_FLUSH_SECONDS)
        return now - self._buffered_since >= buffer_seconds

    def _is_loading(self, now: float) -> bool:
        if self._state.behind >= BACKLOG_RECORDS_MIN:
            return True
        return self._buffer.is_load and now - self._heard_at < LOAD_PAUSE_SECONDS_MAX

    async def _flush(self, reader: GroupConsumer, stop: threading.Event) -> None:
        """Store what is buffered, trying until ClickHouse has it, and commit."""
        async for attempt in retrying_async(RetriableError, CLICKHOUSE, stop=stop, notify=self._note_waiting):
            with attempt:
                await self._store_and_commit(reader)
                return

    async def _release(self, reader: GroupConsumer) -> None:
        """Try once to store the buffer; records that are not stored are read again."""
        try:
            await self._store_and_commit(reader)
        except (StoreError, KafkaError, TimeoutError) as error:
            _logger.warning("what the store holds will be read again", error=str(error))
        self._buffer.discard()

    async def _store_and_commit(self, reader: GroupConsumer) -> None:
        """Insert in a thread, since heartbeats go on; once at a time, since partitions may go meanwhile."""
        async with self._storing:
            records = self._buffer.records
            if not records:
                return
            began = time.monotonic()
            offsets = {
                TopicPartition(self._full_names[topic], partition): offset
                for (topic, partition), offset in self._buffer.positions().items()
            }
            live_changes_at_ms = self._buffer.live_changes_at_ms
            rows = await asyncio.to_thread(self._buffer.store, self._database)
            await reader.commit(offsets)
            self._from_the_beginning = False
            METRICS.stored(rows, time.monotonic() - began, live_changes_at_ms)
            self._note(
                records=self._state.records + records,
                rows=self._state.rows + rows,
                last_insert_at=datetime.now(UTC),
                last_insert_seconds=time.monotonic() - began,
                waiting_for=None,
            )
            self._dependencies.is_there(CLICKHOUSE)

    def _note_broker_waiting(self, error: BaseException, _: float) -> None:
        self._note(waiting_for=f"the broker: {error or type(error).__name__}", partitions=0)
        self._dependencies.waits(BROKER, error)

    def _note_waiting(self, error: BaseException, _: float) -> None:
        self._note(waiting_for=str(error))
        self._dependencies.waits(CLICKHOUSE, error)

    def _note(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)


class _Hooks(RebalanceHooks):
    # A rebuild makes the delta log anew. Rows that are stored again change nothing.
    reads_again = True

    def __init__(self, let_go: Callable[[], Awaitable[None]], is_new: Callable[[], bool]) -> None:
        self._let_go, self._is_new = let_go, is_new

    async def before_partitions_go(self) -> None:
        await self._let_go()

    def starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        # What was deleted before the database was made is told, and cannot be waited for.
        self.accepts_gaps = self._is_new()
        return dict.fromkeys(partitions, 0) if self.accepts_gaps else {}
