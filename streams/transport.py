"""Faust's consumer, changed in six places; what else it does is left to Faust.

* *One event loop.* Faust runs its consumer in a thread with a loop of its own. The two take turns at the lock
  of the interpreter, and a thread that wants it from a busy one waits up to 5 ms, several times a fetch. Here
  the consumer lives in the loop of the tasks, which is held by none of them for long.
* *Delivery.* Faust passes one message after another to its agents, each in several turns of the event loop.
  On a worker that does other things in every turn that is some hundred a second: at 1,500 facts a second a
  frame was delivered 0.18 s after it was durable, at 2,700 after 0.8 s, with the worker two thirds busy. Here
  all that a fetch brought goes to the queues of the tasks at once, and nothing to Faust's agents.
* *Back pressure.* Faust stops asking for a partition while a buffer is full. The client has fetched its
  records already and, as long as they are not taken, holds back the next fetch of all partitions; and where
  all are full Faust sleeps for a second. Here everything that was fetched is taken, and where the queue of a
  task is full the client is told to fetch its partition no more until there is room.
* *Fetches.* Faust lets a fetch wait for 1.5 s and has no setting for it. A partition that has room again
  waits for the fetch of the others to end: here that takes as long as the client has by default, and less on
  the embedded broker (`giants.kafka.embedded_quirks`).
* *Commits.* Faust commits what agents acknowledged, and forgets it when it tries: where the broker does not
  take a commit, those offsets are never committed, nor are any after them before the next rebalance. Here
  nothing is acknowledged. What is committed is asked of the tasks, which know it from their changelogs, and a
  commit that failed is tried again.
* *Start.* Faust waits for a second for tables, of which there are none.

`_getmany`, `verify_event_path` and `_new_consumer_thread` are what Faust leaves to a driver; the other names
that are overridden are private to Faust and aiokafka, which are pinned; tests hold them.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any, Final, cast

import faust
from aiokafka import TopicPartition
from faust.tables import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.utils.futures import maybe_async

from giants.kafka.embedded_quirks import LOGS_FETCH_MS, fetch_wait_ms, group_member, patient_in_silence
from giants.settings import Settings

# How long a poll may last while a partition is full: then there may be room again.
_FULL_POLL_SECONDS: Final = 0.02

# The offset up to which a partition is processed and durable, for all agents that read it; None where that is
# not known (yet).
CommittableOffset = Callable[[TP], int | None]
# Whether no more of a partition should be fetched for now.
IsFull = Callable[[TP], bool]
# Is given messages of aiokafka, in the order of their offsets.
Deliver = Callable[[TP, Sequence[Any]], None]


class _Client(driver.AIOKafkaConsumerThread):
    """Faust's "thread" without one: its calls are made in the event loop of the app."""

    full: Set[TP] = frozenset()

    def __init__(self, consumer: driver.Consumer, loop: asyncio.AbstractEventLoop, **options: Any) -> None:
        super().__init__(consumer, loop=loop, thread_loop=loop, **options)

    async def start(self) -> None:
        self._thread_started.set()
        await self._default_start()

    async def on_stop(self) -> None:
        await self.on_thread_stop()
        self.set_shutdown()

    async def call_thread(self, fun: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        return await maybe_async(fun(*arguments, **options))

    # Where there is a thread, it does these itself when it ends.

    def _stopped_set(self) -> None:
        self._stopped.set()

    async def _stop_children(self) -> None:
        await self._default_stop_children()

    async def _stop_futures(self) -> None:
        await self._default_stop_futures()

    async def _stop_exit_stacks(self) -> None:
        await self._default_stop_exit_stacks()

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        settings = cast("FrameApp", transport.app).settings
        consumer._fetch_max_wait_ms = fetch_wait_ms(settings, LOGS_FETCH_MS)
        return patient_in_silence(settings, group_member(settings, consumer))

    async def _fetch_records(self, consumer: Any, *arguments: Any, **options: Any) -> Any:
        full = {TopicPartition(*place) for place in self.full} & consumer.assignment()
        paused = consumer.paused()
        consumer.pause(*(full - paused))
        consumer.resume(*(paused - full))
        return await super()._fetch_records(consumer, *arguments, **options)


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _Client:
        return _Client(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109
        """Fetch, and hand over what came; Faust is given nothing."""
        app, client = cast("FrameApp", self.app), cast("_Client", self._thread)
        client.full = frozenset(tp for tp in active_partitions or () if app.is_full(tp))
        seconds = min(timeout, _FULL_POLL_SECONDS) if client.full else timeout
        generation = app.consumer_generation_id
        fetched = await super()._getmany(active_partitions, seconds)
        # After a rebalance Faust begins again where the group has committed.
        if self.flow_active and app.consumer_generation_id == generation:
            for place, messages in fetched.items():
                app.deliver(place, messages)
        return {}

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: Faust would miss the events of its agents. How far groups are is measured as their lag."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in self.assignment() if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return cast("FrameApp", self.app).committable_offset(tp)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit what is new. Faust comes here four times a second and takes all its steps in vain."""
        if not self._filter_committable_offsets(self._filter_tps_with_pending_acks(topics)):
            return False
        return bool(await super().commit(topics, start_new_transaction))

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
    """A Faust app that fetches for tasks, whose changelogs say how far they are."""

    def __init__(
        self,
        *arguments: Any,
        committable_offset: CommittableOffset,
        is_full: IsFull = lambda _: False,
        deliver: Deliver = lambda *_: None,
        settings: Settings | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, TableManager=_NoTables, **options)
        self.committable_offset: Final = committable_offset
        self.is_full: Final = is_full
        self.deliver: Final = deliver
        self.settings: Final = settings or Settings()

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)
