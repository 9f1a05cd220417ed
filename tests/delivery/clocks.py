"""A clock that is turned by hand, and a dispatcher that runs until nothing is left to deliver."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from giants.delivery.dispatcher import Dispatcher, Transport
from giants.delivery.queue import DeliveryQueue
from tests.delivery.samples import NOON


def _never() -> bool:
    return False


@dataclass(slots=True)
class ManualClock:
    """Waiting takes no time: it turns the clock, unless something is on its way, which is waited for."""

    time: datetime = NOON
    is_busy: Callable[[], bool] = _never
    is_over: Callable[[], bool] = _never
    stop: asyncio.Event | None = None

    def now(self) -> datetime:
        return self.time

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        if self.is_busy():
            await wake.wait()
        elif self.is_over() and self.stop is not None:
            self.stop.set()
            await wake.wait()
        elif not wake.is_set():
            self.time += timedelta(seconds=seconds)


async def deliver_all(queue: DeliveryQueue, transport: Transport, clock: ManualClock) -> None:
    """Run a dispatcher until no delivery is pending, days of retries included."""
    dispatcher = Dispatcher(queue, clock, transport, poll_seconds=86_400)
    clock.stop = asyncio.Event()
    clock.is_busy = lambda: dispatcher.batches_in_flight > 0
    clock.is_over = lambda: queue.next_due_at() is None
    await dispatcher.run(clock.stop)
