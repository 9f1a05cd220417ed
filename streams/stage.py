"""The protocol of every agent: fold frames, send, wait, keep, wait; only then are the frames acknowledged.

What a frame leads to is a pure function of the state and the frame. Everything it sends is durable before the
state says that the frame is in, and the state is written in one batch. After a crash a frame is therefore
either known, and nothing happens, or folded again from the very same state, and the same bytes are sent again.

Frames that wait are folded together, since the two waits are what costs. What each sends does not depend on its
company; only snapshots, of which the latest counts, are sent once for all.

Where a consumer stands is told by the state alone. What Kafka's group has committed is only a hint where to
begin: frames that are known are passed over, and frames that were skipped are read from the log.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from streams.log import Log, Record
from streams.state import Changelog, Keeper

# Bytes of the frames that are folded together: what they change must fit one batch of the changelog.
_TOGETHER_BYTES_MAX: Final = 64_000


@dataclass(slots=True)
class Step:
    """What one frame leads to."""

    outputs: list[Record] = field(default_factory=list)
    touched: dict[bytes, int] = field(
        default_factory=dict
    )  # entry of the state -> instant of what touched it


class Fold(Keeper, Protocol):
    """The state of one partition and how a frame changes it."""

    def decode(self, value: bytes) -> Any:
        """The frame in a record."""

    def divisible(self, frame: Any) -> bool:
        """Whether the frame can be folded on a state that holds a part of what it led to."""

    def apply(self, offset: int, frame: Any) -> Step:
        """Fold the frame at `offset`."""

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """The latest of what was touched, for the compacted topics."""


@dataclass(frozen=True, slots=True)
class Framed:
    """A record of a log that holds a frame."""

    offset: int
    value: bytes


@dataclass(slots=True)
class _Partition:
    fold: Fold
    changelog: Changelog
    checked: bool = False


class Stage:
    """One agent's work on all partitions of its log that this worker has."""

    def __init__(
        self, log: Log, source: str, state: str, new_fold: Callable[[int], Fold], *, refolds: bool = False
    ) -> None:
        """Read `source`, keep in `state`. A stage that `refolds` keeps no entries: its log is its journal."""
        self._log, self._source, self._state = log, source, state
        self._new_fold: Final = new_fold
        self._refolds: Final = refolds
        self._partitions: dict[int, _Partition] = {}

    @property
    def source(self) -> str:
        """Full name of the log that the stage reads."""
        return self._source

    async def handle(self, partition: int, frames: Sequence[Framed]) -> None:
        """Bring the partition past the frames, which are in order; returns once everything is durable."""
        state = await self._ready(partition)
        missed = await self._missed(partition, state.changelog.position + 1, frames[0].offset)
        new = [frame for frame in frames if frame.offset > state.changelog.position]
        try:
            for group in _groups(state.fold, [*missed, *new]):
                await self._advance(state, group)
        except BaseException:
            # The state in memory is ahead of what is durable: drop it, so that it is read again.
            self._partitions.pop(partition, None)
            raise

    def reassigned(self, partitions: Set[int]) -> None:
        """After a rebalance: forget what went elsewhere, and check the rest before it is used again."""
        self._partitions = {
            number: state for number, state in self._partitions.items() if number in partitions
        }
        for state in self._partitions.values():
            state.checked = False

    def fold_of(self, partition: int) -> Fold | None:
        """The state of a partition, where it is here: for metrics and tests."""
        state = self._partitions.get(partition)
        return state.fold if state is not None else None

    async def _ready(self, partition: int) -> _Partition:
        state = self._partitions.get(partition)
        if state is None:
            fold = self._new_fold(partition)
            state = _Partition(fold, Changelog(self._log, self._state, partition, fold))
        if not state.checked:
            folded = state.changelog.position
            await state.changelog.catch_up()
            if self._refolds:
                await self._refold(state, partition, folded + 1, state.changelog.position + 1)
            state.checked = True
            self._partitions[partition] = state
        return state

    async def _refold(self, state: _Partition, partition: int, start: int, stop: int) -> None:
        """Fold a part of the log in silence: what it led to was sent already."""
        for framed in await self._missed(partition, start, stop):
            state.fold.apply(framed.offset, state.fold.decode(framed.value))

    async def _missed(self, partition: int, start: int, stop: int) -> list[Framed]:
        if start >= stop:
            return []
        read = self._log.read(self._source, partition, start, stop)
        return [Framed(stored.offset, stored.value or b"") async for stored in read]

    async def _advance(self, state: _Partition, group: "_Group") -> None:
        outputs: list[Record] = []
        touched: dict[bytes, int] = {}
        for offset, frame in group.frames:
            step = state.fold.apply(offset, frame)
            outputs.extend(step.outputs)
            touched.update(step.touched)
        await self._log.send([*outputs, *state.fold.snapshots(touched)])
        position = group.frames[-1][0]
        entries = state.fold.entries(touched)
        await state.changelog.write(position, entries, divisible=group.divisible)


@dataclass(slots=True)
class _Group:
    """Frames that are folded together; a divisible one stays alone."""

    divisible: bool
    frames: list[tuple[int, Any]] = field(default_factory=list)
    size_bytes: int = 0


def _groups(fold: Fold, framed: Iterable[Framed]) -> Iterator[_Group]:
    group: _Group | None = None
    for record in framed:
        frame = fold.decode(record.value)
        divisible = fold.divisible(frame)
        full = group is not None and group.size_bytes + len(record.value) > _TOGETHER_BYTES_MAX
        if group is not None and (full or divisible or group.divisible):
            yield group
            group = None
        group = group or _Group(divisible)
        group.frames.append((record.offset, frame))
        group.size_bytes += len(record.value)
    if group is not None:
        yield group
