"""A broker in memory that does everything a real one is allowed to do, at the least convenient moment."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import attrgetter
from random import Random

from aiokafka import TopicPartition

from giants.kafka.errors import LogLostError
from giants.kafka.log import Log, Record, Stored, by_partition

_offset = attrgetter("offset")
_READ_RECORDS_MAX = 7


class Crash(Exception):  # noqa: N818 - it is no error of the program
    """The process ends here and now."""


@dataclass(slots=True)
class Partition:
    """Records by offset; compaction leaves gaps."""

    records: list[Stored] = field(default_factory=list)
    end: int = 0

    def append(self, records: Iterable[Record]) -> int:
        """Add a batch; returns its first offset."""
        first = self.end
        for record in records:
            stored = Stored(self.end, record.key, record.value, record.timestamp_ms or 0, record.headers)
            self.records.append(stored)
            self.end += 1
        return first

    def after(self, start: int, count: int) -> list[Stored]:
        """Up to so many records from an offset on."""
        begin = bisect_left(self.records, start, key=_offset)
        return self.records[begin : begin + count]

    def compact(self, stop: int) -> None:
        """Keep of each key the latest record below `stop`, and everything from there on."""
        latest = {stored.key: stored.offset for stored in self.records if stored.offset < stop}
        newest = set(latest.values())
        self.records = [stored for stored in self.records if stored.offset >= stop or stored.offset in newest]


def late_keys(records: Iterable[Stored], stop: int | None = None) -> set[bytes]:
    """Keys of a changelog whose latest record below `stop` fell in rank: nobody has written over it yet."""
    highest = -1
    late: set[bytes] = set()
    for stored in records:
        if stop is not None and stored.offset >= stop:
            break
        rank = int.from_bytes((stored.value or b"")[:8], "big", signed=True)
        key = stored.key or b""
        if rank < highest:
            late.add(key)
        else:
            highest = rank
            late.discard(key)
    return late


class Broker:
    """What is durable: topics, and how far consumer groups have committed."""

    def __init__(self) -> None:
        self.partitions: dict[TopicPartition, Partition] = {}
        self.committed: dict[TopicPartition, int] = {}
        self.generation = 1  # counts how often the topics were made
        self._waiting: dict[TopicPartition, list[asyncio.Future[None]]] = {}

    def __getitem__(self, place: TopicPartition) -> Partition:
        partition = self.partitions.get(place)
        if partition is None:
            partition = self.partitions[place] = Partition()
        return partition

    def append(self, place: TopicPartition, records: Sequence[Record]) -> int:
        """Add a batch and wake those who wait for it."""
        first = self[place].append(records)
        for waiting in self._waiting.pop(place, ()):
            if not waiting.done():
                waiting.set_result(None)
        return first

    def compact(self, place: TopicPartition, random: Random) -> None:
        """Clean a compacted partition up to some offset.

        The compaction lag of the state is there so that owners write over the late records before
        they replace what counts: where that has not happened yet, the partition is too young to be cleaned.
        """
        partition = self[place]
        stop = random.randint(0, partition.end)
        if not place[0].startswith("state.") or not late_keys(partition.records, stop):
            partition.compact(stop)

    async def grows(self, place: TopicPartition, offset: int) -> None:
        """Wait until there is something at or after an offset."""
        while self[place].end <= offset:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(place, []).append(waiting)
            await waiting


@dataclass(frozen=True, slots=True)
class Faults:
    """How often each step goes wrong, 0 … 1."""

    crash: float = 0.0
    stall: float = 0.0
    twice: float = 0.0  # the answer to a batch is lost, and it is sent again
    ghost: float = 0.0  # a batch lands once more, long after


class SimulatedLog(Log):
    """One worker's connection to the broker. Once it has crashed, everything that uses it ends."""

    def __init__(self, broker: Broker, random: Random, faults: Faults) -> None:
        self._broker, self._random = broker, random
        self.faults = faults
        self.is_dead = False

    async def append(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        """Append one atomic batch, perhaps twice, perhaps once more much later."""
        place = (topic, partition)
        try:
            await self._step(place, records)
        except asyncio.CancelledError:
            # A client may have handed it over already: its partition goes elsewhere, and it lands even so.
            if self._chance(0.3):
                self._haunt(place, records)
            raise
        first = self._broker.append(place, records)
        if self._chance(self.faults.twice):
            again = self._broker.append(place, records)
            first = self._random.choice((first, again))
        if self._chance(self.faults.ghost):
            self._haunt(place, records)
        await self._step()
        return first

    async def send(self, records: Iterable[Record]) -> Mapping[TopicPartition, int]:
        """Append in batches of any size, partitions side by side."""
        groups = {place: list(group) for place, group in by_partition(records).items()}
        ends: dict[TopicPartition, int] = {}
        while groups:
            place = self._random.choice(list(groups))
            group = groups[place]
            cut = len(group) if self._random.random() < 0.6 else self._random.randint(1, len(group))
            topic, partition = place
            first = await self.append(topic, partition, group[:cut])
            if self.on_sent is not None and self._chance(0.7):
                self.on_sent(TopicPartition(*place), first, group[:cut])
            ends[place] = first + cut
            if cut == len(group):
                del groups[place]
            else:
                groups[place] = group[cut:]
        return ends

    async def read(
        self, topic: str, partition: int, start: int, stop: int | None = None
    ) -> AsyncGenerator[Stored]:
        """Read in fetches of any size."""
        if self._broker[topic, partition].end < start:
            raise LogLostError(topic, partition, start, self._broker[topic, partition].end)
        position = start
        while stop is None or position < stop:
            await self._step()
            count = self._random.randint(1, _READ_RECORDS_MAX)
            fetched = self._broker[topic, partition].after(position, count)
            if not fetched:
                return
            for stored in fetched:
                if stop is not None and stored.offset >= stop:
                    return
                yield stored
            position = fetched[-1].offset + 1

    async def has_new_records(self, places: Mapping[TopicPartition, int]) -> Set[TopicPartition]:
        """Compare the ends."""
        await self._step()
        return {place for place, offset in places.items() if self._broker[place].end > offset}

    async def topic_id(self, topic: str) -> str:
        """The one topic of a name that there ever was, unless a test makes it anew."""
        await self._step()
        return f"{topic}-{self._broker.generation}"

    async def commit(self, place: TopicPartition, offset: int) -> None:
        """Let the group begin at an offset the next time."""
        await self._step()
        self._broker.committed[place] = offset
        await self._step()

    async def _step(self, place: TopicPartition | None = None, records: Sequence[Record] = ()) -> None:
        """Let others run, or end this worker here; what it was about to send may land all the same."""
        if self._chance(self.faults.stall):
            for _ in range(self._random.choice((1, 1, 3, 9, 40))):
                await asyncio.sleep(0)
        if self._chance(self.faults.crash):
            self.is_dead = True
        if self.is_dead:
            if place is not None and self._chance(0.3):
                self._haunt(place, records)
            raise Crash

    def _chance(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability

    def _haunt(self, place: TopicPartition, records: Sequence[Record]) -> None:
        asyncio.get_running_loop().create_task(self._land_late(place, records))

    async def _land_late(self, place: TopicPartition, records: Sequence[Record]) -> None:
        for _ in range(self._random.randint(1, 120)):
            await asyncio.sleep(0)
        self._broker.append(place, records)
