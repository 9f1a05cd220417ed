"""Lanes: one task for each partition, so that the waits of one partition do not hold up another.

Faust hands events on one by one. A lane takes all that wait, up to a bound, and lets the stage fold them
together.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence, Set
from typing import Any, Final

from streams.stage import Framed, Stage
from streams.tracing import trace_of

# Frames that wait in one lane; the agent, and behind it Faust's consumer, wait while it is full.
LANE_FRAMES_MAX: Final = 32

Crash = Callable[[BaseException], Awaitable[None]]


class Lanes:
    """The lanes of one stage. `crash` ends the worker where a frame cannot be folded."""

    def __init__(self, stage: Stage, crash: Crash) -> None:
        self._stage, self._crash = stage, crash
        self._queues: dict[int, asyncio.Queue[Any]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def put(self, event: Any) -> None:
        """Queue an event of Faust in the lane of its partition."""
        partition = event.message.partition
        if partition not in self._queues:
            self._queues[partition] = asyncio.Queue(LANE_FRAMES_MAX)
            self._tasks[partition] = asyncio.create_task(self._run(partition, self._queues[partition]))
        await self._queues[partition].put(event)

    async def close(self, keep: Set[int] = frozenset()) -> None:
        """End the lanes of all partitions but those to keep; the next owner reads again what waits there."""
        closing = [partition for partition in self._tasks if partition not in keep]
        tasks = [self._tasks.pop(partition) for partition in closing]
        queues = [self._queues.pop(partition) for partition in closing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for queue in queues:
            # Who waits for a place in it would wait for ever, and with it the agent for all its partitions.
            while not queue.empty():
                queue.get_nowait()

    async def _run(self, partition: int, queue: asyncio.Queue[Any]) -> None:
        try:
            while True:
                events = [await queue.get()]
                while not queue.empty():
                    events.append(queue.get_nowait())
                await self._stage.handle(partition, _in_order(events))
        except Exception as error:  # noqa: BLE001 - any: a lane that ended by itself would be missed by nobody
            await self._crash(error)


def _in_order(events: Sequence[Any]) -> list[Framed]:
    """Events as frames; after a rebalance the same ones may have been delivered once more."""
    frames = {event.message.offset: _framed(event.message) for event in events}
    return [frames[offset] for offset in sorted(frames)]


def _framed(message: Any) -> Framed:
    headers = message.headers
    return Framed(message.offset, message.value, trace_of(headers) if headers else None)
