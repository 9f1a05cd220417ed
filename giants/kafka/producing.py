"""Whole batches to the broker, from programs that know no event loop: what makes publishing fast.

A record costs one append to a compiled batch. Batches go out from an event loop in a thread of its own, to
each partition one after the other and to all of them side by side, when they are full or have waited for a
moment.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

from giants.kafka.kafka_log import connection
from giants.kafka.log import Place
from giants.settings import Settings

BATCH_BYTES_MAX: Final = 500_000  # a larger record is a batch of its own
PENDING_BYTES_MAX: Final = 32_000_000  # handed over but not yet confirmed; who sends more waits
LINGER_SECONDS: Final = 0.1
CONFIRM_SECONDS_MAX: Final = 120.0
REQUEST_SECONDS_MAX: Final = 40.0
TOPIC_SECONDS_MAX: Final = 5.0  # one that is just being made
CLOSE_SECONDS_MAX: Final = 5.0
_RETRY_SECONDS: Final = 0.5

Headers = list[tuple[str, bytes]]
T = TypeVar("T")


class MissingTopicError(KafkaError):  # type: ignore[misc]
    """The broker has no such topic."""

    def __str__(self) -> str:
        return "the broker has no such topic, or does not show it to this user (see `giants topics`)"


@dataclass(frozen=True, slots=True)
class Failure:
    """A batch that the broker did not take: its topic, the key of its first record, and why."""

    topic: str
    key: bytes | None
    error: KafkaError


@dataclass(slots=True)
class _Batch:
    builder: Any
    first_key: bytes | None
    size_bytes: int = 0  # known once nothing is added any more


@dataclass(slots=True)
class _RecordQueue:
    """One partition: the batch that is being filled, and those that wait for their turn."""

    filling: _Batch | None = None
    waiting: deque[_Batch] = field(default_factory=deque)
    is_due: bool = False  # what is being filled has waited long enough
    is_sending: bool = False


class Producing:
    """Sends batches in the background; `confirmed` counts the records that the broker has.

    One thread may append. Raises aiokafka's `KafkaError` where the broker does not answer at the start.
    """

    def __init__(self, settings: Settings) -> None:
        self._connection = connection(settings)
        self._changed = threading.Condition(threading.Lock())
        self._queues: dict[Place, _RecordQueue] = {}
        self._pending_bytes = 0
        self._failure: Failure | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self.confirmed = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="publisher", daemon=True)
        self._thread.start()
        try:
            self._producer: Any = self._call(self._started())
        except BaseException:
            self._end_loop()
            raise

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises `MissingTopicError`: none is created by publishing."""
        return self._call(self._partitions(topic))

    def append(
        self, place: Place, key: bytes | None, value: bytes | None, timestamp_ms: int | None, headers: Headers
    ) -> None:
        """Add a record to the batch of its partition, waiting where too much is on its way."""
        with self._changed:
            queue = self._queues.get(place)
            if queue is None:
                queue = self._queues[place] = _RecordQueue()
            if queue.filling is not None:
                taken = queue.filling.builder.append(
                    timestamp=timestamp_ms, key=key, value=value, headers=headers
                )
                if taken is not None:
                    return
                self._hand_over(place, queue, queue.filling)
                self._changed.wait_for(lambda: self._pending_bytes < PENDING_BYTES_MAX)
            queue.filling = _Batch(self._producer.create_batch(), key)
            queue.filling.builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers)
            self._loop.call_soon_threadsafe(
                self._loop.call_later, LINGER_SECONDS, self._linger_over, place, queue.filling
            )

    def flush(self) -> None:
        """Return once the broker has taken or refused everything."""
        with self._changed:
            for place, queue in self._queues.items():
                if queue.filling is not None:
                    self._hand_over(place, queue, queue.filling)
            self._changed.wait_for(lambda: not self._pending_bytes)

    @property
    def has_failed(self) -> bool:
        """Whether the broker refused something that nobody was told of."""
        return self._failure is not None

    def take_failure(self) -> Failure | None:
        """What the broker did not take since this was last asked."""
        failure, self._failure = self._failure, None
        return failure

    def close(self) -> None:
        """Disconnect; what is not confirmed may be lost."""
        if not self._is_closed:
            self._is_closed = True
            self._call(self._stop())
            self._end_loop()

    def _hand_over(self, place: Place, queue: _RecordQueue, batch: _Batch) -> None:
        """Put what was filled in line; the caller holds the lock."""
        queue.filling, queue.is_due = None, False
        queue.waiting.append(batch)
        batch.size_bytes = batch.builder.size()
        self._pending_bytes += batch.size_bytes
        if not queue.is_sending:
            queue.is_sending = True
            self._loop.call_soon_threadsafe(self._begin_sending, place, queue)

    def _begin_sending(self, place: Place, queue: _RecordQueue) -> None:
        task = self._loop.create_task(self._send_waiting(place, queue))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _linger_over(self, place: Place, batch: _Batch) -> None:
        with self._changed:
            queue = self._queues[place]
            if queue.filling is batch:
                if queue.is_sending:
                    queue.is_due = True
                else:
                    self._hand_over(place, queue, batch)

    async def _send_waiting(self, place: Place, queue: _RecordQueue) -> None:
        while (batch := self._next(place, queue)) is not None:
            try:
                await self._send(place, batch)
            except KafkaError as error:
                self._give_up(queue, batch, Failure(place[0], batch.first_key, error))
            else:
                with self._changed:
                    self.confirmed += batch.builder.record_count()
                    self._pending_bytes -= batch.size_bytes
                    self._changed.notify_all()

    def _next(self, place: Place, queue: _RecordQueue) -> _Batch | None:
        with self._changed:
            if not queue.waiting and queue.is_due and queue.filling is not None:
                self._hand_over(place, queue, queue.filling)
            queue.is_sending = bool(queue.waiting)
            return queue.waiting.popleft() if queue.waiting else None

    async def _send(self, place: Place, batch: _Batch) -> None:
        """Send until the broker has it. A fact may land twice without harm, but not be left out."""
        deadline = self._loop.time() + CONFIRM_SECONDS_MAX
        while True:
            try:
                await (await self._producer.send_batch(batch.builder, place[0], partition=place[1]))
            except KafkaError as error:
                may_pass = error.retriable or isinstance(error, KafkaTimeoutError)
                if not may_pass or self._loop.time() > deadline:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    def _give_up(self, queue: _RecordQueue, batch: _Batch, failure: Failure) -> None:
        """What waits behind a batch that was refused would only wait as long again."""
        with self._changed:
            self._failure = self._failure or failure
            self._pending_bytes -= batch.size_bytes + sum(behind.size_bytes for behind in queue.waiting)
            queue.waiting.clear()
            self._changed.notify_all()

    async def _started(self) -> AIOKafkaProducer:
        # No idempotence: the embedded broker has none, and facts are the same however often they land.
        producer = AIOKafkaProducer(
            **self._connection,
            acks="all",
            linger_ms=0,
            max_batch_size=BATCH_BYTES_MAX,
            request_timeout_ms=int(REQUEST_SECONDS_MAX * 1000),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _partitions(self, topic: str) -> int:
        deadline = self._loop.time() + TOPIC_SECONDS_MAX
        while True:
            # Asked for by its name, a topic that is missing would be made by brokers that allow it.
            known = await self._producer.client.fetch_all_metadata()
            found = known.partitions_for_topic(topic)
            if found:
                return len(found)
            if self._loop.time() > deadline:
                raise MissingTopicError
            await asyncio.sleep(_RETRY_SECONDS)

    async def _stop(self) -> None:
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self._producer.stop()
        except TimeoutError:
            # It waits for what it holds, and the broker is gone.
            await self._producer.client.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
