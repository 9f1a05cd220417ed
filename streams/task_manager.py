"""The protocol of every agent: fold frames, send, wait, keep, wait; only then are the frames committed.

What a frame leads to is a pure function of the state and the frame. Everything it sends is durable before
the state says that the frame is in, and the state is written in one batch. After a crash a frame is therefore
either known, and nothing happens, or folded again from the very same state, and the same bytes are sent.

Frames that wait are folded together, since the two waits are what costs. What each sends does not depend on
its company; only snapshots, of which the latest counts, are sent once for all.

Where a consumer stands is told by the state alone. What Kafka's group has committed is only a hint where to
begin: frames that are known are passed over, and frames that were skipped are read from the log. Whoever
finds that another worker got further goes on from there.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter, time_ns
from typing import Any, Final, Protocol, runtime_checkable

from giants.kafka.log import BatchTooLargeError, Log, LogLostError, Record
from giants.kafka.tracing import TRACING, trace_of, traced
from streams.changelog import BEFORE_ALL, Changelog, StateStore
from streams.local_state import LocalStateStore, StateDirectory
from streams.metrics import METRICS
from streams.snapshot_verifier import SnapshotOwner, SnapshotVerifier

# Bytes of the frames that are folded together: what they change must fit one batch of the changelog.
GROUP_BYTES_MAX: Final = 500_000
# A list of thousands takes its time when it is folded again: heartbeats and other stages get about as much.
_REST_SECONDS_A_BYTE: Final = 1e-6
# What is read of a log at once where frames were skipped.
_MISSED_FRAMES_MAX: Final = 500
_MISSED_BYTES_MAX: Final = 8_000_000


@dataclass(slots=True)
class ProcessingResult:
    """What one frame leads to: `touched` maps entries of the state to the instant of what touched them."""

    outputs: list[Record] = field(default_factory=list)
    touched: dict[bytes, int] = field(default_factory=dict)


class Processor(StateStore, Protocol):
    """The state of one partition and how a frame changes it.

    A processor that alone writes the latest values of an output is a `SnapshotOwner` as well; one without
    entries is `Replayable`.
    """

    def decode(self, value: bytes) -> Any:
        """The frame in a record."""

    def resumable(self, frame: Any) -> bool:
        """Whether the frame can be folded on a state that holds a part of what it led to."""

    def apply(self, offset: int, frame: Any) -> ProcessingResult:
        """Fold the frame at `offset`."""

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """The latest of what was touched, for the compacted topics."""


@runtime_checkable
class Replayable(Protocol):
    """A fold that keeps no entries: its log is its journal, which is folded again from the beginning."""

    def replay(self, frame: Any) -> None:
        """Fold a frame of which everything was sent."""


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A record of a log that holds a frame."""

    offset: int
    value: bytes
    trace: bytes | None = None


# The frames that follow an offset, as far as they are there and take no more than so many bytes.
More = Callable[[int, int], Sequence[StoredFrame]]


@dataclass(slots=True)
class PartitionTask:
    """The work of one partition: its processor, changelog, and how far both are."""

    number: int
    fold: Processor
    changelog: Changelog
    latest: SnapshotVerifier | None
    checked: bool = False
    folded: int = BEFORE_ALL  # the last frame that went through the fold here
    offset_at_check: int | None = None


