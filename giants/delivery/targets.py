"""The targets of all watchlists, followed from their topic into the queue."""

import time
from collections.abc import Callable, Collection, Iterator
from typing import Any, cast

import structlog
from kafka import KafkaConsumer, TopicPartition

from giants.decoding.facts import SCHEMA_VERSION_HEADER, WATCHLISTS, FactError, read_fact
from giants.delivery.clock import Clock
from giants.delivery.queue import DeliveryQueue
from giants.kafka import topics
from giants.kafka.broker import is_at_end
from giants.kafka.clients import client_options
from giants.kafka.poller import PATIENT_FETCH_MS
from giants.kafka.reading import poll
from giants.settings import Settings
from schemas.facts import Target, Watchlist

POLL_MILLISECONDS_MAX = 50
POLL_RECORDS_MAX = 1_000
# An alert may be read before the watchlist that it is for: the watchlist is looked for this long.
MISSING_SECONDS_MAX = 5.0

_logger = structlog.get_logger(__name__)


class TargetFollower:
    """Reads every watchlist, whatever others have read, and keeps the queue's targets as they say."""

    def __init__(self, settings: Settings, queue: DeliveryQueue, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._known: set[str] = set()
        self._consumer = KafkaConsumer(
            **client_options(settings),
            group_id=None,
            enable_auto_commit=False,
            max_poll_records=POLL_RECORDS_MAX,
            max_partition_fetch_bytes=topics.RECORD_BYTES_MAX,
            fetch_max_wait_ms=PATIENT_FETCH_MS,
        )
        name = topics.WATCHLISTS.full_name(settings)
        numbers = range(topics.WATCHLISTS.partition_count(settings))
        self._places = [TopicPartition(name, number) for number in numbers]
        self._consumer.assign(self._places)

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def read_all(self, is_over: Callable[[], bool]) -> None:
        """Read what is there and keep the last of each watchlist; gives up once `is_over`.

        Nothing is kept before the end is reached: an older version of a watchlist would cancel what waits for
        the targets of a newer one.
        """
        self._consumer.seek_to_beginning(*self._places)
        newest: dict[str, tuple[Target, ...]] = {}
        while not is_over():
            newest.update(self._poll())
            if all(is_at_end(self._consumer, place) for place in self._places):
                self._keep(newest)
                return

    def follow(self) -> None:
        """Take in what has changed since the last call."""
        self._keep(dict(self._poll()))

    def wait_for(self, watchlist_ids: Collection[str], is_over: Callable[[], bool]) -> None:
        """Follow until all are known, or `is_over`.

        Those that do not come in `MISSING_SECONDS_MAX` are taken for deleted ones, without targets.
        """
        deadline = time.monotonic() + MISSING_SECONDS_MAX
        while not self._known.issuperset(watchlist_ids) and not is_over():
            if time.monotonic() >= deadline:
                missing = sorted(set(watchlist_ids) - self._known)
                _logger.warning("alerts for watchlists that are not there", watchlists=missing[:10])
                self._known.update(missing)
            self.follow()

    def _keep(self, targets: dict[str, tuple[Target, ...]]) -> None:
        if not targets:
            return
        with self._queue.transaction():
            for watchlist_id, wanted in targets.items():
                self._queue.set_targets(watchlist_id, wanted, self._clock.now())
        self._known.update(targets)

    def _poll(self) -> Iterator[tuple[str, tuple[Target, ...]]]:
        for records in poll(self._consumer, POLL_MILLISECONDS_MAX).values():
            for record in records:
                try:
                    yield _read(record)
                except (FactError, UnicodeDecodeError) as error:
                    # Intake tells of it in the dead letters; what was there before goes on.
                    _logger.info("watchlist refused", offset=record.offset, reason=str(error))


def _read(record: Any) -> tuple[str, tuple[Target, ...]]:
    """Id and targets of a watchlist; one that is deleted has no targets. Raises `FactError`."""
    if record.value is None:
        return (record.key or b"").decode(), ()
    version = dict(record.headers).get(SCHEMA_VERSION_HEADER)
    watchlist = cast(Watchlist, read_fact(WATCHLISTS, record.value, version))
    return watchlist.watchlist_id, watchlist.deliver
