"""Lanes: one task for each partition, so that the waits of one partition do not hold up another.

Faust hands events on one by one. The stage folds together what waits in a lane, up to a bound, when the turn
of its partition comes; lanes that have something begin together, so that their batches share requests. While
a load is on, of which nobody is alerted, a lane waits for more: the latest of a company is sent once for many
of its families. News ends the wait at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence, Set
from typing import Any, Final

from giants.decoding.frames import BACKFILL_HEADER
from giants.kafka.tracing import trace_of
from streams.beat import Beat
from streams.task_manager import GROUP_BYTES_MAX, StoredFrame, TaskManager

# What waits in one lane: as much as is folded together, since the latest of a company is then sent and kept
# once for all that wait. The agent, and behind it Faust's consumer, wait while it is full.
QUEUE_BYTES_MAX: Final = GROUP_BYTES_MAX
QUEUE_FRAMES_MAX: Final = 1_000
# How long frames of a load are waited for, and how long for the next one, until a lane would be full.
BACKFILL_WAIT_SECONDS_MAX: Final = 5.0
BACKFILL_PAUSE_SECONDS_MAX: Final = 0.5

Crash = Callable[[BaseException], Awaitable[None]]


class PartitionBuffer:
    """The lanes of one stage. `crash` ends the worker where a frame cannot be folded."""

    def __init__(self, stage: TaskManager, crash: Crash) -> None:
        self._stage, self._crash = stage, crash
        self._beat: Final = Beat()
        self._lanes: dict[int, _RecordQueue] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def put(self, event: Any) -> None:
        """Queue an event of Faust in the lane of its partition."""
        partition = event.message.partition
        if partition not in self._lanes:
            self._lanes[partition] = _RecordQueue()
            self._tasks[partition] = asyncio.create_task(self._run(partition, self._lanes[partition]))
        await self._lanes[partition].put(event)

    async def close(self, keep: Set[int] = frozenset()) -> None:
        """End the lanes of all partitions but those to keep; the next owner reads again what waits there."""
        closing = [partition for partition in self._tasks if partition not in keep]
        tasks = [self._tasks.pop(partition) for partition in closing]
        lanes = [self._lanes.pop(partition) for partition in closing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in lanes:
            # Who waits for a place in it would wait for ever, and with it the agent for all its partitions.
            while not lane.empty():
                lane.get_nowait()

    async def _run(self, partition: int, lane: "_RecordQueue") -> None:
        try:
            while True:
                frames = _in_order(await _waiting(lane, self._beat))
                await self._stage.handle(partition, frames, lane.take)
        except Exception as error:  # noqa: BLE001 - any: a lane that ended by itself would be missed by nobody
            await self._crash(error)


class _RecordQueue(asyncio.Queue[Any]):
    """The events of one partition that wait; it is full by their bytes or by their number."""

    size_bytes = 0
    _queue: deque[Any]

    def full(self) -> bool:
        """Whether the next one has to wait; where none is there it goes in, whatever its size."""
        return self.size_bytes >= QUEUE_BYTES_MAX or self.qsize() >= QUEUE_FRAMES_MAX

    def take(self, offset: int, size_bytes: int) -> list[StoredFrame]:
        """Take off the events that follow an offset without a gap, of so many bytes at most."""
        taken: list[StoredFrame] = []
        while self._queue:
            message = self._queue[0].message
            if message.offset != offset + 1 or len(message.value) > size_bytes:
                break
            taken.append(_framed(self.get_nowait().message))
            offset += 1
            size_bytes -= len(message.value)
        return taken

    def _put(self, item: Any) -> None:
        self.size_bytes += len(item.message.value)
        super()._put(item)

    def _get(self) -> Any:
        event = super()._get()
        self.size_bytes -= len(event.message.value)
        return event


async def _waiting(lane: _RecordQueue, beat: Beat) -> list[Any]:
    """Take an event that waits at the next beat; of a load also those that come soon."""
    event = await lane.get()
    await beat.wait()
    now = asyncio.get_running_loop().time
    until = now() + BACKFILL_WAIT_SECONDS_MAX
    events, size_bytes = [event], len(event.message.value)
    while _is_backfill(event) and size_bytes < QUEUE_BYTES_MAX and now() < until:
        try:
            # A timer, and a task, only where there is something to wait for.
            there = not lane.empty()
            event = (
                lane.get_nowait() if there else await asyncio.wait_for(lane.get(), BACKFILL_PAUSE_SECONDS_MAX)
            )
        except TimeoutError:
            break
        events.append(event)
        size_bytes += len(event.message.value)
    return events


def _is_backfill(event: Any) -> bool:
    return BACKFILL_HEADER in (event.message.headers or ())


def _in_order(events: Sequence[Any]) -> list[StoredFrame]:
    """Events as frames; after a rebalance the same ones may have been delivered once more."""
    frames = {event.message.offset: _framed(event.message) for event in events}
    return [frames[offset] for offset in sorted(frames)]


def _framed(message: Any) -> StoredFrame:
    headers = message.headers
    return StoredFrame(message.offset, message.value, trace_of(headers) if headers else None)
