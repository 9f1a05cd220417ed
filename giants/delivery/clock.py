"""The clock of the dispatcher, passed in so that a test can let days of retries pass at once."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """The present instant, UTC."""

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        """Return once `wake` is set or so many seconds have passed."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        """Return once `wake` is set or so many seconds have passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await wake.wait()
