"""Faust's consumer with three things changed: it fetches promptly, does not wait for a leader who has gone,
and commits where the state stands. And no second is lost at the start for tables, which there are none of.

Faust lets a fetch wait for 1.5 s and has no setting for it. A broker that looks for new records now and then
during the wait, as the embedded one does, hands them on the later the longer it may wait: a change then takes
most of a second through three agents.

Faust commits what agents acknowledged, and forgets it when it tries: where the broker does not take a commit,
since it is down or a rebalance is on, those offsets are never committed, nor are any after them before the
next rebalance. Here nothing is acknowledged. What is committed is asked of the agents, which know it from
their state, and a commit that failed is tried again.

The names that are overridden are private to Faust and aiokafka, which are pinned; tests hold them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import faust
from faust.tables import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from giants.kafka.groups import without_gone_leaders
from giants.kafka.poller import PROMPT_FETCH_MS

# The offset up to which a partition is folded and durable, for all of its readers; None where that is not
# known (yet).
Folded = Callable[[TP], int | None]


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = PROMPT_FETCH_MS
        return without_gone_leaders(consumer)


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in self.assignment() if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return cast("FrameApp", self.app).folded(tp)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing: what lies in a gap is told by the state too."""

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
    """A Faust app of agents whose state says how far they are."""

    def __init__(self, *arguments: Any, folded: Folded, **options: Any) -> None:
        super().__init__(*arguments, TableManager=_NoTables, **options)
        self.folded: Final = folded

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)
