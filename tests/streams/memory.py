"""A log in memory without faults, and a small processor: what tests of the protocol are played with."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from random import Random
from typing import TypeVar

from aiokafka import TopicPartition

from giants.kafka.errors import BatchTooLargeError
from giants.kafka.log import Record, Stored
from streams.local_state import LocalStateStore
from streams.processor import Agent, ProcessingResult, StoredFrame
from streams.task import PartitionTask
from streams.task_manager import TaskManager
from tests.simulation.broker import Broker, Faults, SimulatedLog

T = TypeVar("T")

LOG, STATE, OUT, LATEST = "log", "state", "out", "latest"


# Turns of the event loop after which everything that can go on without a timer has come to rest.
_TURNS_MAX = 2_000
# The loop of the test that runs, for work that goes on from one `run` to the next; see conftest.
RUNNERS: list[asyncio.Runner] = []


def run(work: Awaitable[T]) -> T:
    """Run to the end."""

    async def main() -> T:
        return await work

    return RUNNERS[-1].run(main())


async def rest() -> None:
    """Let everything else go on until it waits."""
    for _ in range(_TURNS_MAX):
        await asyncio.sleep(0)


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

    Frames that begin with `*` are resumable: they add one to every letter that is not marked with the frame.
    """

    def __init__(self, partition: int, copy: LocalStateStore | None = None) -> None:
        self.partition = partition
        self.counts: dict[bytes, bytes] = {}
        self.places: tuple[TopicPartition, ...] = ((LATEST, partition),)

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
    """A processor whose journal is its source topic."""

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Nothing is kept."""
        return {}

    def replay(self, frame: bytes) -> None:
        """Count in silence."""
        self.apply(0, frame)


class Driven:
    """The tasks of one agent over the small processor, as a consumer and a worker drive them."""

    def __init__(self, log: MemoryLog, *, replays: bool = False) -> None:
        self.manager = TaskManager(log, Agent("agent", LOG, STATE, Replayable if replays else Counting))
        self._raised: list[BaseException] = []
        self._is_started = False

    async def begin(self) -> None:
        """Start, with partition 0 assigned."""
        if not self._is_started:
            self._is_started = True
            self.manager.start(self._fail)
            await self.manager.assigned({0})

    async def handle(self, frames: Iterable[StoredFrame], partition: int = 0) -> None:
        """Deliver frames, and return once all is done that follows; raises what a task raised."""
        await self.begin()
        for frame in frames:
            self.manager.put(partition, frame)
        await self._settle()

    async def check(self) -> None:
        """Let tasks look at what others wrote, and wait until they have."""
        await self.begin()
        await self._settle()
        self.manager.request_check()
        await self._settle()

    @property
    def counts(self) -> dict[bytes, bytes]:
        """What the processor of partition 0 holds."""
        processor = self.manager.processor_of(0)
        assert isinstance(processor, Counting)
        return dict(processor.entries(processor.counts))

    async def _fail(self, error: BaseException) -> None:
        self._raised.append(error)

    async def _settle(self) -> None:
        await rest()
        if self._raised:
            raise self._raised.pop()


def new_task(log: MemoryLog) -> PartitionTask:
    """The task of partition 0."""
    return PartitionTask(log, Agent("agent", LOG, STATE, Counting), 0, asyncio.Lock())


def write_frames(log: MemoryLog, *frames: bytes) -> list[StoredFrame]:
    """Put frames into the log; returns them as they are delivered."""
    first = log.broker.append((LOG, 0), [Record(LOG, 0, None, frame) for frame in frames])
    return [StoredFrame(offset, frame) for offset, frame in enumerate(frames, first)]
