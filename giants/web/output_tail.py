"""Records of output topics as they come, and whether they do: without a group, so every process reads all."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from aiokafka import TopicPartition

from giants.errors import GiantsError
from giants.health import Dependencies
from giants.kafka.errors import KafkaFailure
from giants.kafka.poller import Polled, Polling
from giants.kafka.topic_monitor import BROKER
from giants.kafka.topic_reader import TopicReader
from giants.kafka.topics import Topic
from giants.retry import retrying_async
from giants.settings import Settings
from giants.store.records import Incoming, received

# So many are decoded at once in the event loop that answers requests: some milliseconds.
RECORDS_A_POLL_MAX: Final = 500
# A broker that has answered no fetch for so long is away. Fetches of the embedded one wait two seconds.
SILENT_SECONDS_MAX: Final = 6.0
STOP_SECONDS_MAX: Final = 2.0
NO_ANSWER: Final = "the broker answers no fetch"
_POLLING: Final = Polling(RECORDS_A_POLL_MAX, wait_ms=200, embedded_fetch_ms=50)
_FAILURES: Final = (*KafkaFailure, GiantsError, OSError, TimeoutError)

Offsets = Mapping[str, int]  # by place: topic without prefix, and partition


class OutputTail:
    """Follows some topics, and connects anew until it is stopped; `dependencies` say what it waits for."""

    def __init__(
        self,
        settings: Settings,
        topics: Sequence[Topic],
        take: Callable[[Sequence[Incoming]], Awaitable[None]],
        dependencies: Dependencies,
    ) -> None:
        self._settings: Final = settings
        self._topics: Final = topics
        self._take: Final = take
        self._dependencies: Final = dependencies
        self._names: Final = {topic.full_name(settings): topic.name for topic in topics}
        self._full_names: Final = {name: full_name for full_name, name in self._names.items()}
        self._task: asyncio.Future[None] | None = None
        self._is_ending = False
        self.reads = False  # whether what comes is read at once

    @property
    def is_started(self) -> bool:
        """Whether it was started and not stopped."""
        return self._task is not None

    def start(self, offsets: Callable[[], Offsets] | None) -> None:
        """Begin in a task: from offsets, and at the oldest record of other partitions.

        Without `offsets` with what comes from now on.
        """
        self._is_ending = False
        self._task = asyncio.ensure_future(self._run(offsets))

    async def stop(self) -> None:
        """End, between two polls: aiokafka leaves connections open that it makes while it is cancelled."""
        task, self._task = self._task, None
        if task is None:
            return
        self._is_ending = True
        await asyncio.wait({task}, timeout=STOP_SECONDS_MAX)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._dependencies.forget(BROKER)

    async def _run(self, offsets: Callable[[], Offsets] | None) -> None:
        async for attempt in retrying_async(_is_failure, BROKER, notify=self._note_failure):
            with attempt:
                await self._follow(offsets)
                return

    async def _follow(self, offsets: Callable[[], Offsets] | None) -> None:
        reader = TopicReader(self._settings, self._topics, _POLLING)
        try:
            await reader.start(self._partitions(offsets() if offsets is not None else {}))
            if offsets is None:
                await reader.skip_to_end()
            heard = time.time()
            while not self._is_ending:
                polled = await reader.poll()
                if polled.batches:
                    await self._take(self._records(polled))
                    heard = time.time()
                    await asyncio.sleep(0)  # in a load others have their turn
                self._note_silence(time.time() - max(heard, reader.fetched_at))
        finally:
            self.reads = False
            await reader.stop()

    def _note_silence(self, seconds: float) -> None:
        self.reads = seconds <= SILENT_SECONDS_MAX
        if self.reads:
            self._dependencies.is_there(BROKER)
        else:
            self._dependencies.waits(BROKER, NO_ANSWER)

    def _note_failure(self, error: BaseException, _: float) -> None:
        self._dependencies.waits(BROKER, error)

    def _partitions(self, offsets: Offsets) -> dict[TopicPartition, int]:
        places = {place.rpartition("/")[::2]: offset for place, offset in offsets.items()}
        return {
            TopicPartition(self._full_names[topic], int(number)): offset
            for (topic, number), offset in places.items()
            if topic in self._full_names
        }

    def _records(self, polled: Polled) -> list[Incoming]:
        polled.log_unreadable()
        return [
            received(self._names[partition.topic], record)
            for partition, records in polled.batches.items()
            for record in records
        ]


def _is_failure(error: BaseException) -> bool:
    """Also a refusal is waited for: meanwhile history is read, and rights can be given."""
    return isinstance(error, _FAILURES)
