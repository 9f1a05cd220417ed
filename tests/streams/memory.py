"""A log in memory without faults, and a small fold: what tests of the protocol are played with."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from random import Random
from typing import TypeVar

from giants.kafka.log import BatchTooLargeError, Place, Record, Stored
from streams.local_state import LocalStateStore
from streams.task_manager import ProcessingResult, StoredFrame, TaskManager
from tests.simulation.broker import Broker, Faults, SimulatedLog

T = TypeVar("T")

LOG, STATE, OUT, LATEST = "log", "state", "out", "latest"


def run(work: Awaitable[T]) -> T:
    """Run to the end."""

    async def main() -> T:
        return await work

    return asyncio.run(main())


class MemoryLog(SimulatedLog):
    """A broker that does what it is told; `batch_records_max` bounds what it takes as one batch."""

    def __init__(self, broker: Broker | None = None, batch_records_max: int = 10_000) -> None:
        self.broker = broker or Broker()
        self.batch_records_max = batch_records_max
        super().__init__(self.broker, Random(0), Faults())

    async def append(self, topic: str, partition: int, records: Iterable[Record]) -> int:
        """Append a batch, where it is not too large."""
        batch = list(records)
        if len(batch) > self.batch_records_max:
            raise BatchTooLargeError(topic, partition, len(batch))
        return await super().append(topic, partition, batch)

    def values(self, topic: str, partition: int = 0) -> list[bytes | None]:
        """All values of a partition."""
        return [stored.value for stored in self.broker[topic, partition].records]

    def latest(self, topic: str, partition: int = 0) -> dict[bytes, bytes | None]:
        """The latest value of each key."""
        return {stored.key or b"": stored.value for stored in self.broker[topic, partition].records}


class Counting:
    """Counts frames by their first letter: sends each count as a change, and the latest of each letter.

    Frames that begin with `*` are divisible: they add one to every letter that is not marked with the frame.
    """

    def __init__(self, partition: int, copy: LocalStateStore | None = None) -> None:
        self.partition = partition
        self.counts: dict[bytes, bytes] = {}
        self.places: tuple[Place, ...] = ((LATEST, partition),)

    def decode(self, value: bytes) -> bytes:
        """Frames are bytes as they are."""
        return value

    def resumable(self, frame: bytes) -> bool:
        """Whether each letter says by itself whether the frame is in."""
        return frame.startswith(b"*")

    def apply(self, offset: int, frame: bytes) -> ProcessingResult:
        """Count."""
        mark = b"@%d" % offset
        letters = (
            [frame[:1]]
            if not self.resumable(frame)
            else [letter for letter, text in sorted(self.counts.items()) if not text.endswith(mark)]
        )
        step = ProcessingResult()
        for letter in letters:
            count = int(self.counts.get(letter, b"0").partition(b"@")[0]) + 1
            self.counts[letter] = b"%d%s" % (count, mark if self.resumable(frame) else b"")
            step.outputs.append(Record(OUT, self.partition, letter, b"%s=%d by %s" % (letter, count, frame)))
            step.touched[letter] = 0
        return step

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """The latest of each letter."""
        return [Record(LATEST, self.partition, letter, self.counts[letter]) for letter in touched]

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """What should stand there."""
        letter = latest.key or b""
        right = self.counts.get(letter)
        return None if right in {None, latest.value} else Record(topic, self.partition, letter, right)

    def restore(self, key: bytes, value: bytes) -> None:
        """Take a count."""
        self.counts[key] = value

    def load(self, copy: LocalStateStore) -> None:
        """Take all counts."""
        for key, value in copy.scan(b""):
            if key[0]:
                self.restore(key, value)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """The counts of these letters."""
        return {key: self.counts[key] for key in sorted(keys)}


class Replayable(Counting):
    """A fold whose journal is its log."""

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Nothing is kept."""
        return {}

    def replay(self, frame: bytes) -> None:
        """Count in silence."""
        self.apply(0, frame)


def stage_of(log: MemoryLog, *, refolds: bool = False) -> TaskManager:
    """A stage over the small fold, with partition 0 assigned."""
    stage = TaskManager(log, LOG, STATE, Replayable if refolds else Counting)
    stage.reassigned({0})
    return stage


def write_frames(log: MemoryLog, *frames: bytes) -> list[StoredFrame]:
    """Put frames into the log; returns them as they are delivered."""
    first = log.broker.append((LOG, 0), [Record(LOG, 0, None, frame) for frame in frames])
    return [StoredFrame(offset, frame) for offset, frame in enumerate(frames, first)]
