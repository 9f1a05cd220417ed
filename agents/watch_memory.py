"""How far watch is, noted in the state of the stream: Kafka forgets the offsets of a group that is idle."""

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Final

from aiokafka import TopicPartition

from giants.kafka.admin import described_topics
from giants.kafka.consumer import RebalanceHooks
from giants.kafka.embedded_quirks import has_quirks
from giants.kafka.log import Log
from giants.kafka.stream_state import read_watch_positions, watch_positions
from giants.settings import Settings

# How often the offsets are noted in the state of the stream.
_NOTE_SECONDS: Final = 10.0


class WatchMemory(RebalanceHooks):
    """How far watch is, noted in the state of the stream; the embedded broker forgets no offsets."""

    def __init__(self, log: Log, settings: Settings) -> None:
        self._log, self._settings = log, settings
        self._topic_ids: Mapping[str, str] = {}
        self._processed: dict[tuple[str, int], int] = {}
        self._noted_at = monotonic()

    async def begin(self, names: Iterable[str]) -> None:
        """Ask for the ids of the topics, which tell them from others that had their names before."""
        if not has_quirks(self._settings):
            found = await asyncio.to_thread(described_topics, self._settings, list(names))
            self._topic_ids = {name: one.topic_id for name, one in found.items()}

    async def start_without_offset(self, partition: TopicPartition, first: int) -> int:
        """Where a partition is read from of which the broker knows no offset."""
        topic_id = self._topic_ids.get(partition.topic)
        if not topic_id:
            return first
        noted = await read_watch_positions(self._log, self._settings)
        return max(first, noted.get((topic_id, partition.partition), first))

    def processed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Note offsets with the next that are written."""
        for partition, offset in offsets.items():
            topic_id = self._topic_ids.get(partition.topic)
            if topic_id:
                self._processed[topic_id, partition.partition] = offset

    async def note(self, *, at_once: bool = False) -> None:
        """Write what was processed since it was last written, if that is a while ago."""
        if self._processed and (at_once or monotonic() - self._noted_at > _NOTE_SECONDS):
            processed, self._processed = self._processed, {}
            self._noted_at = monotonic()
            await self._log.send(watch_positions(processed, self._settings))
