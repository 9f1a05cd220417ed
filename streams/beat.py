"""A beat: those who begin within a moment begin together.

A request to a broker costs much the same whether it carries a record of one partition or batches of all. So
whoever comes after a pause begins at once, and those who come soon after wait for the next beat, all of them.
"""

import asyncio
from typing import Final

# Three stages and a store follow each other, and people wait for them.
BEAT_SECONDS: Final = 0.1


class Beat:
    """The beat of one stage; for one event loop."""

    def __init__(self, seconds: float = BEAT_SECONDS) -> None:
        """At most one beat in so many seconds."""
        self._seconds: Final = seconds
        self._next = float("-inf")  # by the clock of the loop

    async def wait(self) -> None:
        """Return at the next beat, which is now where the last one is long enough ago."""
        beat, now = self._next, asyncio.get_running_loop().time()
        if now < beat:
            await asyncio.sleep(beat - now)
        else:
            beat = now
        self._next = max(self._next, beat + self._seconds)
