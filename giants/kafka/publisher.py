"""Publishing facts from programs that know no event loop: each confirmed, so that what is reported is there.

A record costs one append to a compiled batch. Batches go out from an event loop in a thread of its own, to
each partition one after the other and to all of them side by side, when they are full or have waited for a
moment.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import randrange
from types import TracebackType
from typing import Final, Self

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from pydantic import BaseModel

from giants.kafka import topics
from giants.kafka.connection import EventLoopThread
from giants.kafka.errors import BrokerError, PublishError, UnreachableBrokerError
from giants.kafka.partitioner import murmur2
from giants.kafka.producer import Batch, BatchProducer
from giants.kafka.topics import INPUT_BATCH_BYTES_MAX, Topic
from giants.kafka.tracing import TRACEPARENT, TRACING
from giants.settings import Settings
from schemas.facts import Correction, EnglishIdentity, LinkRecord, Rename, TagRecord

REPLAYED_HEADER: Final = ("giants-replayed", b"1")
# The largest is a dead letter that is put back: an input, with its error and offset in headers.
RECORD_BYTES_MAX: Final = INPUT_BATCH_BYTES_MAX + 50_000
BATCH_BYTES_MAX: Final = 500_000  # a larger record is a batch of its own
PENDING_BYTES_MAX: Final = 32_000_000  # handed over but not yet confirmed; who sends more waits
LINGER_SECONDS: Final = 0.1
CONFIRM_SECONDS_MAX: Final = 120.0

_TOPICS: Final[dict[type[BaseModel], Topic]] = {
    **{topic.model: topic for topic in topics.INPUTS if topic.model is not None},
    **dict.fromkeys((Rename, Correction, EnglishIdentity), topics.NAMES),
    **dict.fromkeys((TagRecord, LinkRecord), topics.RECORDS),
}

Header = tuple[str, bytes]


@dataclass(slots=True)
class _Queue:
    """One partition: the batch that is being filled, and those that wait for their turn."""

    filling: Batch | None = None
    waiting: deque[tuple[Batch, int]] = field(default_factory=deque)  # with their sizes in bytes
    is_due: bool = False  # what is being filled has waited long enough
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
        size_bytes = len(key_bytes or b"") + len(value or b"")
        if headers:
            size_bytes += sum(len(name) + len(content) for name, content in headers)
        if size_bytes > RECORD_BYTES_MAX:
            reason = f"expected a record of at most {RECORD_BYTES_MAX} bytes, got {size_bytes}"
            raise PublishError(topic, key, MessageSizeTooLargeError(reason))
        partition = self._partition(topic, key_bytes)
        row = (key_bytes, value, timestamp_ms, list(headers))
        with self._changed:
            queue = self._queues.get(partition)
            if queue is None:
                queue = self._queues[partition] = _Queue()
            if queue.filling is None or not queue.filling.append(row):
                self._begin_batch(partition, queue).append(row)
        self._raise_failure()

    def send_fact(self, fact: BaseModel) -> None:
        """Send a fact to its input topic, keyed as the contract says (design §3.1)."""
        topic = _TOPICS[type(fact)]
        value = fact.model_dump_json(by_alias=True).encode()
        self.send(topic.full_name(self._settings), str(getattr(fact, topic.key)), value)

    def flush(self) -> None:
        """Return once the broker has everything that was sent. Raises `PublishError`."""
        with self._changed:
            for partition, queue in self._queues.items():
                if queue.filling is not None:
                    self._hand_over(partition, queue, queue.filling)
            self._changed.wait_for(lambda: not self._pending_bytes)
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

    # The caller of the following holds the lock.

    def _begin_batch(self, partition: TopicPartition, queue: _Queue) -> Batch:
        """Hand over what is full, wait where too much is on its way, and begin another batch."""
        if queue.filling is not None:
            self._hand_over(partition, queue, queue.filling)
            self._changed.wait_for(lambda: self._pending_bytes < PENDING_BYTES_MAX)
        batch = queue.filling = self._producer.batch()
        loop = self._thread.loop
        loop.call_soon_threadsafe(loop.call_later, LINGER_SECONDS, self._linger_over, partition, batch)
        return batch

    def _hand_over(self, partition: TopicPartition, queue: _Queue, batch: Batch) -> None:
        """Put what was filled in line."""
        queue.filling, queue.is_due = None, False
        size_bytes = batch.builder.size()
        queue.waiting.append((batch, size_bytes))
        self._pending_bytes += size_bytes
        if not queue.is_sending:
            queue.is_sending = True
            self._thread.loop.call_soon_threadsafe(self._begin_sending, partition, queue)

    # What follows runs in the event loop.

    def _begin_sending(self, partition: TopicPartition, queue: _Queue) -> None:
        task = self._thread.loop.create_task(self._send_waiting(partition, queue))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _linger_over(self, partition: TopicPartition, batch: Batch) -> None:
        with self._changed:
            queue = self._queues[partition]
            if queue.filling is batch:
                if queue.is_sending:
                    queue.is_due = True
                else:
                    self._hand_over(partition, queue, batch)

    async def _send_waiting(self, partition: TopicPartition, queue: _Queue) -> None:
        while (following := self._next(partition, queue)) is not None:
            batch, size_bytes = following
            try:
                async with asyncio.timeout(self._confirm_seconds_max):
                    await self._producer.deliver(partition, batch)
            except (KafkaError, BrokerError, TimeoutError) as error:
                self._give_up(queue, size_bytes, PublishError(partition.topic, batch.rows[0][0], error))
            else:
                with self._changed:
                    self.confirmed += len(batch.rows)
                    self._pending_bytes -= size_bytes
                    self._changed.notify_all()

    def _next(self, partition: TopicPartition, queue: _Queue) -> tuple[Batch, int] | None:
        with self._changed:
            if not queue.waiting and queue.is_due and queue.filling is not None:
                self._hand_over(partition, queue, queue.filling)
            queue.is_sending = bool(queue.waiting)
            return queue.waiting.popleft() if queue.waiting else None

    def _give_up(self, queue: _Queue, size_bytes: int, failure: PublishError) -> None:
        """What waits behind a batch that was refused would only wait as long again."""
        with self._changed:
            self._failure = self._failure or failure
            self._pending_bytes -= size_bytes + sum(size for _, size in queue.waiting)
            queue.waiting.clear()
            self._changed.notify_all()

    async def _stop(self) -> None:
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._producer.stop()


async def _started_producer(settings: Settings) -> BatchProducer:
    producer = BatchProducer(settings, BATCH_BYTES_MAX, RECORD_BYTES_MAX)
    await producer.start(waiting=False)
    return producer
