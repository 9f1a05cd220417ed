"""Watch: changes of status, rating and signals in, alerts out for the watchlists that they match.

It keeps nothing: watchlists and companies are read from their compacted topics when it starts and followed.
The id of an alert comes from watchlist and change, so that a change which is matched twice raises one alert.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from sys import intern
from time import time_ns
from typing import Any, Final

import msgspec
import structlog
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from agents import messages
from agents.background_commit import BackgroundCommit
from agents.counterparties import Counterparties
from agents.first_screening import FirstScreening, Place
from giants.decoding.facts import SCHEMA_VERSION_HEADER, WATCHLISTS, FactError, read_fact
from giants.domain.names import lookup_keys
from giants.domain.watch import CompanyContext, Watch, WatchFullError, alert_for, rated_token
from giants.kafka import topics
from giants.kafka.connection import started
from giants.kafka.consumer import GroupConsumer, Membership
from giants.kafka.errors import named_refusals
from giants.kafka.log import Headers, Log, Record
from giants.kafka.poller import Polled, Polling
from giants.kafka.topic_reader import TopicReader
from giants.kafka.topics import Topic
from giants.kafka.tracing import TRACING, trace_of, traced
from giants.retry import retrying_async
from giants.settings import Settings
from schemas.changes import CompanySnapshot, ListChange, RatingChange, SignalChange, StatusChange
from schemas.facts import Watchlist
from streams.metrics import METRICS

_logger = structlog.get_logger(__name__)

GROUP: Final = "watch"
_POLLING: Final = Polling(records_max=2_000, wait_ms=500)
# A rating change may overtake the snapshot of its company, which is sent at the same time as what led to it.
_SNAPSHOT_SECONDS_MAX: Final = 5.0

Change = StatusChange | RatingChange | SignalChange | ListChange

CompanyChange = StatusChange | RatingChange | SignalChange

_MODELS: Final[Mapping[Topic, type[Change]]] = {
    topics.STATUS_CHANGES: StatusChange,
    topics.RATING_CHANGES: RatingChange,
    topics.SIGNAL_CHANGES: SignalChange,
    topics.LIST_CHANGES: ListChange,
}


class _Rated(msgspec.Struct):
    """A technology of an exposure, as far as watchlists ask for it."""

    technology: str
    band: str | None = None


class _Exposure(msgspec.Struct):
    technologies: tuple[_Rated, ...] = ()


_decode_exposure: Final = msgspec.json.Decoder(_Exposure).decode


class Directory:
    """Watchlists, companies and their ratings as they are now: the latest values of three topics."""

    def __init__(self, settings: Settings) -> None:
        self.watch: Final = Watch()
        self.counterparties: Final = Counterparties(settings)
        self._companies: dict[str, CompanyContext] = {}
        self._snapshots: dict[str, bytes] = {}  # that nobody asked for yet: few companies change, many exist
        self._rated: dict[str, frozenset[str]] = {}

    def take_watchlist(self, key: bytes | None, value: bytes | None, headers: Headers = ()) -> None:
        """Put a watchlist in, or take it out.

        One that is refused, or written by a later version of the contract, is told in the dead letters by
        intake; what was there before stays in force.
        """
        try:
            if value is None:
                watchlist_id = (key or b"").decode()
                self.watch.delete(watchlist_id)
                self.counterparties.watch(watchlist_id, None)
                return
            watchlist = read_fact(WATCHLISTS, value, dict(headers).get(SCHEMA_VERSION_HEADER))
            if isinstance(watchlist, Watchlist):
                self.watch.put(watchlist)
                self.counterparties.watch(watchlist.watchlist_id, watchlist)
        except (FactError, UnicodeDecodeError) as error:
            _logger.info("watchlist refused", key=key, reason=str(error))
        except WatchFullError as error:
            _logger.warning("watchlist refused", key=key, reason=str(error))

    def take_company(self, key: bytes | None, value: bytes | None, _: Headers = ()) -> None:
        """Put a company's latest snapshot in; a company that was merged away stays findable by its id."""
        self.counterparties.take_company(key, value)
        if value is not None and key is not None:
            self._snapshots[key.decode(errors="replace")] = value

    def take_exposure(self, key: bytes | None, value: bytes | None, _: Headers = ()) -> None:
        """Note in which technologies a company is rated, and in which bands."""
        if key is None:
            return
        company_id = key.decode(errors="replace")
        try:
            pairs = _decode_exposure(value).technologies if value is not None else ()
        except msgspec.MsgspecError:
            # Only somebody else's record can be unreadable here: what was known before stays.
            _logger.exception("exposure cannot be read", company_id=company_id)
            return
        rated = frozenset(intern(rated_token(one.technology, one.band)) for one in pairs if one.band)
        if rated:
            self._rated[company_id] = rated
        else:
            self._rated.pop(company_id, None)

    def context_of(self, change: Change) -> CompanyContext | None:
        """What is known of the company of a change; a status change itself says enough.

        News of a list is about no company.
        """
        if isinstance(change, ListChange):
            return CompanyContext("", change.list_id)
        context = self._context_of(change)
        rated = self._rated.get(change.company_id) if isinstance(change, StatusChange) else None
        return context if context is None or rated is None else replace(context, rated=rated)

    def is_known(self, change: Change) -> bool:
        """Whether the company of a change is there, with its names where anybody watches names."""
        if self.context_of(change) is None:
            return False
        return isinstance(change, ListChange) or self.counterparties.knows(change.company_id)

    def _context_of(self, change: CompanyChange) -> CompanyContext | None:
        known = self._known(change.company_id)
        if known is not None or not isinstance(change, StatusChange):
            return known
        names = [change.name, *([change.name_en] if change.name_en else [])]
        return CompanyContext(
            change.company_id,
            change.name,
            change.name_en,
            change.authority,
            change.batches,
            keys=frozenset(key for name in names for key in lookup_keys(name)),
        )

    def _known(self, company_id: str) -> CompanyContext | None:
        value = self._snapshots.pop(company_id, None)
        if value is not None:
            try:
                snapshot = CompanySnapshot.model_validate_json(value)
            except ValidationError:
                # Only somebody else's record can be unreadable here: what was known before stays.
                _logger.exception("company cannot be read", company_id=company_id)
            else:
                self._companies[company_id] = CompanyContext.from_snapshot(snapshot)
        return self._companies.get(company_id)


