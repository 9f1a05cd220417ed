"""How long it takes after something went down until all that was there at that moment is worked off."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import httpx
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from giants.kafka.connection import client_options
from giants.kafka.lag import STORE, STREAM
from giants.kafka.topics import Topic
from giants.settings import Settings

LOOK_SECONDS: Final = 0.5
_FETCH_MILLISECONDS: Final = 50
_API_SECONDS_MAX: Final = 2.0
Place = tuple[str, TopicPartition]  # group, partition


@dataclass(slots=True)
class _Watch:
    """Offsets that groups have to pass until something counts as recovered."""

    victim: str
    began: float
    to_pass: dict[Place, int] | None  # None = not looked at yet


class Recovery(threading.Thread):
    """Looks at the consumer groups all the time; a context manager. `seconds` has what was measured."""

    def __init__(self, settings: Settings, api: str) -> None:
        super().__init__(name="recovery")
        self.seconds: dict[str, list[float]] = {}
        self._settings, self._api = settings, api
        self._watches: list[_Watch] = []
        self._lock, self._ending = threading.Lock(), threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self.join()

    @property
    def pending(self) -> bool:
        """Whether something has not recovered yet."""
        return bool(self._watches)

    def went_down(self, victim: str) -> None:
        """Measure from now on until it has recovered."""
        with self._lock:
            self._watches.append(_Watch(victim, time.monotonic(), None))

    def run(self) -> None:
        """Look until the end of the block; a broker that is away is asked again by a new client.

        The client remembers the coordinator of a group for good, also one that died.
        """
        while not self._ending.is_set():
            with suppress(KafkaError), self._clients() as (admin, consumer):
                while not self._ending.wait(LOOK_SECONDS):
                    if self._watches:
                        self._look(admin, consumer)
            self._ending.wait(LOOK_SECONDS)

    @contextmanager
    def _clients(self) -> Iterator[tuple[KafkaAdminClient, KafkaConsumer]]:
        options = client_options(self._settings)
        with closing(KafkaAdminClient(**options)) as admin:
            consumer = KafkaConsumer(**options, group_id=None, fetch_max_wait_ms=_FETCH_MILLISECONDS)
            with closing(consumer):
                yield admin, consumer

    def _look(self, admin: KafkaAdminClient, consumer: KafkaConsumer) -> None:
        committed = self._committed(admin)
        with self._lock:
            watches = list(self._watches)
        fresh = [watch for watch in watches if watch.to_pass is None]
        if fresh:
            ends = _ends(consumer, {place for _, place in committed}, committed)
            for watch in fresh:
                groups = _groups(watch.victim, self._settings)
                watch.to_pass = {place: ends[place[1]] for place in committed if place[0] in groups}
        for watch in watches:
            assert watch.to_pass is not None, "all were looked at"
            passed = all(committed[place] >= end for place, end in watch.to_pass.items())
            if passed and (watch.victim != "api" or self._api_answers()):
                self.seconds.setdefault(watch.victim, []).append(time.monotonic() - watch.began)
                with self._lock:
                    self._watches.remove(watch)

    def _committed(self, admin: KafkaAdminClient) -> dict[Place, int]:
        found: dict[Place, int] = {}
        for group, topics in _topics_of_groups().items():
            full = f"{self._settings.topic_prefix}{group}"
            places = [place for topic in topics for place in self._places(topic)]
            offsets = admin.list_group_offsets({full: places})[full]
            for place in places:
                found[group, place] = max(offsets[place].offset, 0) if place in offsets else 0
        return found

    def _places(self, topic: Topic) -> Iterable[TopicPartition]:
        name = topic.full_name(self._settings)
        return (TopicPartition(name, number) for number in range(topic.partition_count(self._settings)))

    def _api_answers(self) -> bool:
        try:
            return httpx.get(f"{self._api}/healthz", timeout=_API_SECONDS_MAX).is_success
        except httpx.HTTPError:
            return False


def _topics_of_groups() -> Mapping[str, list[Topic]]:
    consumers = dict.fromkeys((*STREAM, STORE))
    found: dict[str, list[Topic]] = {}
    for consumer in consumers:
        found.setdefault(consumer.group, []).extend(consumer.topics)
    return found


def _groups(victim: str, settings: Settings) -> set[str]:
    """The groups whose work stood still when somebody went down."""
    stream = {consumer.group for consumer in STREAM}
    if victim.startswith("worker"):
        return stream
    if victim in {"store", "clickhouse"}:
        return {STORE.group}
    if victim == "api":
        # Where the database is embedded the store runs in the process of the API.
        return {STORE.group} if settings.clickhouse_dsn().startswith("chdb:") else set()
    return stream | {STORE.group}


def _ends(
    consumer: KafkaConsumer, places: set[TopicPartition], committed: Mapping[Place, int]
) -> dict[TopicPartition, int]:
    """Ends of partitions, from fetches: the embedded broker's list of offsets understates them."""
    starts = {place: max(at for (_, other), at in committed.items() if other == place) for place in places}
    consumer.assign(list(places))
    for place, start in starts.items():
        consumer.seek(place, start)
    ends: dict[TopicPartition, int] = {}
    while len(ends) < len(places):
        consumer.poll(timeout_ms=_FETCH_MILLISECONDS)
        for place in places - ends.keys():
            end = consumer.highwater(place)
            if end is not None:
                ends[place] = end
    return ends
