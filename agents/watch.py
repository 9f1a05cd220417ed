"""Watch: changes of status, rating and signals in, alerts out for the watchlists that they match.

It keeps nothing: watchlists and companies are read from their compacted topics when it starts and followed.
The id of an alert comes from watchlist and change, so that a change which is matched twice raises one alert.
A change that is older than its watchlist raises none. How far the group is, is noted in the state of the
stream as well, since Kafka forgets the offsets of a group that was idle for a week.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from time import time, time_ns
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from agents import messages
from agents.background_commit import BackgroundCommit
from agents.first_screening import FirstScreening, Place
from agents.watch_directory import Change, Directory
from agents.watch_memory import WatchMemory
from giants.domain.watch import CompanyContext, alert_for
from giants.kafka import topics
from giants.kafka.connection import started
from giants.kafka.consumer import GroupConsumer, Membership
from giants.kafka.errors import named_refusals
from giants.kafka.log import Log, Record
from giants.kafka.metrics import KAFKA_METRICS, exemplar
from giants.kafka.poller import Polled, Polling
from giants.kafka.topic_reader import TopicReader
from giants.kafka.topics import Topic
from giants.kafka.tracing import TRACING, trace_of, traced
from giants.retry import retrying_async
from giants.settings import Settings
from schemas.changes import ListChange, RatingChange, SignalChange, StatusChange
from streams.metrics import METRICS

_logger = structlog.get_logger(__name__)

GROUP: Final = "watch"
_POLLING: Final = Polling(records_max=2_000, wait_ms=500)
# A rating change may overtake the snapshot of its company, which is sent at the same time as what led to it.
_SNAPSHOT_SECONDS_MAX: Final = 5.0
_LAST_NOTE_SECONDS_MAX: Final = 5.0
# So many changes of a poll keep the event loop, with the folds of all agents, to themselves.
_CHANGES_A_TURN: Final = 20

_MODELS: Final[Mapping[Topic, type[Change]]] = {
    topics.STATUS_CHANGES: StatusChange,
    topics.RATING_CHANGES: RatingChange,
    topics.SIGNAL_CHANGES: SignalChange,
    topics.LIST_CHANGES: ListChange,
}


def _with_trace(record: Record, trace: bytes | None) -> Record:
    return record if trace is None else traced([record], trace)[0]


def _subject(change: Change) -> str:
    return change.list_id if isinstance(change, ListChange) else change.company_id


def _measure(raised: Iterable[Change], written_ms: Mapping[str, int], traces: Mapping[str, bytes]) -> None:
    """Observe how long alerts took that are on their topic now; history that is filled in is left out."""
    now = time()
    for change in raised:
        if change.backfill:
            continue
        fact, written = change.at.timestamp(), written_ms[change.id] / 1000
        known = exemplar(change.cause.ref, traces.get(change.id))
        KAFKA_METRICS.alert_stages.labels("change").observe(max(written - fact, 0.0), known)
        KAFKA_METRICS.alert_stages.labels("alert").observe(max(now - written, 0.0), known)
        METRICS.fact_to_alert.observe(max(now - fact, 0.0), known)


class WatchService:
    """The consumer around the matching: read, match, send, wait, commit."""

    def __init__(self, log: Log, settings: Settings) -> None:
        self._log, self._settings = log, settings
        self._directory = Directory(settings)
        self._directory_grew = asyncio.Event()
        self._memory: Final = WatchMemory(log, settings)
        self._takes: Final[Mapping[str, Callable[..., None]]] = {
            topics.WATCHLISTS.full_name(settings): self._directory.take_watchlist,
            topics.COMPANIES.full_name(settings): self._directory.take_company,
            topics.EXPOSURES.full_name(settings): self._directory.take_exposure,
        }
        self._alerts: Final = topics.ALERTS.full_name(settings)
        self._portfolios: Final = topics.PORTFOLIOS.full_name(settings)
        self._portfolios_read: dict[int, int] = {}
        self._first_screening: Final = FirstScreening(
            log, settings, self._directory.counterparties, self._has_read_portfolio
        )
        self._models: Final = {topic.full_name(settings): model for topic, model in _MODELS.items()}

    async def run(self) -> None:
        """Work until cancelled."""
        follower = await started(self._follower)
        tasks: list[asyncio.Task[None]] = []
        try:
            # A change must not be matched before the watchlists are known.
            async for polled in follower.to_end():
                self._take(polled)
            await self._directory.counterparties.settle()
            working = (self._follow(follower), self._match(), self._first_screening.run())
            tasks += map(asyncio.create_task, working)
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Only here: the tasks are cancelled twice, by whoever cancels this and by the line above.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._memory.note(at_once=True), _LAST_NOTE_SECONDS_MAX)
            await follower.stop()

    def _follower(self) -> TopicReader:
        return TopicReader(
            self._settings,
            (topics.WATCHLISTS, topics.PORTFOLIOS, topics.COMPANIES, topics.EXPOSURES),
            # As promptly as changes, so that a watchlist is known before the changes that follow it.
            _POLLING,
        )

    def _changes(self) -> GroupConsumer:
        return GroupConsumer(
            self._settings,
            Membership(f"{self._settings.topic_prefix}{GROUP}", self._models, self._settings.worker_id),
            _POLLING,
            self._memory,
        )

    def _take(self, polled: Polled) -> None:
        polled.log_unreadable()
        METRICS.watchlists.set(len(self._directory.watch))
        for place, batch in polled.batches.items():
            if place.topic == self._portfolios:
                self._take_portfolios(place.partition, batch)
                continue
            take = self._takes[place.topic]
            for message in batch:
                take(message.key, message.value, message.headers, message.timestamp, message.partition)
        if polled.batches:
            self._directory_grew.set()

    def _take_portfolios(self, partition: int, batch: Sequence[Any]) -> None:
        for message in batch:
            self._directory.counterparties.take_portfolio(
                message.key, message.value, message.headers, message.timestamp
            )
            self._portfolios_read[partition] = message.offset
        self._first_screening.notify()

    def _has_read_portfolio(self, place: Place) -> bool:
        partition, offset = place
        return self._portfolios_read.get(partition, -1) >= offset

    async def _follow(self, follower: TopicReader) -> None:
        """Read on in watchlists, companies and exposures."""
        async for attempt in retrying_async((KafkaError, TimeoutError), "the broker"):
            with attempt, named_refusals("to let a worker read"):
                while True:
                    self._take(await follower.poll())

    async def _match(self) -> None:
        changes = await started(self._changes)
        commit = BackgroundCommit(changes.commit)
        try:
            await changes.topics_are_there()
            await self._memory.begin(self._models)
            await changes.join_when_topics_are_there()
            async for attempt in retrying_async((KafkaError, TimeoutError), "the broker"):
                with attempt, named_refusals("to let a worker read"):
                    while True:
                        await self._match_next(changes, commit)
        finally:
            await commit.cancel()
            await changes.stop()

    async def _match_next(self, changes: GroupConsumer, commit: BackgroundCommit) -> None:
        """Match what has come since the last acknowledgement."""
        polled = await changes.poll()
        if not polled.ends():
            await commit.end()
            await self._memory.note()
            return
        polled.log_unreadable()
        began_ns = time_ns()
        traces: dict[str, bytes] = {}
        written_ms: dict[str, int] = {}
        read = list(self._read(polled.batches.values(), traces, written_ms))
        await self._await_companies(read)
        await self._directory.counterparties.settle()
        sent = [pair async for pair in self._alerts_for(read, traces)]
        await self._log.send([record for _, record in sent])
        raised = [change for change, record in sent if record.topic == self._alerts]
        METRICS.alerts.inc(len(raised))
        _measure(raised, written_ms, traces)
        if TRACING.on:
            TRACING.note("watch", traces.values(), began_ns)
        await commit.begin(polled.ends())
        self._memory.processed(polled.ends())
        await self._memory.note()

    async def _await_companies(self, changes: Sequence[Change]) -> None:
        """Wait a while where a change is there whose company is not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SNAPSHOT_SECONDS_MAX):
                while not all(map(self._directory.is_known, changes)):
                    self._directory_grew.clear()
                    await self._directory_grew.wait()

    async def _alerts_for(
        self, changes: Sequence[Change], traces: Mapping[str, bytes]
    ) -> AsyncIterator[tuple[Change, Record]]:
        """What is sent, each record with the change that it is about.

        Others of the worker have their turn in between: a name that is near to many takes its time.
        """
        for number, change in enumerate(changes):
            if number % _CHANGES_A_TURN == 0:
                await asyncio.sleep(0)
            context = self._directory.context_of(change)
            if context is None:
                context = CompanyContext(_subject(change), _subject(change))
            if not isinstance(change, ListChange):
                context = self._directory.counterparties.context_for(change, context)
                for record in self._directory.counterparties.records_for(change, context):
                    yield change, _with_trace(record, traces.get(change.id))
            for watchlist_id in self._directory.watch.match(change, context):
                watchlist = self._directory.watch.get(watchlist_id)
                if watchlist is not None and not self._directory.is_older(change, watchlist_id):
                    alert = alert_for(watchlist, change, context, self._settings.public_url)
                    record = messages.alert(alert, self._settings)
                    yield change, _with_trace(record, traces.get(change.id))

    def _read(
        self, batches: Iterable[Sequence[Any]], traces: dict[str, bytes], written_ms: dict[str, int]
    ) -> Iterator[Change]:
        """The changes to match, none where nobody watches.

        By their ids `traces` gets what led to them, `written_ms` when they were written to their topic.
        """
        if not len(self._directory.watch) and not self._directory.counterparties.is_used:
            return
        for batch in batches:
            for message in batch:
                try:
                    change = self._models[message.topic].model_validate_json(message.value or b"")
                except ValidationError:
                    # Only somebody else's record can be unreadable here: it is skipped, and logged.
                    _logger.exception("change cannot be read", topic=message.topic, offset=message.offset)
                    continue
                trace = trace_of(message.headers)
                if trace is not None:
                    traces[change.id] = trace
                written_ms[change.id] = message.timestamp
                yield change
