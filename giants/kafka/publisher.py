"""Publishing facts from programs that know no event loop: each confirmed, so that what is reported is there.

Records go out in batches from an event loop in a thread of its own, to each partition one after the other and
to all of them side by side, when a batch is full or its first record has waited for a moment.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from random import randrange
from types import TracebackType
from typing import Final, Self

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from pydantic import BaseModel

from giants.kafka import topics
from giants.kafka.connection import EventLoopThread
from giants.kafka.errors import BrokerError, PublishError, UnreachableBrokerError
from giants.kafka.log import Record
from giants.kafka.partitioner import murmur2
from giants.kafka.producer import BatchProducer, Row
from giants.kafka.topics import INPUT_BATCH_BYTES_MAX, Topic
from giants.kafka.tracing import TRACEPARENT, TRACING
from giants.settings import Settings
from schemas.facts import Correction, EnglishIdentity, LinkRecord, OwnershipRecord, Rename, TagRecord
from schemas.portfolios import Judgement, PortfolioEntries

REPLAYED_HEADER: Final = ("giants-replayed", b"1")
# The largest is a dead letter that is put back: an input, with its error and offset in headers.
RECORD_BYTES_MAX: Final = INPUT_BATCH_BYTES_MAX + 50_000
BATCH_BYTES_MAX: Final = 500_000  # a larger record is a batch of its own
BATCH_RECORDS_MAX: Final = 5_000
PENDING_BYTES_MAX: Final = 32_000_000  # handed over but not yet confirmed; who sends more waits
LINGER_SECONDS: Final = 0.1
CONFIRM_SECONDS_MAX: Final = 120.0

_TOPICS: Final[dict[type[BaseModel], Topic]] = {
    **{topic.model: topic for topic in topics.INPUTS if topic.model is not None},
    **dict.fromkeys((Rename, Correction, EnglishIdentity), topics.NAMES),
    **dict.fromkeys((TagRecord, LinkRecord, OwnershipRecord), topics.RECORDS),
    **dict.fromkeys((PortfolioEntries, Judgement), topics.PORTFOLIOS),
}

Header = tuple[str, bytes]


@dataclass(slots=True)
class _Queue:
    """Records of one partition that wait to be sent, and whether a task sends them."""

    rows: deque[Row] = field(default_factory=deque)
    size_bytes: int = 0
    is_sending: bool = False


class Publisher:
    """Sends records and confirms each; `confirmed` counts those that the broker has.

    A context manager: leaving it without an error confirms all that is pending. Made, it raises
    `UnreachableBrokerError`; used, `PublishError`, also for records that were sent before: of those that the
    broker did not take the first is named. One thread may send.
    """

    def __init__(self, settings: Settings, confirm_seconds_max: float = CONFIRM_SECONDS_MAX) -> None:
        self._settings = settings
        self._confirm_seconds_max = confirm_seconds_max
        self._partition_counts: dict[str, int] = {}
        self._changed = threading.Condition(threading.Lock())
        self._queues: dict[TopicPartition, _Queue] = {}
        self._pending_bytes = 0
        self._failure: PublishError | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._is_flushing = asyncio.Event()
        self._is_closed = False
        self.confirmed = 0
        self._thread = EventLoopThread("publisher")
        try:
            self._producer: BatchProducer = self._thread.call(_started_producer(settings))
        except KafkaError as error:
            self._thread.close()
            raise UnreachableBrokerError(settings.require_broker(), error) from error
        except BaseException:
            self._thread.close()
            raise

    def send(
        self,
        topic: str,
        key: str | bytes | None,
        value: bytes | None,
        *,
        timestamp_ms: int | None = None,
        headers: Sequence[Header] = (),
    ) -> None:
        """Send one record, waiting where too many are on their way; `topic` is the full name."""
        if TRACING.on:
            headers = [*headers, (TRACEPARENT, TRACING.root("publish", topic=topic))]
        key_bytes = key.encode() if isinstance(key, str) else key
        self._send((key_bytes, value, timestamp_ms, list(headers)), topic, None)

    def send_record(self, record: Record) -> None:
        """Send one record to the partition that it names, as `send`."""
        row = (record.key, record.value, record.timestamp_ms, list(record.headers))
        self._send(row, record.topic, record.partition)

    def _send(self, row: Row, topic: str, partition: int | None) -> None:
        """Send a row; without a partition its key decides."""
        key, *_ = row
        size_bytes = _size_bytes(row)
        if size_bytes > RECORD_BYTES_MAX:
            reason = f"expected a record of at most {RECORD_BYTES_MAX} bytes, got {size_bytes}"
            raise PublishError(topic, key, MessageSizeTooLargeError(reason))
        place = self._partition(topic, key) if partition is None else TopicPartition(topic, partition)
        with self._changed:
            if self._pending_bytes >= PENDING_BYTES_MAX:
                self._changed.wait_for(lambda: self._pending_bytes < PENDING_BYTES_MAX)
            queue = self._queues.get(place)
            if queue is None:
                queue = self._queues[place] = _Queue()
            queue.rows.append(row)
            queue.size_bytes += size_bytes
            self._pending_bytes += size_bytes
            if not queue.is_sending:
                queue.is_sending = True
                self._thread.loop.call_soon_threadsafe(self._begin_sending, place, queue)
        self._raise_failure()

    def send_fact(self, fact: BaseModel) -> None:
        """Send a fact to its input topic, keyed as the contract says (design §3.1)."""
        topic = _TOPICS[type(fact)]
        value = fact.model_dump_json(by_alias=True).encode()
        self.send(topic.full_name(self._settings), str(getattr(fact, topic.key)), value)

    def flush(self) -> None:
        """Return once the broker has everything that was sent. Raises `PublishError`."""
        self._thread.loop.call_soon_threadsafe(self._is_flushing.set)
        with self._changed:
            self._changed.wait_for(lambda: not any(queue.is_sending for queue in self._queues.values()))
        self._thread.loop.call_soon_threadsafe(self._is_flushing.clear)
        self._raise_failure()

    def close(self) -> None:
        """Disconnect; what is not confirmed may be lost."""
        if not self._is_closed:
            self._is_closed = True
            self._thread.call(self._stop())
            self._thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self.close()

    def _partition(self, topic: str, key: bytes | None) -> TopicPartition:
        """The partition that Java's default partitioner chooses."""
        count = self._partition_counts.get(topic)
        if count is None:
            try:
                count = self._thread.call(self._producer.partition_count(topic))
            except (KafkaError, BrokerError) as error:
                raise PublishError(topic, key, error) from error
            self._partition_counts[topic] = count
        if key is None:
            return TopicPartition(topic, randrange(count))  # noqa: S311 - any will do
        return TopicPartition(topic, (murmur2(key) & 0x7FFFFFFF) % count)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    # What follows runs in the event loop.

    def _begin_sending(self, partition: TopicPartition, queue: _Queue) -> None:
        task = self._thread.loop.create_task(self._send_queue(partition, queue))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_queue(self, partition: TopicPartition, queue: _Queue) -> None:
        """Send what waits, batch by batch, until nothing does."""
        while True:
            if queue.size_bytes < BATCH_BYTES_MAX:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._is_flushing.wait(), LINGER_SECONDS)
            with self._changed:
                rows = list(islice(queue.rows, BATCH_RECORDS_MAX))
            batch = self._producer.batch_of(rows)
            try:
                async with asyncio.timeout(self._confirm_seconds_max):
                    await self._producer.deliver(partition, batch)
            except (KafkaError, BrokerError, TimeoutError) as error:
                failure: PublishError | None = PublishError(partition.topic, batch.rows[0][0], error)
            else:
                failure = None
            if not self._settle(queue, len(batch.rows), failure):
                return

    def _settle(self, queue: _Queue, sent: int, failure: PublishError | None) -> bool:
        """Take what was sent out of the queue; returns whether more waits.

        What waits behind a batch that failed would only wait as long again, and goes with it.
        """
        with self._changed:
            if failure is None:
                self.confirmed += sent
            else:
                self._failure = self._failure or failure
                sent = len(queue.rows)
            size_bytes = sum(_size_bytes(queue.rows.popleft()) for _ in range(sent))
            queue.size_bytes -= size_bytes
            self._pending_bytes -= size_bytes
            queue.is_sending = bool(queue.rows)
            self._changed.notify_all()
            return queue.is_sending

    async def _stop(self) -> None:
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._producer.stop()


def _size_bytes(row: Row) -> int:
    key, value, _, headers = row
    size_bytes = len(key or b"") + len(value or b"")
    return size_bytes + sum(len(name) + len(content) for name, content in headers) if headers else size_bytes


async def _started_producer(settings: Settings) -> BatchProducer:
    producer = BatchProducer(settings, BATCH_BYTES_MAX, RECORD_BYTES_MAX, waits_for_disk=False)
    await producer.start(waiting=False)
    return producer
