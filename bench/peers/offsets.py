"""How far a program is, seen from outside: what its group committed, or what its recovery store holds."""

import pickle
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Final, Self

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError

LOOK_SECONDS: Final = 0.05


class NotThroughError(Exception):
    """A program did not get through in time."""

    def __init__(self, what: str, seconds: float, told: str) -> None:
        super().__init__(f"after {seconds:.0f} s still waiting for {what}: {told}")


class Offsets:
    """Asks the broker; a context manager."""

    def __init__(self, broker: str) -> None:
        self._admin = KafkaAdminClient(bootstrap_servers=broker)
        self._consumer = KafkaConsumer(bootstrap_servers=broker, group_id=None, enable_auto_commit=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admin.close()
        self._consumer.close()

    def create(self, topics: Iterable[str], partitions: int, *, stamped_by_broker: bool = False) -> None:
        """Make topics; records carry the broker's time instead of the producer's where that is asked for."""
        names = list(topics)
        configs = {"message.timestamp.type": "LogAppendTime"} if stamped_by_broker else {}
        self._admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs) for name in names])
        self.wait("topics", lambda: all(len(self.ends(name)) == partitions for name in names), _nothing, 30.0)

    def delete(self, prefix: str) -> None:
        """Delete the topics of a run."""
        mine = [topic for topic in self._admin.list_topics() if prefix in topic]
        if mine:
            self._admin.delete_topics(mine)

    def ends(self, topic: str) -> dict[TopicPartition, int]:
        """End of each partition."""
        numbers = self._consumer.partitions_for_topic(topic) or set()
        ends: dict[TopicPartition, int] = self._consumer.end_offsets(
            [TopicPartition(topic, number) for number in numbers]
        )
        return ends

    def count(self, topic: str) -> int:
        """Records of a topic."""
        return sum(self.ends(topic).values())

    def newest_at(self, topic: str) -> float:
        """When the newest record of a topic came, in seconds since the epoch; 0 where there is none."""
        last = {place: end - 1 for place, end in self.ends(topic).items() if end}
        self._consumer.assign(list(last))
        for place, offset in last.items():
            self._consumer.seek(place, offset)
        newest = dict.fromkeys(last, 0)
        while not all(newest.values()):
            for place, records in self._consumer.poll(timeout_ms=200).items():
                newest[place] = max(record.timestamp for record in records)
        return max(newest.values(), default=0) / 1_000

    def committed_all(self, group: str, topic: str) -> bool:
        """Whether a group committed up to the end of a topic."""
        ends = self.ends(topic)
        committed = self._admin.list_group_offsets({group: list(ends)})[group]
        return bool(ends) and all(
            end == 0 or (place in committed and committed[place].offset >= end) for place, end in ends.items()
        )

    def wait(
        self,
        what: str,
        look: Callable[[], bool],
        check: Callable[[], None],
        seconds_max: float,
        tell: Callable[[], str] = str,
    ) -> None:
        """Look until it is so; `check` raises where it cannot come. Raises `NotThroughError`, with `tell`."""
        deadline = monotonic() + seconds_max
        while not self._so(look):
            check()
            if monotonic() > deadline:
                raise NotThroughError(what, seconds_max, tell())
            sleep(LOOK_SECONDS)

    @staticmethod
    def _so(look: Callable[[], bool]) -> bool:
        try:
            return look()
        except KafkaError:  # a group that is just being made
            return False


def _nothing() -> None:
    """There is nothing that could have gone wrong meanwhile."""


def snapshot_reaches(folder: Path, ends: dict[TopicPartition, int]) -> bool:
    """Whether Bytewax's recovery store holds a snapshot in which every input partition is read to its end."""
    offsets: dict[str, int] = {}
    for file in folder.glob("part-*.sqlite3"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            rows = database.execute(
                "SELECT state_key, ser_change FROM snaps WHERE step_id LIKE 'families.records%' "
                "ORDER BY snap_epoch"
            )
            for key, change in rows:
                if change is not None:
                    offsets[key] = pickle.loads(change)  # noqa: S301  # written by the program under test
    wanted = {f"{place.partition}-{place.topic}": end for place, end in ends.items() if end}
    return all(offsets.get(key, -1) >= end for key, end in wanted.items())
