"""The first screening of entries that are new in a portfolio: pairs with companies that are there already.

A group of its own, so that each list is screened by one worker, goes on after a crash, and delays no alert.
It alerts nobody: what was known before an entry is no news.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final

from aiokafka.errors import KafkaError

from agents.counterparties import Counterparties
from giants.decoding.facts import PORTFOLIOS, SCHEMA_VERSION_HEADER, FactError, read_fact
from giants.kafka import topics
from giants.kafka.connection import started
from giants.kafka.consumer import GroupConsumer, Membership
from giants.kafka.errors import named_refusals
from giants.kafka.log import Log, Record
from giants.kafka.poller import Polling
from giants.kafka.publisher import REPLAYED_HEADER
from giants.retry import retrying_async
from giants.settings import Settings
from schemas.portfolios import PortfolioEntries

GROUP: Final = "first-screening"
RECORDS_AT_ONCE: Final = 500
_POLLING: Final = Polling(records_max=20, wait_ms=500)

Place = tuple[int, int]  # partition and offset


class FirstScreening:
    """Screens revisions as they come into force."""

    def __init__(
        self, log: Log, settings: Settings, counterparties: Counterparties, has_read: Callable[[Place], bool]
    ) -> None:
        """`has_read` says whether the record of a place has reached `counterparties`."""
        self._log, self._settings = log, settings
        self._counterparties = counterparties
        self._has_read = has_read
        self._grew: Final = asyncio.Event()

    def notify(self) -> None:
        """Say that `has_read` may answer anew."""
        self._grew.set()

    async def run(self) -> None:
        """Work until cancelled."""
        consumer = await started(self._consumer)
        try:
            await consumer.join_when_topics_are_there()
            async for attempt in retrying_async((KafkaError, TimeoutError), "the broker"):
                with attempt, named_refusals("to let a worker read"):
                    while True:
                        await self._screen_next(consumer)
        finally:
            await consumer.stop()

    def _consumer(self) -> GroupConsumer:
        names = [topics.PORTFOLIOS.full_name(self._settings)]
        group = f"{self._settings.topic_prefix}{GROUP}"
        return GroupConsumer(self._settings, Membership(group, names, self._settings.worker_id), _POLLING)

    async def _screen_next(self, consumer: GroupConsumer) -> None:
        polled = await consumer.poll()
        if not polled.ends():
            return
        polled.log_unreadable()
        for place, batch in polled.batches.items():
            for message in batch:
                await self._until_read((place.partition, message.offset))
            for portfolio_id, revision in dict.fromkeys(_revisions(batch)):
                async for records in self._screened(portfolio_id, revision):
                    await self._log.send(records)
        await consumer.commit(polled.ends())

    async def _screened(self, portfolio_id: str, revision: int) -> AsyncIterator[list[Record]]:
        await self._counterparties.settle()
        waiting: list[Record] = []
        for records in self._counterparties.screened(portfolio_id, revision):
            waiting += records
            if len(waiting) >= RECORDS_AT_ONCE:
                yield waiting
                waiting = []
            await asyncio.sleep(0)
        if waiting:
            yield waiting

    async def _until_read(self, place: Place) -> None:
        while not self._has_read(place):
            self._grew.clear()
            await self._grew.wait()


def _revisions(batch: Iterable[Any]) -> Iterable[tuple[str, int]]:
    """Portfolios and revisions of live records; one that was published again was screened before."""
    for message in batch:
        headers = dict(message.headers)
        if message.value is None or REPLAYED_HEADER[0] in headers:
            continue
        try:
            record = read_fact(PORTFOLIOS, message.value, headers.get(SCHEMA_VERSION_HEADER))
        except FactError:
            continue  # intake writes it to the dead letters
        if isinstance(record, PortfolioEntries):
            yield record.portfolio_id, record.revision
