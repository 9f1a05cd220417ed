"""What an agent gives to a task: a state, how a frame changes it, and which frames are processed as one.

Output does not depend on how frames are grouped: a frame leads to the same bytes whether it is processed
alone or with others. Only snapshots, of which the latest counts, are sent once for a group.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from giants.kafka.log import Record
from streams.changelog import StateStore
from streams.local_state import LocalStateStore


@dataclass(slots=True)
class ProcessingResult:
    """What one frame leads to: records to send, and the keys of the state that it changed.

    `touched` maps each changed key to the instant (milliseconds since 1970) of the event that changed it.
    """

    outputs: list[Record] = field(default_factory=list)
    touched: dict[bytes, int] = field(default_factory=dict)


class Processor(StateStore, Protocol):
    """The state of one partition and how a frame changes it.

    A processor that alone writes the latest values of a compacted output is a `SnapshotOwner` as well; one
    that stores no entries is `Replayable`.
    """

    def decode(self, value: bytes) -> Any:
        """The frame in a record of the source topic."""

    def resumable(self, frame: Any) -> bool:
        """Whether the frame can be processed on a state that holds a part of what it led to.

        Such a frame is a group of its own, and its state may be written in several batches.
        """

    def apply(self, offset: int, frame: Any) -> ProcessingResult:
        """Change the state by the frame at `offset` of the source."""

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """The latest values of what a group touched, for the compacted outputs."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What all tasks of one agent have in common.

    `name` tells agents apart that read the same topic, in metrics and in the Faust app; topics are full
    names. `new_processor` makes the empty state of a partition, over its local store where there is one.
    `is_slow`: one frame may take seconds, as a list of thousands of firms or the first day of a year does;
    each is processed in a thread, and other tasks and heartbeats go on meanwhile.
    """

    name: str
    source_topic: str
    state_topic: str
    new_processor: Callable[[int, LocalStateStore | None], Processor]
    is_slow: bool = False


@runtime_checkable
class Replayable(Protocol):
    """A processor that stores no entries: its source topic is its journal, and is read from the beginning."""

    def replay(self, frame: Any) -> None:
        """Change the state by a frame whose outputs are durable already; nothing is sent."""


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A record of the source topic that holds a frame.

    `is_backfill`: nobody is alerted of what follows from it, so it may wait for more of its kind.
    """

    offset: int
    value: bytes
    trace: bytes | None = None
    is_backfill: bool = False


@dataclass(slots=True)
class FrameGroup:
    """Frames that are processed and committed together, and what they led to.

    `stored` and `frames` are the same ones, as bytes and decoded. Seconds are those of `perf_counter`.
    """

    stored: Sequence[StoredFrame]
    frames: Sequence[Any]
    is_resumable: bool
    outputs: list[Record] = field(default_factory=list)
    touched: dict[bytes, int] = field(default_factory=dict)
    began: float = 0.0
    processed: float = 0.0

    @property
    def last_offset(self) -> int:
        """Offset of the last frame."""
        return self.stored[-1].offset


def next_group(processor: Processor, waiting: deque[StoredFrame], max_bytes: int) -> FrameGroup:
    """Take off the frames that are processed together next: at least one, and a resumable one alone."""
    first = waiting.popleft()
    frame = processor.decode(first.value)
    stored, frames, is_resumable = [first], [frame], processor.resumable(frame)
    size_bytes = len(first.value)
    while waiting and not is_resumable:
        size_bytes += len(waiting[0].value)
        frame = processor.decode(waiting[0].value)
        if size_bytes > max_bytes or processor.resumable(frame):
            break
        stored.append(waiting.popleft())
        frames.append(frame)
    return FrameGroup(stored, frames, is_resumable)
