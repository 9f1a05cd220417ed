"""Whether the broker still lets this process in, and the topics are those that it began with.

A consumer or producer goes on trying where its login is refused, its topic is gone, or another of the same
name has come: it looks like one that has nothing to do. So each process asks now and then, by a connection of
its own: a failure that waiting mends is noted in its readiness, any other ends the process.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from giants.health import Dependencies
from giants.kafka.admin import Described, described_topics
from giants.kafka.errors import (
    TopicGoneError,
    TopicRecreatedError,
    WrongPartitionCountError,
    is_retriable,
    named_refusals,
)
from giants.kafka.topics import Topic, TopicRole
from giants.settings import Settings

LOOK_SECONDS: Final = 10.0
# A topic that is missing so many times in a row is gone: a broker that has just started may not know it yet.
_MISSED_MAX: Final = 3
BROKER: Final = "the broker"

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Known:
    """What is known of a topic since the process began."""

    topic: Topic
    topic_id: str
    partitions: int
    missed: int = 0


class TopicMonitor:
    """Compares topics with what they were at the first look."""

    def __init__(self, settings: Settings, topics: Sequence[Topic]) -> None:
        self._settings: Final = settings
        self._topics: Final = {topic.full_name(settings): topic for topic in topics}
        self._known: dict[str, _Known] = {}

    def look(self) -> None:
        """Look once. Raises `FatalError` for what waiting does not mend, and the `KafkaError` of the client.

        A topic that was not there yet is no failure: the first worker makes them.
        """
        with named_refusals("the login"):
            described = described_topics(self._settings, self._topics)
        for name, topic in self._topics.items():
            found, known = described.get(name), self._known.get(name)
            if found is not None:
                self._compare(name, topic, found)
            elif known is not None:
                known.missed += 1
                if known.missed >= _MISSED_MAX:
                    raise TopicGoneError(name)

    def _compare(self, name: str, topic: Topic, found: Described) -> None:
        known = self._known.setdefault(name, _Known(topic, found.topic_id, found.partitions))
        known.missed = 0
        if found.topic_id != known.topic_id:
            raise TopicRecreatedError(name)
        expected = topic.partition_count(self._settings)
        if topic.role is TopicRole.INTERNAL and found.partitions != expected:
            raise WrongPartitionCountError(name, expected, found.partitions)
        if found.partitions > known.partitions:
            _logger.warning(
                "a topic has more partitions: they are read, but state stays with its own count",
                topic=name,
                before=known.partitions,
                now=found.partitions,
            )
            known.partitions = found.partitions


async def monitor_topics(settings: Settings, topics: Sequence[Topic], dependencies: Dependencies) -> None:
    """Look every `LOOK_SECONDS` until cancelled. Raises `FatalError` for what waiting does not mend."""
    monitor = TopicMonitor(settings, topics)
    while True:
        try:
            await asyncio.to_thread(monitor.look)
        except Exception as error:
            if not is_retriable(error):
                raise
            dependencies.waits(BROKER, error)
        else:
            dependencies.is_there(BROKER)
        await asyncio.sleep(LOOK_SECONDS)


async def with_monitor(work: Coroutine[Any, Any, None], monitor: Coroutine[Any, Any, None]) -> None:
    """Run both until `work` ends or one of them raises; the other is cancelled and awaited."""
    tasks = [asyncio.create_task(work), asyncio.create_task(monitor)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
