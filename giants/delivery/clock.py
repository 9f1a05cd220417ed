"""The clock of the dispatcher: given to it, so that days of retries pass in no time where that is wanted."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is, and waiting."""

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
