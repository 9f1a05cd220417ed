"""The retry policy of every process: exponential backoff with jitter, reset by an attempt that lasted.

    for attempt in retrying(UnavailableError, "ClickHouse", stop=stop):
        with attempt:
            return connect(dsn)

The block is run again for as long as it raises what is waited for. Any other exception leaves at once. The
loop ends without an error when `stop` is set; it raises the last failure where `seconds_max` has passed.
Retries of a webhook that a receiver refused are no part of this: they are stored, and last for days
(`giants.delivery.schedule`).
"""

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

import structlog
from prometheus_client import Counter
from tenacity import (
    AsyncRetrying,
    AttemptManager,
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_delay,
    stop_never,
)

PAUSE_SECONDS_MIN: Final = 0.1
PAUSE_SECONDS_MAX: Final = 10.0
# An attempt that lasted so long had succeeded: its failure is a new one.
HEALTHY_SECONDS: Final = 60.0
# Up to so much of a pause is added to it, so that many processes do not try at the same moment.
JITTER: Final = 0.25
# The same failure is logged again after so long.
REMINDER_SECONDS: Final = 60.0

Failures = type[BaseException] | tuple[type[BaseException], ...] | Callable[[BaseException], bool]
Result = TypeVar("Result")
Notify = Callable[[BaseException, float], None]  # a failure, and the seconds until the next attempt

# Of all attempts of this process; whoever serves metrics registers it.
RETRIES: Final = Counter(
    "giants_retries_total",
    "Attempts that failed and are made again, by what is waited for and the kind of failure",
    ["dependency", "error"],
    registry=None,
)

_logger = structlog.get_logger(__name__)


class Backoff:
    """Pauses in seconds: doubled with each failure up to a maximum, and short again after a healthy time."""

    def __init__(
        self, seconds_min: float = PAUSE_SECONDS_MIN, seconds_max: float = PAUSE_SECONDS_MAX
    ) -> None:
        self._seconds_min, self._seconds_max = seconds_min, seconds_max
        self._resumed_at = time.monotonic()
        self.failures = 0  # in a row

    def next_seconds(self) -> float:
        """Count a failure and return the pause before the next attempt."""
        now = time.monotonic()
        if now - self._resumed_at > HEALTHY_SECONDS:
            self.failures = 0
        pause = min(self._seconds_min * 2.0**self.failures, self._seconds_max)
        self.failures += 1
        pause *= 1 + JITTER * random.random()  # noqa: S311 - spreads attempts, hides nothing
        self._resumed_at = now + pause
        return pause


def retrying(
    on: Failures,
    waits_for: str,
    *,
    stop: threading.Event | None = None,
    seconds_max: float | None = None,
    notify: Notify | None = None,
) -> Iterator[AttemptManager]:
    """Attempts of a thread; `notify` is called before each pause, instead of a warning in the log.

    Without `notify` each failure is logged once, and again each minute.
    """
    stop = stop or threading.Event()

    def pause(seconds: float) -> None:
        stop.wait(seconds)

    for attempt in Retrying(sleep=pause, **_policy(on, waits_for, seconds_max, notify)):
        if stop.is_set():
            return
        yield attempt


def retrying_async(
    on: Failures,
    waits_for: str,
    *,
    stop: threading.Event | None = None,
    seconds_max: float | None = None,
    notify: Notify | None = None,
) -> AsyncRetrying:
    """The same for a coroutine; the event loop runs on during the pauses."""
    return _AsyncAttempts(stop, **_policy(on, waits_for, seconds_max, notify))


async def retried(call: Callable[[], Awaitable[Result]], on: Failures, waits_for: str) -> Result:
    """The result of a call that is made many times a second: attempts are prepared once one has failed."""
    failed: BaseException | None = None
    try:
        return await call()
    except Exception as error:  # noqa: BLE001 - any: what is no failure to wait out is raised below
        failed = error
    async for attempt in retrying_async(on, waits_for):
        with attempt:
            if failed is not None:
                # The attempt that was made counts as the first: it is told, and followed by a pause.
                first, failed = failed, None
                raise first
            return await call()
    raise AssertionError("unreachable: attempts end with a result or an error")


class _AsyncAttempts(AsyncRetrying):
    def __init__(self, stop_event: threading.Event | None, **policy: Any) -> None:
        super().__init__(sleep=self._pause, **policy)
        self._stop_event = stop_event

    async def __anext__(self) -> AttemptManager:
        attempt = await super().__anext__()
        if self._stop_event is not None and self._stop_event.is_set():
            raise StopAsyncIteration
        return attempt

    async def _pause(self, seconds: float) -> None:
        if self._stop_event is None:
            await asyncio.sleep(seconds)
        else:
            await asyncio.to_thread(self._stop_event.wait, seconds)


def _policy(on: Failures, waits_for: str, seconds_max: float | None, notify: Notify | None) -> dict[str, Any]:
    backoff = Backoff()
    logged_at: dict[str, float] = {}

    def log(error: BaseException, seconds: float) -> None:
        cause, now = type(error).__name__, time.monotonic()
        if now - logged_at.get(cause, -REMINDER_SECONDS) >= REMINDER_SECONDS:
            logged_at[cause] = now
            _logger.warning(f"waiting for {waits_for}", error=repr(error), seconds=round(seconds, 1))

    def before_pause(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        if error is not None:
            RETRIES.labels(waits_for, type(error).__name__).inc()
            (notify or log)(error, state.upcoming_sleep)

    is_failure = on if not isinstance(on, type | tuple) else lambda error: isinstance(error, on)
    return {
        "retry": retry_if_exception(is_failure),
        "wait": lambda _: backoff.next_seconds(),
        "stop": stop_never if seconds_max is None else stop_after_delay(seconds_max),
        "before_sleep": before_pause,
        "reraise": True,
    }
