"""Faust's consumer, changed in four places; what else it does is left to Faust.

* *Back pressure.* Faust stops asking for a partition while the buffer of its agent is full. The client has
  fetched its records already and, as long as they are not taken, holds back the next fetch of all
  partitions; and where all are full Faust sleeps for a second. So a burst in one log stopped the others, and
  the worker was mostly idle. Here everything that was fetched is taken at once, and where the queue of a task
  is full the client is told to fetch its partition no more until there is room.
* *Fetches.* Faust lets a fetch wait for 1.5 s and has no setting for it. A broker that looks for new records
  now and then during the wait, as the embedded one does, hands them on the later the longer it may wait.
* *Commits.* Faust commits what agents acknowledged, and forgets it when it tries: where the broker does not
  take a commit, those offsets are never committed, nor are any after them before the next rebalance. Here
  nothing is acknowledged. What is committed is asked of the tasks, which know it from their changelogs, and a
  commit that failed is tried again.
* *Start.* Faust waits for a second for tables, of which there are none.

`on_buffer_full`, `on_buffer_drop`, `_getmany` and `_new_consumer_thread` are what Faust leaves to a driver;
the other names that are overridden are private to Faust and aiokafka, which are pinned; tests hold them.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, Final, cast

import faust
from aiokafka import TopicPartition
from faust.tables import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from giants.kafka.embedded_quirks import PROMPT_FETCH_MS, fetch_wait_ms, group_member
from giants.settings import Settings

# How long a poll may last while a partition is full: then there may be room again.
_FULL_POLL_SECONDS: Final = 0.02

# The offset up to which a partition is processed and durable, for all agents that read it; None where that is
# not known (yet).
CommittableOffset = Callable[[TP], int | None]
# Whether no more of a partition should be fetched for now.
IsFull = Callable[[TP], bool]


class _Thread(driver.AIOKafkaConsumerThread):
    full: Set[TP] = frozenset()

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        settings = cast("FrameApp", transport.app).settings
        consumer._fetch_max_wait_ms = fetch_wait_ms(settings, PROMPT_FETCH_MS)
        return group_member(settings, consumer)

    async def _fetch_records(self, consumer: Any, *arguments: Any, **options: Any) -> Any:
        full = {TopicPartition(*place) for place in self.full} & consumer.assignment()
        paused = consumer.paused()
        consumer.pause(*(full - paused))
        consumer.resume(*(paused - full))
        return await super()._fetch_records(consumer, *arguments, **options)


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: agents pass everything on to the queues of their tasks."""

    def on_buffer_drop(self, tp: TP) -> None:
        """Nothing: see `on_buffer_full`."""

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109
        app, thread = cast("FrameApp", self.app), cast("_Thread", self._thread)
        thread.full = frozenset(tp for tp in active_partitions or () if app.is_full(tp))
        seconds = min(timeout, _FULL_POLL_SECONDS) if thread.full else timeout
        return await super()._getmany(active_partitions, seconds)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in self.assignment() if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return cast("FrameApp", self.app).committable_offset(tp)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing: tasks see gaps by themselves."""

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        done = bool(await super()._commit_offsets(offsets, start_new_transaction))
        if not done:
            # Faust takes them for committed even so.
            self._committed_offset.update(dict.fromkeys(offsets))
        return done


class _Transport(driver.Transport):
    Consumer = _Consumer


class _NoTables(TableManager):
    async def on_start(self) -> None:
        """Start without the second that Faust waits for tables to come."""
        await self._update_channels()
        await self.recovery.start()


class FrameApp(faust.App):
    """A Faust app of agents that hand frames to tasks, whose changelogs say how far they are."""

    def __init__(
        self,
        *arguments: Any,
        committable_offset: CommittableOffset,
        is_full: IsFull = lambda _: False,
        settings: Settings | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, TableManager=_NoTables, **options)
        self.committable_offset: Final = committable_offset
        self.is_full: Final = is_full
        self.settings: Final = settings or Settings()

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)
