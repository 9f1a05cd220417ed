"""An event loop without a clock: whatever is ready runs in an order that one source of chance decides.

All of asyncio that does not wait for sockets works on it (tasks, futures, locks), time is over whenever
chance will have it, and the same seed repeats a run exactly.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context
from random import Random
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")


class EndlessError(Exception):
    """A run goes on and on: two workers undo each other's work, or one its own."""


class RandomLoop(asyncio.BaseEventLoop):
    """Runs ready callbacks in random order until there are none."""

    def __init__(self, random: Random, steps_max: int) -> None:
        super().__init__()
        self._random = random
        self.steps_left = steps_max
        self._callbacks: list[asyncio.Handle] = []
        self.problems: list[dict[str, Any]] = []

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Make a callback ready to run."""
        handle = asyncio.Handle(callback, args, self, context)
        self._callbacks.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Make a callback ready to run, whatever its time."""
        timer = asyncio.TimerHandle(delay, callback, args, self, context)
        self._callbacks.append(timer)
        return timer

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Make a callback ready to run, whatever its time."""
        return self.call_later(when, callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: None, func: Callable[[*Ts], object], *args: *Ts
    ) -> "asyncio.Future[object]":
        """Run it at some moment, all at once; as in a thread also where nobody waits for it any more."""
        future: asyncio.Future[object] = self.create_future()

        def run() -> None:
            try:
                result = func(*args)
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where it is awaited
                if not future.done():
                    future.set_exception(error)
            else:
                if not future.done():
                    future.set_result(result)

        self.call_soon(run)
        return future

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Nothing to count: what is cancelled is passed over when its turn comes."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what nobody else takes care of; a run that leaves any has failed."""
        self.problems.append(context)

    def run_until_idle(self) -> None:
        """Run until nothing is ready; raises `EndlessError` where that takes too long."""
        ready, randrange = self._callbacks, self._random.randrange
        asyncio.events._set_running_loop(self)  # what asyncio offers to those who write loops
        try:
            while ready:
                self.steps_left -= 1
                if self.steps_left < 0:
                    raise EndlessError
                chosen = randrange(len(ready))
                ready[chosen], ready[-1] = ready[-1], ready[chosen]
                handle = ready.pop()
                if not handle.cancelled():
                    handle._run()
        finally:
            asyncio.events._set_running_loop(None)
