"""Copies the targets of all watchlists and portfolios from their topics into the queue.

Those of a portfolio stand under an id that no watchlist has (`RESERVED_ID_PREFIX`).
"""

import time
from collections.abc import Callable, Collection, Iterator
from typing import Any, cast

import structlog

from giants.decoding.facts import (
    PORTFOLIOS,
    RESERVED_ID_PREFIX,
    SCHEMA_VERSION_HEADER,
    WATCHLISTS,
    FactError,
    read_fact,
)
from giants.delivery.clock import Clock
from giants.delivery.queue import DeliveryQueue
from giants.kafka import topics
from giants.kafka.poller import Polled, Polling
from giants.kafka.topic_reader import TopicReader
from giants.settings import Settings
from schemas.facts import Target, Watchlist
from schemas.portfolios import PortfolioEntries

POLL_MS = 50
POLL_RECORDS_MAX = 1_000
# An alert may be read before its watchlist: how long the watchlist is waited for.
MISSING_SECONDS_MAX = 5.0

_logger = structlog.get_logger(__name__)


class TargetFollower:
    """Reads every watchlist, without a consumer group, and sets their targets in the queue."""

    def __init__(self, settings: Settings, queue: DeliveryQueue, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._known: set[str] = set()
        self._reader = TopicReader(
            settings,
            [topics.WATCHLISTS, topics.PORTFOLIOS],
            Polling(POLL_RECORDS_MAX, POLL_MS, embedded_fetch_ms=500),
        )
        self._portfolios = topics.PORTFOLIOS.full_name(settings)
        self._revisions: dict[str, int] = {}

    async def close(self) -> None:
        """Disconnect."""
        await self._reader.stop()

    async def read_all(self, is_over: Callable[[], bool]) -> None:
        """Connect, read to the end, and apply the last version of each watchlist; stops once `is_over`.

        Nothing is applied before the end: an older version of a watchlist would cancel deliveries to the
        targets of a newer one. Raises `KafkaError`.
        """
        await self._reader.start()
        newest: dict[str, tuple[Target, ...]] = {}
        async for polled in self._reader.to_end():
            newest.update(self._targets(polled))
            if is_over():
                return
        self._apply(newest)

    async def follow(self) -> None:
        """Apply what has changed since the last call."""
        self._apply(dict(self._targets(await self._reader.poll())))

    async def wait_for(self, watchlist_ids: Collection[str], is_over: Callable[[], bool]) -> None:
        """Follow until all are known, or `is_over`.

        Those that do not arrive in `MISSING_SECONDS_MAX` count as deleted, without targets.
        """
        deadline = time.monotonic() + MISSING_SECONDS_MAX
        while not self._known.issuperset(watchlist_ids) and not is_over():
            if time.monotonic() >= deadline:
                missing = sorted(set(watchlist_ids) - self._known)
                _logger.warning("alerts for unknown watchlists", watchlists=missing[:10])
                self._known.update(missing)
            await self.follow()

    def _apply(self, targets: dict[str, tuple[Target, ...]]) -> None:
        if not targets:
            return
        with self._queue.transaction():
            for watchlist_id, wanted in targets.items():
                self._queue.set_targets(watchlist_id, wanted, self._clock.now())
        self._known.update(targets)

    def _targets(self, polled: Polled) -> Iterator[tuple[str, tuple[Target, ...]]]:
        """Watchlists and portfolios of a poll with their targets; any other record is skipped."""
        polled.log_unreadable()
        for place, records in polled.batches.items():
            for record in records:
                try:
                    if place.topic == self._portfolios:
                        yield from self._portfolio(record)
                    else:
                        yield _read(record)
                except (FactError, UnicodeDecodeError) as error:
                    # Intake writes it to the dead letters; the version before stays in force.
                    _logger.info("watchlist refused", offset=record.offset, reason=str(error))

    def _portfolio(self, record: Any) -> Iterator[tuple[str, tuple[Target, ...]]]:
        """Targets of a portfolio: those of the highest revision count, whichever of its parts says them."""
        if record.value is None:
            portfolio_id = (record.key or b"").decode()
            self._revisions.pop(portfolio_id, None)
            yield RESERVED_ID_PREFIX + portfolio_id, ()
            return
        version = dict(record.headers).get(SCHEMA_VERSION_HEADER)
        part = read_fact(PORTFOLIOS, record.value, version)
        if not isinstance(part, PortfolioEntries):
            return
        if part.revision >= self._revisions.get(part.portfolio_id, 0):
            self._revisions[part.portfolio_id] = part.revision
            yield RESERVED_ID_PREFIX + part.portfolio_id, part.deliver


def _read(record: Any) -> tuple[str, tuple[Target, ...]]:
    """Id and targets of a watchlist; a deleted one has no targets. Raises `FactError`."""
    if record.value is None:
        return (record.key or b"").decode(), ()
    version = dict(record.headers).get(SCHEMA_VERSION_HEADER)
    watchlist = cast(Watchlist, read_fact(WATCHLISTS, record.value, version))
    return watchlist.watchlist_id, watchlist.deliver
