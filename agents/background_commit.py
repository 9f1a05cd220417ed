"""Offsets that are committed while the next records are read and processed.

A commit says nothing but where the group begins after a restart, so nobody has to wait for it: what was sent
and not committed comes again, and is known by its identity.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiokafka import TopicPartition

Offsets = Mapping[TopicPartition, int]


class BackgroundCommit:
    """The commits of one consumer, one at a time and in order; `commit` makes one and waits for it."""

    def __init__(self, commit: Callable[[Offsets], Awaitable[None]]) -> None:
        self._commit_offsets: Final = commit
        self._commit: asyncio.Task[None] | None = None

    async def begin(self, offsets: Offsets) -> None:
        """Commit offsets once the commit before has ended. Raises what that one raised."""
        await self.end()
        self._commit = asyncio.create_task(self._run(offsets))

    async def end(self) -> None:
        """Wait for the commit that is under way. Raises what it raised."""
        commit, self._commit = self._commit, None
        if commit is not None:
            await commit

    async def _run(self, offsets: Offsets) -> None:
        await self._commit_offsets(offsets)

    async def cancel(self) -> None:
        """Give up the commit that is under way."""
        if self._commit is not None:
            self._commit.cancel()
            await asyncio.gather(self._commit, return_exceptions=True)
