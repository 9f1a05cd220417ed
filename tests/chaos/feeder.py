"""The feeder: facts onto their topics at a steady pace, each confirmed, whatever the broker goes through."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from types import TracebackType
from typing import Final, Self

from kafka.errors import KafkaError

from giants.kafka import topics
from giants.kafka.errors import PublishError
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from tests.simulation.history import Sent

BATCHES_PER_SECOND: Final = 5
TOPICS: Final = {topic.name.removesuffix(".v1"): topic for topic in topics.INPUTS}


class Feeder(threading.Thread):
    """Publishes until the end of the block; a context manager. `confirmed` has what the broker took."""

    def __init__(self, settings: Settings, facts: Iterator[Sent], facts_per_second: float) -> None:
        super().__init__(name="feeder")
        self.confirmed: Counter[tuple[str, bytes]] = Counter()
        self.facts = 0  # so many of them
        self.again = 0  # batches that were sent again, since not all of them was confirmed
        self._settings, self._facts = settings, facts
        self._batch = max(1, round(facts_per_second / BATCHES_PER_SECOND))
        self._ending = threading.Event()
        self._failures: list[BaseException] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self.join()
        if kind is None and self._failures:
            raise self._failures[0]

    def run(self) -> None:
        """Publish a batch at each beat; a beat that is missed is not made up for."""
        try:
            while not self._ending.is_set():
                self._connected()
        except BaseException as error:  # noqa: BLE001 - it is raised where the block ends
            self._failures.append(error)

    def _connected(self) -> None:
        with Publisher(self._settings) as publisher:
            while not self._ending.is_set():
                began = time.monotonic()
                batch = list(islice(self._facts, self._batch))
                while not self._confirm(publisher, batch):
                    self.again += 1
                self._ending.wait(max(0.0, began + 1 / BATCHES_PER_SECOND - time.monotonic()))

    def _confirm(self, publisher: Publisher, batch: list[Sent]) -> bool:
        try:
            for one in batch:
                topic = TOPICS[one.kind].full_name(self._settings)
                publisher.send(topic, one.key, one.value, headers=one.headers)
            publisher.flush()
        except (PublishError, KafkaError):
            return False
        self.confirmed.update((one.kind, digest(one.value)) for one in batch)
        self.facts += len(batch)
        return True


def digest(value: bytes | None) -> bytes:
    """What a value is remembered by."""
    return sha256(value or b"").digest()
