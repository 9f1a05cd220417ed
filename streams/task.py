"""The work of one partition: its states, and how a group of frames is committed.

States, and the transitions that are legal:

    CREATED ──► RESTORING ──► RUNNING
       │          │   ▲          │
       │          ▼   │          ▼
       │        SUSPENDED ◄──────┘
       ▼            │
     CLOSED ◄───────┘

    CREATED    assigned, but the worker has no connection yet
    RESTORING  reads what its changelog got that it has not read; nothing is processed
    RUNNING    takes frames from its queue, processes and commits them
    SUSPENDED  a rebalance is on: the group in hand is finished, no other is begun
    CLOSED     the partition went elsewhere, or the task failed; nothing is read or written any more

Why a crash at any moment loses nothing and repeats nothing with other bytes: what a frame leads to is a pure
function of the state and the frame. All outputs are durable before the changelog says that the frame was
processed, and the changelog takes the state after a group in one batch (`PartitionTask._commit`). So after a
crash a frame is either known, and nothing happens, or processed again on the same state, and the same bytes
are sent. Which frames are processed is said by the changelog alone: what the group has committed is a hint
where to begin. Frames that are known are passed over, and frames that were skipped are read from the log.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Set
from contextlib import aclosing
from enum import Enum, auto
from time import perf_counter, time_ns
from typing import Any, Final, TypeVar

from giants.kafka.errors import BatchTooLargeError, LogLostError
from giants.kafka.log import Log
from giants.kafka.tracing import TRACING, trace_of, traced
from streams.changelog import BEFORE_ALL, Changelog
from streams.errors import IllegalTransitionError
from streams.local_state import StateDirectory
from streams.metrics import METRICS
from streams.processor import Agent, FrameGroup, Replayable, StoredFrame, next_group
from streams.record_queue import GROUP_BYTES_MAX, RecordQueue
from streams.snapshot_verifier import SnapshotOwner, SnapshotVerifier

# What is read of a log at once where frames were skipped.
_SKIPPED_FRAMES_MAX: Final = 500
_SKIPPED_BYTES_MAX: Final = 8_000_000
# So much of a group keeps the event loop to itself: milliseconds, told in bytes, since what runs after what
# must follow from the inputs alone (a history of the simulation is played again by its seed).
_TURN_BYTES: Final = 8_000


class TaskState(Enum):
    """See the module for what each means."""

    CREATED = auto()
    RESTORING = auto()
    RUNNING = auto()
    SUSPENDED = auto()
    CLOSED = auto()


TRANSITIONS: Final[Mapping[TaskState, Set[TaskState]]] = {
    TaskState.CREATED: {TaskState.RESTORING, TaskState.CLOSED},
    TaskState.RESTORING: {TaskState.RUNNING, TaskState.SUSPENDED},
    TaskState.RUNNING: {TaskState.SUSPENDED},
    TaskState.SUSPENDED: {TaskState.RESTORING, TaskState.CLOSED},
    TaskState.CLOSED: set(),
}


Result = TypeVar("Result")

# Is given what a task raised; the worker ends, and another try begins from what is durable.
Fail = Callable[[BaseException], Awaitable[None]]


class PartitionTask:
    """One agent's work on one partition of its source topic."""

    def __init__(
        self,
        log: Log,
        agent: Agent,
        partition: int,
        turn: asyncio.Lock,
        state_directory: StateDirectory | None = None,
    ) -> None:
        """`turn` is held while frames are processed.

        It is shared by the tasks of an agent: processing in turns frame by frame, they would push each
        other's states out of the processor's cache.
        """
        self._log, self._agent, self._turn = log, agent, turn
        self._state_directory = state_directory
        self.partition: Final = partition
        self.queue: Final = RecordQueue()
        self._state = TaskState.CREATED
        self._state_changed = asyncio.Event()
        self._assignments = 0  # how often the task was told to restore
        self._is_check_due = False
        self._offset_at_check: int | None = None
        self._work: asyncio.Task[None] | None = None
        # What the group may commit: the offset after the last frame that was processed and is durable.
        self.committable_offset: int | None = None
        self._open()

    def _open(self) -> None:
        """Begin with an empty state."""
        state_topic, directory = self._agent.state_topic, self._state_directory
        local_store = directory.of(state_topic, self.partition) if directory is not None else None
        self.processor = self._agent.new_processor(self.partition, local_store)
        self.verifier = (
            SnapshotVerifier(self._log, self.processor) if isinstance(self.processor, SnapshotOwner) else None
        )
        self.changelog = Changelog(self._log, state_topic, self.partition, self.processor, local_store)
        self._processed_in_memory = BEFORE_ALL  # the last frame that the state in memory includes

    # -- states

    @property
    def state(self) -> TaskState:
        """Where the task is in its life."""
        return self._state

    def start(self, fail: Fail) -> None:
        """Restore the state and then work, until the task is closed."""
        self.restore()
        self._work = asyncio.create_task(self._run(fail))

    def restore(self) -> None:
        """Read what others wrote before anything else is processed."""
        self._enter(TaskState.RESTORING)
        self._assignments += 1

    def suspend(self) -> None:
        """Finish the group in hand and begin no other."""
        self._enter(TaskState.SUSPENDED)
        self.queue.interrupt()

    async def close(self) -> None:
        """End the work and wait until nothing of it runs any more.

        What was sent and not acknowledged may still land: to the next owner it is a foreign write.
        """
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        self._enter_closed()

    def request_check(self) -> None:
        """Look at what others wrote as soon as the group in hand is finished."""
        self._is_check_due = True
        self.queue.interrupt()

    def _enter(self, target: TaskState) -> None:
        if target not in TRANSITIONS[self._state]:
            legal = [state.name for state in TRANSITIONS[self._state]]
            name = f"{self._agent.name}/{self.partition}"
            raise IllegalTransitionError(name, self._state.name, target.name, legal)
        self._state = target
        self._state_changed.set()

    def _enter_closed(self) -> None:
        if self._state in {TaskState.RESTORING, TaskState.RUNNING}:
            self._enter(TaskState.SUSPENDED)
        if self._state is not TaskState.CLOSED:
            self._enter(TaskState.CLOSED)
        self.committable_offset = None

    # -- work

    async def _run(self, fail: Fail) -> None:
        try:
            while True:
                self._state_changed.clear()
                if self._state is TaskState.RESTORING:
                    await self._restore()
                elif self._state is TaskState.RUNNING:
                    await self._work_once()
                else:
                    await self._state_changed.wait()
        except Exception as error:  # noqa: BLE001 - any: a task that ended silently would be missed by nobody
            # The state in memory may be ahead of what is durable.
            self._enter_closed()
            await fail(error)

    async def _restore(self) -> None:
        assignment = self._assignments
        await self.changelog.recover()
        await self._reconcile_foreign_writes()
        self._offset_at_check = None
        # A rebalance meanwhile asks for another look.
        if self._state is TaskState.RESTORING and assignment == self._assignments:
            self._offer_offset()
            self._enter(TaskState.RUNNING)

    async def _work_once(self) -> None:
        await self.queue.wait()
        if not self._is_running():
            return
        if self._is_check_due:
            self._is_check_due = False
            await self._check()
        elif self.queue:
            await self._process_skipped(self.queue.next_offset)
            if self._is_running():
                await self._process(deque(), from_queue=True)

    def _is_running(self) -> bool:
        return self._state is TaskState.RUNNING

    async def _process_skipped(self, stop: int | None = None) -> None:
        """Process the frames of the log that were never delivered, up to an offset or to the end."""
        while self._is_running():
            frames = await self._read_source(self.changelog.processed_offset + 1, stop)
            if not frames:
                return
            await self._process(deque(frames))

    async def _process(self, waiting: deque[StoredFrame], *, from_queue: bool = False) -> None:
        """Process frames that follow each other, or those of the queue, and commit them group by group.

        The queue is polled once the turn has come: frames that were delivered in the meantime are of the
        group.
        """
        group_bytes_max = GROUP_BYTES_MAX
        while True:
            async with self._turn:
                if from_queue:
                    waiting.extend(self.queue.poll(GROUP_BYTES_MAX))
                    from_queue = False
                while waiting and waiting[0].offset <= self.changelog.processed_offset:
                    waiting.popleft()
                if not waiting:
                    return
                group = next_group(self.processor, waiting, group_bytes_max)
                await self._apply(group)
            try:
                await self._commit(group)
            except BatchTooLargeError:
                if len(group.stored) == 1:
                    raise
                # What these led to is more than one batch holds: again from what is durable, one by one.
                await self._reopen()
                waiting.extendleft(reversed(group.stored))
                group_bytes_max = 0

    async def _apply(self, group: FrameGroup) -> None:
        """Change the state in memory, and collect what has to be sent and stored for it."""
        group.began = perf_counter()
        read = 0
        for stored, frame in zip(group.stored, group.frames, strict=True):
            result = await self._call(self.processor.apply, stored.offset, frame)
            outputs = result.outputs
            group.outputs.extend(outputs if stored.trace is None else traced(outputs, stored.trace))
            group.touched.update(result.touched)
            self._processed_in_memory = stored.offset
            read += len(stored.value)
            if read >= _TURN_BYTES:
                await asyncio.sleep(0)  # heartbeats and other tasks must not wait
                read = 0
        group.outputs.extend(self.processor.snapshots(group.touched))
        group.processed = perf_counter()

    async def _call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Change the state in memory: here, or in a thread where it may take seconds.

        Nothing else of the task runs meanwhile. One that is closed does not wait for the thread, which then
        changes a state that nobody reads any more.
        """
        if self._agent.is_slow:
            return await asyncio.to_thread(function, *arguments)
        return function(*arguments)

    async def _commit(self, group: FrameGroup) -> None:
        """Make a group durable. The order is what the module's promise rests on."""
        # 1. Outputs. Were the changelog first, a crash between the two would lose them for good: the frame
        #    would be known. This way they are sent again, with the same bytes, and readers know them by id.
        ends = await self._log.send(group.outputs)
        sent = perf_counter()
        wrote_alone = self.verifier is None or self.verifier.sent(group.outputs, ends)
        # 2. The changelog: entries, and last the processed offset, in one batch. Since the offset is in the
        #    batch, the state is always that after whole groups.
        entries = self.processor.entries(group.touched)
        metadata = b"" if self.verifier is None else self.verifier.checkpoint_metadata()
        await self.changelog.write(group.last_offset, entries, metadata, resumable=group.is_resumable)
        written = perf_counter()
        # 3. The local store, which must never be ahead of the changelog: what it holds is believed.
        self.changelog.write_checkpoint()
        # 4. The offset, which the consumer commits to the group when it next does. Were it first, a frame
        #    that was never processed would be skipped; as it is, frames may be delivered again.
        self._offer_offset()
        self._measure(group, sent, written)
        # Others may have written too, to the changelog or behind the snapshots: see `streams.task_manager`.
        saw_foreign_write = await self._reconcile_foreign_writes()
        if self.verifier is not None and (saw_foreign_write or not wrote_alone):
            await self.verifier.verify()

    def _offer_offset(self) -> None:
        processed = self.changelog.processed_offset
        self.committable_offset = None if processed == BEFORE_ALL else processed + 1

    async def _reopen(self) -> None:
        """Throw the state in memory away and read it again."""
        self._open()
        await self.changelog.recover()
        await self._reconcile_foreign_writes()

    # -- what others did

    async def _reconcile_foreign_writes(self) -> bool:
        """Repair what another worker left in changelog and snapshots; returns whether one wrote.

        Its entries that are older than ours are written over. Where it got further, its state was read by
        now: snapshots are verified from where it had verified them, and a journal is replayed to its offset.
        """
        await self.changelog.rewrite_stale_entries()
        saw_foreign_write = self.changelog.saw_foreign_write()
        if saw_foreign_write and self.verifier is not None:
            self.verifier.restore(self.changelog.checkpoint_metadata)
        if isinstance(self.processor, Replayable):
            await self._replay(self.processor.replay)
        return saw_foreign_write

    async def _replay(self, replay: Callable[[Any], None]) -> None:
        """Bring the state in memory to the processed offset of the changelog."""
        stop = self.changelog.processed_offset + 1
        while self._processed_in_memory + 1 < stop:
            start = self._processed_in_memory + 1
            frames = await self._read_source(start, stop)
            if not frames:
                raise LogLostError(self._agent.source_topic, self.partition, stop, start)
            for stored in frames:
                await self._call(replay, self.processor.decode(stored.value))
                self._processed_in_memory = stored.offset

    async def _check(self) -> None:
        """Look at what others wrote, and where nothing was processed since the last look, at the outputs.

        A partition that had nothing to do is brought to the end of its log as well: Faust may have committed
        a frame that nobody processed.
        """
        changelog = self.changelog
        was_idle = self._offset_at_check == changelog.processed_offset
        if await self._log.has_new_records({changelog.place: changelog.next_offset}):
            await changelog.recover()
            await self._reconcile_foreign_writes()
            self._offer_offset()
        if was_idle:
            await self._process_skipped()
            if self.verifier is not None:
                await self.verifier.verify()
        self._offset_at_check = changelog.processed_offset

    async def _read_source(self, start: int, stop: int | None) -> list[StoredFrame]:
        """Some frames from `start` on; none where there are no more before `stop`."""
        if stop is not None and start >= stop:
            return []
        frames: list[StoredFrame] = []
        size_bytes = 0
        async with aclosing(self._log.read(self._agent.source_topic, self.partition, start, stop)) as records:
            async for stored in records:
                frames.append(StoredFrame(stored.offset, stored.value or b"", trace_of(stored.headers)))
                size_bytes += len(frames[-1].value)
                if len(frames) == _SKIPPED_FRAMES_MAX or size_bytes > _SKIPPED_BYTES_MAX:
                    break
        return frames

    def _measure(self, group: FrameGroup, sent: float, written: float) -> None:
        name = self._agent.name
        METRICS.frames.labels(name).inc(len(group.frames))
        if group.stored:
            METRICS.processed_offset.labels(name, self.partition).set(group.stored[-1].offset)
        METRICS.batch_frames.labels(name).observe(len(group.frames))
        METRICS.outputs.labels(name).inc(len(group.outputs))
        METRICS.process_seconds.labels(name).observe(group.processed - group.began)
        METRICS.send_seconds.labels(name).observe(sent - group.processed)
        METRICS.changelog_seconds.labels(name).observe(written - sent)
        if TRACING.on:
            traces = (stored.trace for stored in group.stored if stored.trace is not None)
            TRACING.note("fold", traces, time_ns() - int((written - group.began) * 1e9), log=name)
