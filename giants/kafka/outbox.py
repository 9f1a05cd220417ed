"""Records that wait for one partition, sent together.

Every task of a worker sends to every partition of the next log, and a partition takes one batch at a time.
One after the other, the last task would wait for all others; together they wait for one batch.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from giants.kafka.log import Record

# Append what fits one batch; gives the offset of the first record and how many were taken, at least one.
AppendSome = Callable[[Sequence[Record]], Awaitable[tuple[int, int]]]


class Outbox:
    """Sends the records of many senders to one partition, those of each in order."""

    def __init__(self, append_some: AppendSome) -> None:
        self._append_some: Final = append_some
        self._waiting: list[tuple[Sequence[Record], asyncio.Future[int]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def send(self, records: Sequence[Record]) -> int:
        """Wait until all records are durable; gives the offset after the last of them.

        Raises what the append raised. A sender that is cancelled before its group is sent sends nothing.
        """
        acknowledged: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((records, acknowledged))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_waiting())
        return await acknowledged

    async def stop(self) -> None:
        """Send nothing more."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)

    async def _send_waiting(self) -> None:
        while self._waiting:
            group = [
                (records, acknowledged) for records, acknowledged in self._waiting if not acknowledged.done()
            ]
            self._waiting.clear()
            try:
                await self._send_together(group)
            except Exception as error:  # noqa: BLE001 - any: it is raised where the records came from
                for _, acknowledged in group:
                    if not acknowledged.done():
                        acknowledged.set_exception(error)

    async def _send_together(self, group: Sequence[tuple[Sequence[Record], asyncio.Future[int]]]) -> None:
        rest = [record for records, _ in group for record in records]
        unacknowledged = list(group)
        # Of the first sender that is not acknowledged: how many of its records are not appended yet.
        missing = len(unacknowledged[0][0]) if unacknowledged else 0
        while rest:
            first, taken = await self._append_some(rest)
            del rest[:taken]
            missing -= taken
            while unacknowledged and missing <= 0:
                _, acknowledged = unacknowledged.pop(0)
                if not acknowledged.done():
                    acknowledged.set_result(first + taken + missing)
                missing += len(unacknowledged[0][0]) if unacknowledged else 0
