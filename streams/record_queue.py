"""The frames of one partition that were delivered and that its task has not taken yet.

The consumer puts, the task polls; the queue calls neither. What this worker has appended itself is put
ahead of the consumer, once it is durable. The queue takes whatever is put: what has been fetched is in memory
anyway. Where it is full the consumer fetches no more of its partition (`streams.transport`), so it holds
`QUEUE_BYTES_MAX` and what one fetch brings.
"""

import asyncio
from collections import deque
from typing import Final

from streams.processor import StoredFrame

# Bytes of the frames that are processed together: what they change must fit one batch of the changelog.
GROUP_BYTES_MAX: Final = 500_000
# One group: the latest value of a company is then sent and stored once for all frames that wait.
QUEUE_BYTES_MAX: Final = GROUP_BYTES_MAX
QUEUE_FRAMES_MAX: Final = 1_000
# How long frames of a backfill wait for more, in all and for the next one, until a group is full.
BACKFILL_WAIT_SECONDS_MAX: Final = 5.0
BACKFILL_PAUSE_SECONDS_MAX: Final = 0.5


class RecordQueue:
    """Frames in the order of their offsets; for one event loop, one consumer and one task."""

    def __init__(self) -> None:
        self._frames: deque[StoredFrame] = deque()
        self._size_bytes = 0
        self._live_frames = 0  # of those that wait, the ones that are no backfill
        self._last_offset = -1  # of the frames that were put
        self._changed = asyncio.Event()
        self._is_interrupted = False

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def is_full(self) -> bool:
        """Whether the consumer has to stop fetching the partition for now."""
        return self._size_bytes >= QUEUE_BYTES_MAX or len(self._frames) >= QUEUE_FRAMES_MAX

    @property
    def next_offset(self) -> int:
        """Offset of the first frame that waits; the queue must not be empty."""
        return self._frames[0].offset

    def put(self, frame: StoredFrame) -> None:
        """Add a frame; one that was put before, and is delivered again after a rebalance, is dropped."""
        if frame.offset <= self._last_offset:
            return
        self._last_offset = frame.offset
        self._frames.append(frame)
        self._size_bytes += len(frame.value)
        self._live_frames += not frame.is_backfill
        self._changed.set()

    def put_ahead(self, frame: StoredFrame) -> None:
        """Add a frame before it is fetched, where it is the next one and there is room.

        Any other will be fetched: between it and the last one that was put may be frames of another worker.
        """
        if frame.offset == self._last_offset + 1 and not self.is_full:
            self.put(frame)

    def poll(self, max_bytes: int) -> list[StoredFrame]:
        """Take frames off that follow each other without a gap, of `max_bytes` in all but at least one.

        Empty where none waits. A gap ends a poll: the task reads what is missing from the log first.
        """
        polled: list[StoredFrame] = []
        while self._frames:
            frame = self._frames[0]
            if polled and (frame.offset != polled[-1].offset + 1 or len(frame.value) > max_bytes):
                break
            polled.append(self._frames.popleft())
            max_bytes -= len(frame.value)
            self._size_bytes -= len(frame.value)
            self._live_frames -= not frame.is_backfill
        return polled

    def interrupt(self) -> None:
        """Let `wait` return though nothing may have come: the task has something else to do."""
        self._is_interrupted = True
        self._changed.set()

    async def wait(self) -> None:
        """Return once a frame waits. Frames of a backfill wait until they fill a group or no more come.

        The latest value of a company is then sent once for many of its families. A live frame ends the wait.
        """
        while not self._frames and not self._is_interrupted:
            await self._put()
        if self._waits_for_more():
            try:
                async with asyncio.timeout(BACKFILL_WAIT_SECONDS_MAX):
                    while self._waits_for_more():
                        async with asyncio.timeout(BACKFILL_PAUSE_SECONDS_MAX):
                            await self._put()
            except TimeoutError:
                pass
        self._is_interrupted = False

    def _waits_for_more(self) -> bool:
        return not (self._live_frames or self.is_full or self._is_interrupted)

    async def _put(self) -> None:
        """Return at the next put or interruption."""
        self._changed.clear()
        await self._changed.wait()
