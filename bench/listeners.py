"""Clients that note when each probe comes past: on topics, and at the event stream of a browser."""

import asyncio
import re
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from giants.kafka import topics
from giants.kafka.embedded_quirks import fetch_wait_ms
from giants.settings import Settings

# The hops of a fact, and the topic that each ends on: what is read there is durable.
HOPS: Final = {
    "intake": topics.FAMILY_LOG,
    "portfolio": topics.DELTA_LOG,
    "topic": topics.RATING_CHANGES,
    "alert": topics.ALERTS,
}
WAIT_SECONDS_MAX: Final = 300.0
_PROBE: Final = re.compile(rb"p[0-9]{9}")
# The embedded broker answers a fetch late, and the later the longer it may wait.
_EMBEDDED_FETCH_MS: Final = 20


class Seen:
    """When probes were sent, and when each was first seen where; seconds of the system's clock."""

    def __init__(self) -> None:
        self.sent: Final[dict[str, float]] = {}
        self.at: Final[defaultdict[str, dict[str, float]]] = defaultdict(dict)

    def note(self, where: str, body: bytes) -> None:
        """Note the probes that a body names."""
        now, found = time.time(), self.at[where]
        for probe in _PROBE.findall(body):
            found.setdefault(probe.decode(), now)

    def has_all(self, where: str) -> bool:
        """Whether every probe was seen there."""
        return self.sent.keys() <= self.at[where].keys()

    def milliseconds(self, where: str, since: str | None = None) -> list[float]:
        """From being sent, or being seen at `since`, to being seen there."""
        begin: Mapping[str, float] = self.sent if since is None else self.at[since]
        return [1000 * (self.at[where][probe] - begin[probe]) for probe in self.sent]


@asynccontextmanager
async def topic_listener(settings: Settings, seen: Seen) -> AsyncIterator[None]:
    """Follow the topics of all hops, in the event loop of the publisher, until the block ends."""
    names = {topic.full_name(settings): hop for hop, topic in HOPS.items()}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.require_broker(),
        enable_auto_commit=False,
        fetch_max_wait_ms=fetch_wait_ms(settings, _EMBEDDED_FETCH_MS),
        max_partition_fetch_bytes=topics.RECORD_BYTES_MAX,
    )
    consumer.assign(
        [
            TopicPartition(topic.full_name(settings), number)
            for topic in HOPS.values()
            for number in range(topic.partition_count(settings))
        ]
    )
    await consumer.start()
    await consumer.seek_to_end()
    for partition in consumer.assignment():
        await consumer.position(partition)
    task = asyncio.create_task(_listen(consumer, names, seen))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await consumer.stop()


async def _listen(consumer: Any, names: Mapping[str, str], seen: Seen) -> None:
    while True:
        for partition, records in (await consumer.getmany(timeout_ms=500)).items():
            hop = names[partition.topic]
            for record in records:
                seen.note(hop, record.value or b"")


class BrowserListener(threading.Thread):
    """Reads the event stream as a dashboard does, from the moment its block begins until it ends."""

    def __init__(self, api: str, seen: Seen) -> None:
        super().__init__(name="browser listener", daemon=True)
        self._api, self._seen = api, seen
        self._ready, self._stop_listening = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        self.start()
        assert self._ready.wait(WAIT_SECONDS_MAX), f"{self.name} does not get ready"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening.set()
        self.join(WAIT_SECONDS_MAX)

    def run(self) -> None:
        """Read until the block ends; a ping comes often enough to notice it."""
        with httpx.stream("GET", f"{self._api}/changes/stream", timeout=WAIT_SECONDS_MAX) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                self._ready.set()  # the stream begins by telling where it stands
                self._seen.note("browser", line.encode())
                if self._stop_listening.is_set():
                    return