class TaskManager:
    """One agent's work on all partitions of its log that this worker has."""

    def __init__(
        self,
        log: Log,
        source: str,
        state: str,
        new_fold: Callable[[int, LocalStateStore | None], Processor],
        *,
        state_directory: StateDirectory | None = None,
    ) -> None:
        """Read `source`, keep in `state`, with local copies where `state_directory` are given."""
        self._log, self._source, self._state = log, source, state
        # Tells stages apart in metrics and in the Faust app; another one of the same log takes another name.
        self.name = source
        self._new_fold: Final = new_fold
        self._state_directory: Final = state_directory
        self._partitions: dict[int, PartitionTask] = {}
        self._assigned: Set[int] = frozenset()
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        # One partition folds at a time, while others wait for the broker: taken in turns frame by frame, the
        # states of all would push each other out of the processor's cache, and all they lead to be held.
        self._folding: Final = asyncio.Lock()

    @property
    def source(self) -> str:
        """Full name of the log that the stage reads."""
        return self._source

    async def handle(self, partition: int, frames: Sequence[StoredFrame], more: More | None = None) -> None:
        """Bring the partition past the frames, which are in order; returns once everything is durable.

        `more` gives those that came while others had their turn, which are folded with them.
        """
        async with self._holding(partition) as state:
            for run in _runs(frames):
                await self._fold_missed(state, run[0].offset)
                await self._fold(state, run, more)

    async def check(self) -> None:
        """Look at what others did in the partitions that are assigned here, and put right what they spoilt.

        To be called from time to time, much more often than the compaction lag of the state: late records of
        a zombie have to be found before they replace what counts. A partition that had nothing to do since
        the last time is brought to the end of its log: Faust may have committed a frame that nobody folded.
        """
        for partition in sorted(self._assigned):
            if partition in self._assigned:  # still, for there was a wait
                async with self._holding(partition) as state:
                    await self._check(state)

    def reassigned(self, partitions: Set[int]) -> None:
        """After a rebalance: forget what went elsewhere, and check the rest before it is used again."""
        self._assigned = frozenset(partitions)
        self._partitions = {
            number: state for number, state in self._partitions.items() if number in partitions
        }
        for state in self._partitions.values():
            state.checked = False

    @property
    def recovering(self) -> Set[int]:
        """Partitions that are assigned here and whose state is not read, or not checked, yet."""
        ready = {number for number, state in self._partitions.items() if state.checked}
        return self._assigned - ready

    def folded(self, partition: int) -> int | None:
        """The offset up to which a partition is folded and durable; None where its state is not at hand."""
        state = self._partitions.get(partition)
        if state is None or not state.checked or state.changelog.processed_offset == BEFORE_ALL:
            return None
        return state.changelog.processed_offset + 1

    def fold_of(self, partition: int) -> Processor | None:
        """The state of a partition, where it is here: for metrics and tests."""
        state = self._partitions.get(partition)
        return state.fold if state is not None else None

    @asynccontextmanager
    async def _holding(self, partition: int) -> AsyncIterator[PartitionTask]:
        """The state of a partition, for one at a time, and as new as the changelog after a rebalance."""
        async with self._locks[partition]:
            try:
                yield await self._ready(partition)
            except BaseException:
                # The state in memory may be ahead of what is durable: drop it, so that it is read again.
                self._partitions.pop(partition, None)
                raise

    async def _ready(self, partition: int) -> PartitionTask:
        state = self._partitions.get(partition) or self._new(partition)
        if not state.checked:
            await state.changelog.recover()
            state.checked = True
            self._partitions[partition] = state
        await self._reconcile_foreign_writes(state)
        return state

    def _new(self, partition: int) -> PartitionTask:
        local_store = (
            self._state_directory.of(self._state, partition) if self._state_directory is not None else None
        )
        fold = self._new_fold(partition, local_store)
        latest = SnapshotVerifier(self._log, fold) if isinstance(fold, SnapshotOwner) else None
        changelog = Changelog(self._log, self._state, partition, fold, local_store)
        return PartitionTask(partition, fold, changelog, latest)

    async def _reconcile_foreign_writes(self, state: PartitionTask) -> bool:
        """Do what has to be done where another worker wrote to the changelog; says whether one did."""
        await state.changelog.rewrite_stale_entries()
        foreign_write = state.changelog.saw_foreign_write()
        if foreign_write and state.latest is not None:
            state.latest.restore(state.changelog.checkpoint_metadata)
        if isinstance(state.fold, Replayable):
            await self._replay(state, state.fold.replay)
        return foreign_write

    async def _replay(self, state: PartitionTask, replay: Callable[[Any], None]) -> None:
        """Bring the fold to where the changelog says that it stands."""
        while state.folded < state.changelog.processed_offset:
            frames = await self._missed(state, state.folded + 1, state.changelog.processed_offset + 1)
            if not frames:
                raise LogLostError(
                    self._source, state.number, state.changelog.processed_offset + 1, state.folded + 1
                )
            for framed in frames:
                await asyncio.sleep(len(framed.value) * _REST_SECONDS_A_BYTE)
                replay(state.fold.decode(framed.value))
                state.folded = framed.offset

    async def _check(self, state: PartitionTask) -> None:
        changelog = state.changelog
        was_idle = state.offset_at_check == changelog.processed_offset
        if await self._log.has_new_records({changelog.place: changelog.next_offset}):
            await changelog.recover()
            await self._reconcile_foreign_writes(state)
        if was_idle:
            await self._fold_missed(state)
            if state.latest is not None:
                await state.latest.verify()
        state.offset_at_check = changelog.processed_offset

    async def _fold_missed(self, state: PartitionTask, stop: int | None = None) -> None:
        """Fold the frames of the log up to an offset, or all."""
        while frames := await self._missed(state, state.changelog.processed_offset + 1, stop):
            await self._fold(state, frames)

    async def _missed(self, state: PartitionTask, start: int, stop: int | None) -> list[StoredFrame]:
        """Some frames from `start` on; none where there are no more before `stop`."""
        if stop is not None and start >= stop:
            return []
        frames: list[StoredFrame] = []
        size_bytes = 0
        async with aclosing(self._log.read(self._source, state.number, start, stop)) as records:
            async for stored in records:
                frames.append(StoredFrame(stored.offset, stored.value or b"", trace_of(stored.headers)))
                size_bytes += len(frames[-1].value)
                if len(frames) == _MISSED_FRAMES_MAX or size_bytes > _MISSED_BYTES_MAX:
                    break
        return frames

    async def _fold(
        self, state: PartitionTask, frames: Iterable[StoredFrame], more: More | None = None
    ) -> None:
        """Fold frames that follow each other, passing over those that are known when their turn comes."""
        rest = deque(frames)
        group_bytes_max = GROUP_BYTES_MAX
        while rest:
            if rest[0].offset <= state.changelog.processed_offset:
                rest.popleft()
                continue
            async with self._folding:
                if more is not None:
                    rest.extend(more(rest[-1].offset, group_bytes_max - sum(len(one.value) for one in rest)))
                group = _group(state.fold, rest, group_bytes_max)
                await self._apply(state, group)
            try:
                await self._advance(state, group)
            except BatchTooLargeError:
                if len(group.taken) == 1:
                    raise
                # What these lead to together is more than one batch holds: from what is durable, one by one.
                await self._begin_again(state)
                rest.extendleft(reversed(group.taken))
                group_bytes_max = 0

    async def _begin_again(self, state: PartitionTask) -> None:
        fresh = self._new(state.number)
        state.fold, state.changelog, state.latest = fresh.fold, fresh.changelog, fresh.latest
        state.folded = BEFORE_ALL
        await state.changelog.recover()
        await self._reconcile_foreign_writes(state)

    async def _apply(self, state: PartitionTask, group: "_FrameGroup") -> None:
        """Fold the frames, and note what has to be sent and kept for it."""
        records, touched = group.records, group.touched
        group.began = perf_counter()
        for taken, frame in zip(group.taken, group.frames, strict=True):
            step = state.fold.apply(taken.offset, frame)
            records.extend(step.outputs if taken.trace is None else traced(step.outputs, taken.trace))
            touched.update(step.touched)
            state.folded = taken.offset
            await asyncio.sleep(0)  # heartbeats and other stages get their turns
        records.extend(state.fold.snapshots(touched))
        group.folded = perf_counter()

    async def _advance(self, state: PartitionTask, group: "_FrameGroup") -> None:
        """Send what the frames led to, then keep what they changed."""
        records = group.records
        ends = await self._log.send(records)
        sent = perf_counter()
        alone = state.latest is None or state.latest.sent(records, ends)
        checkpoint_metadata = b"" if state.latest is None else state.latest.checkpoint_metadata()
        entries = state.fold.entries(group.touched)
        await state.changelog.write(state.folded, entries, checkpoint_metadata, resumable=group.resumable)
        kept = perf_counter()
        seconds = group.folded - group.began, sent - group.folded, kept - sent
        self._measure(len(group.frames), len(records), *seconds)
        if TRACING.on:
            traces = (taken.trace for taken in group.taken if taken.trace is not None)
            TRACING.note("fold", traces, time_ns() - int((kept - group.began) * 1e9), log=self.name)
        foreign_write = await self._reconcile_foreign_writes(state)
        if state.latest is not None and (foreign_write or not alone):
            await state.latest.verify()

    def _measure(self, frames: int, records: int, fold: float, send: float, keep: float) -> None:
        """Count one group: frames, records sent, and the seconds of each step."""
        log = self.name
        METRICS.frames.labels(log).inc(frames)
        METRICS.together.labels(log).observe(frames)
        METRICS.outputs.labels(log).inc(records)
        METRICS.fold_seconds.labels(log).observe(fold)
        METRICS.send_seconds.labels(log).observe(send)
        METRICS.keep_seconds.labels(log).observe(keep)


