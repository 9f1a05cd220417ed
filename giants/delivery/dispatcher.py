"""The dispatcher: sends what is due in the queue, and records the outcome of each attempt."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from giants.delivery.batches import DeliveryBatch, Outcome, Result
from giants.delivery.clock import Clock
from giants.delivery.queue import DeliveryQueue

PARALLEL_MAX = 32
# How often the queue is read without a wake-up: another process may have added to it.
POLL_SECONDS = 5.0
PRUNE_EVERY = timedelta(hours=1)
# Time for attempts in flight when the dispatcher stops; those that are cancelled are made again.
STOP_SECONDS_MAX = 5.0

# Of a digest the first ones.
IDS_LOGGED_MAX = 20

_logger = structlog.get_logger(__name__)


class Transport(Protocol):
    """Sends batches to their receivers."""

    async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        """Make one attempt and return its outcome."""


class Post:
    """Sends a batch by the transport of its kind of target."""

    def __init__(self, webhooks: Transport, mail: Transport) -> None:
        self._transports = {"webhook": webhooks, "email": mail}

    async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        """Make one attempt and return its outcome."""
        return await self._transports[batch.kind].send(batch, now)


class Dispatcher:
    """Delivers from a queue until it is stopped."""

    def __init__(
        self,
        queue: DeliveryQueue,
        clock: Clock,
        transport: Transport,
        parallel_max: int = PARALLEL_MAX,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._transport = transport
        self._parallel_max = parallel_max
        self._poll_seconds = poll_seconds
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sending: dict[asyncio.Task[None], DeliveryBatch] = {}
        self._prune_at: datetime | None = None

    @property
    def batches_in_flight(self) -> int:
        """Number of batches that are being sent."""
        return len(self._sending)

    def wake(self) -> None:
        """Make the dispatcher read the queue now; safe from any thread."""
        if self._loop is not None:
            # The loop may have ended.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set.

        A failure of the queue's file ends it with an exception group; a failure of a receiver does not.
        """
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(self._wake_at(stop))
            while not stop.is_set():
                self._wake.clear()
                started = await self._start_due(group)
                await self._clock.wait(self._wake, await self._idle_seconds(started))
            await stopping
            if self._sending:
                await asyncio.wait(self._sending, timeout=STOP_SECONDS_MAX)
            for task in list(self._sending):
                task.cancel()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _start_due(self, group: asyncio.TaskGroup) -> int:
        """Start what is due, up to the limit of parallel attempts; returns how many batches were started."""
        now = self._clock.now()
        if self._prune_at is None or now >= self._prune_at:
            self._prune_at = now + PRUNE_EVERY
            await asyncio.to_thread(self._queue.prune, now)
        slots = self._parallel_max - len(self._sending)
        if slots <= 0:
            return 0
        batches = (await asyncio.to_thread(self._queue.due, now, slots, self._in_flight()))[:slots]
        for batch in batches:
            task = group.create_task(self._deliver(batch))
            self._sending[task] = batch
            task.add_done_callback(self._done)
        return len(batches)

    async def _idle_seconds(self, started: int) -> float:
        """Seconds until there is something to start; a finished or a new batch ends the wait earlier."""
        due_at = await asyncio.to_thread(self._queue.next_due_at, self._in_flight())
        if due_at is None:
            return self._poll_seconds
        seconds = (due_at - self._clock.now()).total_seconds()
        if seconds <= 0 and not started:
            # It is due, but its receiver has the most attempts in flight: it waits for one of them.
            return self._poll_seconds
        return min(max(0.0, seconds), self._poll_seconds)

    def _in_flight(self) -> frozenset[int]:
        return frozenset(delivery.id for batch in self._sending.values() for delivery in batch.deliveries)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._sending[task]
        self._wake.set()

    async def _deliver(self, batch: DeliveryBatch) -> None:
        attempt = asyncio.ensure_future(self._transport.send(batch, self._clock.now()))
        try:
            await asyncio.wait({attempt})
        finally:
            attempt.cancel()
        # A fault of this program is logged, and does not stop other deliveries.
        error = attempt.exception()
        if error is None:
            outcome = attempt.result()
        else:
            _logger.error("an attempt failed by a fault of this program", target=batch.shown, exc_info=error)
            outcome = Outcome(Result.FAILED, f"this program failed: {type(error).__name__}")
        outcome = replace(outcome, reason=batch.masked(outcome.reason))
        await asyncio.to_thread(self._settle, batch, outcome)

    def _settle(self, batch: DeliveryBatch, outcome: Outcome) -> None:
        now = self._clock.now()
        _logger.info(
            "delivery attempted",
            target=batch.shown,
            alerts=len(batch.deliveries),
            alert_ids=[one.alert_id for one in batch.deliveries[:IDS_LOGGED_MAX]],
            watchlists=list(batch.watchlists[:IDS_LOGGED_MAX]),
            attempt=batch.deliveries[0].attempts + 1,
            result=outcome.result.value,
            reason=outcome.reason,
        )
        match outcome.result:
            case Result.DELIVERED:
                self._queue.succeed(batch, now)
            case Result.FAILED:
                self._queue.fail(batch, now, outcome.reason, outcome.asked_seconds)
            case Result.REFUSED:
                self._queue.refuse(batch, now, outcome.reason)
            case Result.GONE:
                self._queue.disable(batch, now, outcome.reason)
