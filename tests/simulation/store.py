"""A store in memory, as weak as the real one.

It reads the outputs in chunks, and its inserts fail before or after they took effect. Its views show what
those of ClickHouse would: of each key the row with the highest offset, of each change one row.
"""

from random import Random

from aiokafka import TopicPartition

from giants.kafka import topics
from giants.kafka.log import Stored
from tests.simulation.broker import Broker

_CHUNK_RECORDS_MAX = 9


class SimulatedStore:
    """Rows by topic, and how far the store has committed."""

    def __init__(self, broker: Broker, random: Random) -> None:
        self._broker, self._random = broker, random
        self._rows: dict[str, list[tuple[TopicPartition, Stored]]] = {}
        self._committed: dict[TopicPartition, int] = {}

    def step(self) -> None:
        """Store one chunk of one partition; the insert or the commit may fail."""
        places = self._behind()
        if places:
            self._take(self._random.choice(places), may_fail=True)

    def recover(self) -> None:
        """Store everything that is there."""
        while places := self._behind():
            self._take(places[0], may_fail=self._random.random() < 0.1)

    def latest(self, topic: str) -> dict[bytes, bytes]:
        """What a view of a compacted topic shows: the latest row of each key, without those that are gone."""
        rows: dict[bytes, tuple[int, bytes | None]] = {}
        for _, stored in self._rows.get(topic, ()):
            key = stored.key or b""
            if key not in rows or stored.offset >= rows[key][0]:
                rows[key] = (stored.offset, stored.value)
        return {key: value for key, (_, value) in rows.items() if value is not None}

    def change_ids(self, topic: str) -> set[bytes]:
        """The ids of the changes that a view of a history shows."""
        return {_header(stored, "ce_id") for _, stored in self._rows.get(topic, ())}

    def _behind(self) -> list[TopicPartition]:
        names = {topic.name for topic in topics.OUTPUTS}
        return [
            place
            for place, partition in self._broker.partitions.items()
            if place[0] in names and self._committed.get(place, 0) < partition.end
        ]

    def _take(self, place: TopicPartition, *, may_fail: bool) -> None:
        partition = self._broker[place]
        chunk = partition.after(self._committed.get(place, 0), self._random.randint(1, _CHUNK_RECORDS_MAX))
        outcome = self._random.choice(("done", "not inserted", "not committed")) if may_fail else "done"
        if outcome != "not inserted":
            self._rows.setdefault(place[0], []).extend((place, stored) for stored in chunk)
        if outcome == "done":
            self._committed[place] = chunk[-1].offset + 1 if chunk else partition.end


def _header(stored: Stored, name: str) -> bytes:
    return next(value for header, value in stored.headers if header == name)