@dataclass(slots=True)
class _FrameGroup:
    """Frames that are folded together, raw and decoded, a divisible one alone; and what they led to."""

    resumable: bool
    taken: list[StoredFrame]
    frames: list[Any]
    records: list[Record] = field(default_factory=list)
    touched: dict[bytes, int] = field(default_factory=dict)
    began: float = 0.0  # by the clock of `perf_counter`, as `folded`
    folded: float = 0.0


def _runs(frames: Iterable[StoredFrame]) -> Iterator[list[StoredFrame]]:
    """Cut frames where offsets were skipped."""
    run: list[StoredFrame] = []
    for frame in frames:
        if run and frame.offset != run[-1].offset + 1:
            yield run
            run = []
        run.append(frame)
    if run:
        yield run


def _group(fold: Processor, rest: deque[StoredFrame], group_bytes_max: int) -> _FrameGroup:
    """Take off the frames that are to be folded together next; at least one."""
    first = rest.popleft()
    frame = fold.decode(first.value)
    group = _FrameGroup(fold.resumable(frame), [first], [frame])
    size_bytes = len(first.value)
    while rest and not group.resumable:
        size_bytes += len(rest[0].value)
        frame = fold.decode(rest[0].value)
        if size_bytes > group_bytes_max or fold.resumable(frame):
            break
        group.taken.append(rest.popleft())
        group.frames.append(frame)
    return group