def _with_trace(record: Record, trace: bytes | None) -> Record:
    return record if trace is None else traced([record], trace)[0]


def _subject(change: Change) -> str:
    return change.list_id if isinstance(change, ListChange) else change.company_id


class WatchService:
    """The consumer around the matching: read, match, send, wait, commit."""

    def __init__(self, log: Log, settings: Settings) -> None:
        self._log, self._settings = log, settings
        self._directory = Directory(settings)
        self._directory_grew = asyncio.Event()
        self._takes: Final = {
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
                take(message.key, message.value, message.headers)
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
            return
        polled.log_unreadable()
        began_ns = time_ns()
        traces: dict[str, bytes] = {}
        read = list(self._read(polled.batches.values(), traces))
        await self._await_companies(read)
        await self._directory.counterparties.settle()
        alerts = list(self._alerts_for(read, traces))
        await self._log.send(alerts)
        METRICS.alerts.inc(sum(record.topic == self._alerts for record in alerts))
        if TRACING.on:
            TRACING.note("watch", traces.values(), began_ns)
        await commit.begin(polled.ends())

    async def _await_companies(self, changes: Sequence[Change]) -> None:
        """Wait a while where a change is there whose company is not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SNAPSHOT_SECONDS_MAX):
                while not all(map(self._directory.is_known, changes)):
                    self._directory_grew.clear()
                    await self._directory_grew.wait()

    def _alerts_for(self, changes: Sequence[Change], traces: Mapping[str, bytes]) -> Iterator[Record]:
        for change in changes:
            context = self._directory.context_of(change)
            if context is None:
                context = CompanyContext(_subject(change), _subject(change))
            if not isinstance(change, ListChange):
                context = self._directory.counterparties.context_for(change, context)
                for record in self._directory.counterparties.records_for(change, context):
                    yield _with_trace(record, traces.get(change.id))
            for watchlist_id in self._directory.watch.match(change, context):
                watchlist = self._directory.watch.get(watchlist_id)
                if watchlist is not None:
                    alert = alert_for(watchlist, change, context, self._settings.public_url)
                    record = messages.alert(alert, self._settings)
                    yield _with_trace(record, traces.get(change.id))

    def _read(self, batches: Iterable[Sequence[Any]], traces: dict[str, bytes]) -> Iterator[Change]:
        """The changes to match, none where nobody watches; `traces` gets what led to them, by their ids."""
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
                yield change
