"""The dispatcher: takes what is due from the queue, sends it, and writes down what came of it."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from giants.delivery.batches import DeliveryBatch, Outcome, Result
from giants.delivery.clock import Clock
from giants.delivery.queue import DeliveryQueue

PARALLEL_MAX = 32
# Another process may have put something into the queue: it is looked at this often in any case.
POLL_SECONDS = 5.0
PRUNE_EVERY = timedelta(hours=1)
# What is on its way when the dispatcher is stopped gets this long; what is cut off is sent again.
STOP_SECONDS_MAX = 5.0

_logger = structlog.get_logger(__name__)


class Transport(Protocol):
    """Brings parcels to their receivers."""

    async def send(self, parcel: DeliveryBatch, now: datetime) -> Outcome:
        """Make one attempt and say what came of it."""


class Post:
    """The transport that knows both kinds of target."""

    def __init__(self, webhooks: Transport, mail: Transport) -> None:
        self._transports = {"webhook": webhooks, "email": mail}

    async def send(self, parcel: DeliveryBatch, now: datetime) -> Outcome:
        """Make one attempt and say what came of it."""
        return await self._transports[parcel.kind].send(parcel, now)


class Dispatcher:
    """Delivers from a queue until it is told to stop."""

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
    def parcels_on_their_way(self) -> int:
        """How many parcels are being sent."""
        return len(self._sending)

    def wake(self) -> None:
        """Look at the queue now; from any thread, at any time."""
        if self._loop is not None:
            # A loop that has ended needs no waking.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set.

        Trouble with the queue's file ends it, as an exception group; trouble with receivers does not.
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
        """Send what is due, as far as there is room; returns how many parcels were started."""
        now = self._clock.now()
        if self._prune_at is None or now >= self._prune_at:
            self._prune_at = now + PRUNE_EVERY
            await asyncio.to_thread(self._queue.prune, now)
        room = self._parallel_max - len(self._sending)
        if room <= 0:
            return 0
        parcels = (await asyncio.to_thread(self._queue.due, now, room, self._held()))[:room]
        for parcel in parcels:
            task = group.create_task(self._deliver(parcel))
            self._sending[task] = parcel
            task.add_done_callback(self._done)
        return len(parcels)

    async def _idle_seconds(self, started: int) -> float:
        """How long there will be nothing to start; a parcel that is back, or a new one, wakes earlier."""
        due_at = await asyncio.to_thread(self._queue.next_due_at, self._held())
        if due_at is None:
            return self._poll_seconds
        seconds = (due_at - self._clock.now()).total_seconds()
        if seconds <= 0 and not started:
            # Due, but its receiver is being sent enough: it has to wait for a parcel that is on its way.
            return self._poll_seconds
        return min(max(0.0, seconds), self._poll_seconds)

    def _held(self) -> frozenset[int]:
        return frozenset(delivery.id for parcel in self._sending.values() for delivery in parcel.deliveries)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._sending[task]
        self._wake.set()

    async def _deliver(self, parcel: DeliveryBatch) -> None:
        attempt = asyncio.ensure_future(self._transport.send(parcel, self._clock.now()))
        try:
            await asyncio.wait({attempt})
        finally:
            attempt.cancel()
        # A defect of ours must not stop everybody else's alerts, nor go unseen.
        error = attempt.exception()
        if error is None:
            outcome = attempt.result()
        else:
            _logger.error("an attempt broke down", target=parcel.shown, exc_info=error)
            outcome = Outcome(Result.FAILED, f"this program failed: {type(error).__name__}")
        await asyncio.to_thread(self._settle, parcel, outcome)

    def _settle(self, parcel: DeliveryBatch, outcome: Outcome) -> None:
        now = self._clock.now()
        _logger.info(
            "delivery attempted",
            target=parcel.shown,
            alerts=len(parcel.deliveries),
            attempt=parcel.deliveries[0].attempts + 1,
            result=outcome.result.value,
            reason=outcome.reason,
        )
        match outcome.result:
            case Result.DELIVERED:
                self._queue.succeed(parcel, now)
            case Result.FAILED:
                self._queue.fail(parcel, now, outcome.reason, outcome.asked_seconds)
            case Result.REFUSED:
                self._queue.refuse(parcel, now, outcome.reason)
            case Result.GONE:
                self._queue.disable(parcel, now, outcome.reason)
