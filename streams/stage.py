"""The protocol of every agent: fold a frame, send, wait, keep, wait; only then is the frame acknowledged.

What a frame leads to is a pure function of the state and the frame. Everything it sends is durable before the
state says that the frame is in, and the state is written in one batch. After a crash a frame is therefore either
known, and nothing happens, or folded again from the very same state, and the same bytes are sent again.

Where a consumer stands is told by the state alone. What Kafka's group has committed is only a hint where to begin:
frames that are known are passed over, and frames that were skipped are read from the log.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final, Protocol

from streams.log import Log, Record
from streams.state import Changelog, Keeper


@dataclass(slots=True)
class Step:
    """What one frame leads to: records to send, then entries of the state to keep."""

    outputs: list[Record] = field(default_factory=list)
    entries: Mapping[bytes, bytes] = field(default_factory=dict)
    divisible: bool = False  # whether a part of the entries is a state that the frame can be folded on


class Fold(Keeper, Protocol):
    """The state of one partition and how a frame changes it."""

    def apply(self, offset: int, value: bytes) -> Step:
        """Fold the frame at `offset`."""


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

    async def handle(self, partition: int, offset: int, value: bytes) -> None:
        """Bring the partition past the frame at `offset`; returns once everything is durable."""
        state = await self._ready(partition)
        if offset <= state.changelog.position:
            return
        if offset > state.changelog.position + 1:
            async for missed in self._log.read(self._source, partition, state.changelog.position + 1, offset):
                await self._advance(partition, state, missed.offset, missed.value or b"")
        await self._advance(partition, state, offset, value)

    def reassigned(self, partitions: Set[int]) -> None:
        """After a rebalance: forget what went elsewhere, and check the rest before it is used again."""
        self._partitions = {number: state for number, state in self._partitions.items() if number in partitions}
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
        if start >= stop:
            return
        async for stored in self._log.read(self._source, partition, start, stop):
            state.fold.apply(stored.offset, stored.value or b"")

    async def _advance(self, partition: int, state: _Partition, offset: int, value: bytes) -> None:
        try:
            step = state.fold.apply(offset, value)
            await self._log.send(step.outputs)
            await state.changelog.write(offset, step.entries, divisible=step.divisible)
        except BaseException:
            # The state in memory is ahead of what is durable: drop it, so that it is read again.
            self._partitions.pop(partition, None)
            raise
