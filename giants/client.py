"""Typed changes from Kafka, for programs downstream, and what becomes of portfolios of counterparties.

    with Changes(Settings(broker="127.0.0.1:9092"), group="my-desk") as changes:
        for change in changes:
            print(change.company_id, change.current)

`Matches` are pairs of an entry of a portfolio and a company, `Judgements` what people decided of them, and
`Screenings` the runs of screening; they are followed in the same way.

At least once: after a crash the last records come again, under the ids that they had.
"""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, Generic, Self, TypeVar, cast

import orjson
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import TypeAdapter, ValidationError

from giants.embedded.runfile import of_running, read_run_file
from giants.kafka import topics
from giants.kafka.connection import EventLoopThread, wait_for_broker
from giants.kafka.consumer import REBALANCE_MS_MAX, GroupConsumer, Membership, RebalanceHooks
from giants.kafka.poller import Polled, Polling
from giants.kafka.publisher import REPLAYED_HEADER
from giants.kafka.topic_reader import TopicReader
from giants.kafka.topics import Topic
from giants.settings import Settings
from schemas.changes import ListChange, RatingChange, SignalChange, StatusChange
from schemas.codes import ChangeKind, ListChangeKind
from schemas.portfolios import PORTFOLIO_RECORD, Judgement, PortfolioMatch, ScreeningRun

# Ids that are remembered, to pass over a change that comes twice.
IDS_MAX = 100_000
POLL_MS = 200
POLL_RECORDS_MAX = 500
COMMIT_SECONDS_MAX = 5.0
CURSOR_CHARACTERS_MAX = 100_000

Change = StatusChange | RatingChange | SignalChange | ListChange
T = TypeVar("T")
Item = TypeVar("Item")

# The topics of those kinds that are not changes of status.
_TOPICS: Final[Mapping[ChangeKind, Topic]] = {
    ChangeKind.RATING_CHANGED: topics.RATING_CHANGES,
    ChangeKind.SIGNAL_RAISED: topics.SIGNAL_CHANGES,
    ChangeKind.SIGNAL_CLEARED: topics.SIGNAL_CHANGES,
    **{ChangeKind(kind.value): topics.LIST_CHANGES for kind in ListChangeKind},
}
_CURSOR: TypeAdapter[dict[str, dict[int, int]]] = TypeAdapter(dict[str, dict[int, int]])
_logger = structlog.get_logger(__name__)


KINDS_OF_COMPANIES: Final = tuple(kind for kind in ChangeKind if kind.value not in set(ListChangeKind))


class CursorError(ValueError):
    """A cursor is not one that `Changes.cursor` gave."""

    def __init__(self, got: str) -> None:
        super().__init__(f"got a cursor that begins with {got[:20]!r}, expected one that Changes.cursor gave")


class _Follower(ABC, Generic[Item]):
    """What is followed on some topics; iterate over it, inside a `with` block.

    Where it begins: with `group`, after what the group has acknowledged; with `cursor`, where that was taken;
    else at the oldest record that the broker holds. A cursor begins there too where the broker has forgotten
    its place, or everything.

    An item of the group is acknowledged when the next one is asked for, or when the block is left without
    an error. What is not new is passed over: an id that came before (the last `IDS_MAX` are remembered), and
    what is replayed (a rebuild or a restart of the embedded stack) unless `include_replayed` is set.

    A broker that is not there yet, or goes away later, is waited for.
    """

    def __init__(
        self,
        followed: Collection[Topic],
        settings: Settings | None,
        *,
        group: str | None,
        cursor: str | None,
        include_replayed: bool,
    ) -> None:
        if group is not None and cursor is not None:
            raise ValueError("got both a group and a cursor, expected one of them: each says where to begin")
        self._settings = settings or _found_settings()
        self._group = group
        self._include_replayed = include_replayed
        self._topics = {topic.full_name(self._settings): topic for topic in followed}
        self._positions = _read_cursor(cursor) if cursor is not None else {}
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._stopped = threading.Event()
        self._thread: EventLoopThread | None = None
        self._reader: GroupConsumer | TopicReader | None = None
        # Set while no record that was polled is left; partitions wait for that before they go.
        self._is_idle = asyncio.Event()
        self._in_hand: Any = None
        self._uncommitted: dict[TopicPartition, int] = {}
        self._committed_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if self._thread is None:
            return
        try:
            if self._reader is not None:
                if error is None:
                    self._finish()
                self.commit()
                self._call(self._reader.stop())
        finally:
            self._thread.close()
            self._reader = self._thread = None

    @property
    def cursor(self) -> str:
        """Where the next reader has to begin to get all that comes after the item in hand."""
        positions = {name: dict(places) for name, places in self._positions.items()}
        if self._in_hand is not None:
            name = self._topics[self._in_hand.topic].name
            positions.setdefault(name, {})[self._in_hand.partition] = self._in_hand.offset + 1
        return urlsafe_b64encode(orjson.dumps(positions, option=orjson.OPT_NON_STR_KEYS)).decode()

    def stop(self) -> None:
        """End the iteration; from any thread."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Item]:
        """Items as they come, until `stop` is called."""
        return self._read_on(lambda: False)

    def available(self) -> Iterator[Item]:
        """Items up to where nothing more is there at the moment."""
        return self._read_on(self._is_at_end)

    def _read_on(self, is_enough: Callable[[], bool]) -> Iterator[Item]:
        if self._reader is None:
            if not wait_for_broker(self._settings, self._stopped.is_set):
                return
            self._thread = EventLoopThread(type(self).__name__.lower())
            self._reader = self._call(self._connected())
        while not self._stopped.is_set():
            polled, generation = self._call(self._poll())
            for record in self._records(polled):
                if self._generation() != generation:
                    break  # the rest comes again, to whoever has its partition now
                self._in_hand = record
                item = self._read(record)
                if item is not None:
                    yield item
                self._finish()
                if self._stopped.is_set():
                    return
            if is_enough():
                return

    def commit(self) -> None:
        """Acknowledge all items before the one in hand; without a group there is nothing to do."""
        if isinstance(self._reader, GroupConsumer):
            self._call(self._commit())

    async def _commit(self) -> None:
        uncommitted, self._uncommitted = self._uncommitted, {}
        self._committed_at = time.monotonic()
        if isinstance(self._reader, GroupConsumer):
            await self._reader.commit(uncommitted)

    async def _before_partitions_go(self) -> None:
        """Acknowledge what was dealt with while the partitions are here, but wait for what is in hand."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_idle.wait(), REBALANCE_MS_MAX / 2_000)
        try:
            await self._commit()
        except (KafkaError, TimeoutError) as error:
            _logger.info("changes come again after the partitions moved", error=repr(error))

    async def _connected(self) -> GroupConsumer | TopicReader:
        if self._group is not None:
            consumer = GroupConsumer(
                self._settings,
                Membership(self._group, self._topics),
                Polling(POLL_RECORDS_MAX, POLL_MS),
                _Handover(self._before_partitions_go),
            )
            await consumer.start()
            await consumer.join_when_topics_are_there(self._stopped.is_set)
            return consumer
        reader = TopicReader(self._settings, list(self._topics.values()), Polling(POLL_RECORDS_MAX, POLL_MS))
        await reader.start(
            {
                TopicPartition(name, number): offset
                for name, topic in self._topics.items()
                for number, offset in self._positions.get(topic.name, {}).items()
            }
        )
        return reader

    async def _poll(self) -> tuple[Polled, int | None]:
        """Poll, and say of which generation of the group the records are."""
        if time.monotonic() - self._committed_at >= COMMIT_SECONDS_MAX:
            await self._commit()
        self._is_idle.set()
        polled = await self._reader.poll() if self._reader is not None else Polled({}, ())
        self._is_idle.clear()
        return polled, self._generation()

    def _generation(self) -> int | None:
        return self._reader.generation if isinstance(self._reader, GroupConsumer) else 0

    @staticmethod
    def _records(polled: Polled) -> Iterator[Any]:
        polled.log_unreadable()
        for records in polled.batches.values():
            yield from records

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._thread is None:
            raise RuntimeError("the iteration has not begun, or the block was left")
        return cast(T, self._thread.call(coroutine))

    @abstractmethod
    def _parsed(self, topic: Topic, value: bytes) -> Item | None:
        """The item that a value holds, if it is wanted. Raises `ValidationError`."""

    @abstractmethod
    def _id_of(self, item: Item) -> str:
        """What an item that comes twice has in common."""

    def _is_replayed(self, item: Item, record: Any) -> bool:
        return REPLAYED_HEADER[0] in dict(record.headers or ())

    def _read(self, record: Any) -> Item | None:
        """The item that a record holds, if it is wanted and new."""
        try:
            item = self._parsed(self._topics[record.topic], record.value or b"")
        except ValidationError as error:
            # A newer version of the system may send kinds that this one does not know.
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            _logger.warning("a record is no change", problems=error.error_count(), **place)
            return None
        if item is None or (not self._include_replayed and self._is_replayed(item, record)):
            return None
        return item if self._is_new(self._id_of(item)) else None

    def _is_new(self, change_id: str) -> bool:
        if change_id in self._ids:
            self._ids.move_to_end(change_id)
            return False
        self._ids[change_id] = None
        if len(self._ids) > IDS_MAX:
            self._ids.popitem(last=False)
        return True

    def _finish(self) -> None:
        """The record in hand has been dealt with."""
        record, self._in_hand = self._in_hand, None
        if record is None:
            return
        self._positions.setdefault(self._topics[record.topic].name, {})[record.partition] = record.offset + 1
        self._uncommitted[TopicPartition(record.topic, record.partition)] = record.offset + 1

    def _is_at_end(self) -> bool:
        return self._reader is not None and self._call(self._reader.is_at_end())


class Changes(_Follower[Change]):
    """Changes of status, rating and signals as they happen.

    `kinds` chooses kinds of change; news of lists comes only where its kinds are named. For where it begins
    and what is acknowledged see the top of `docs/consumers.md`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        group: str | None = None,
        cursor: str | None = None,
        kinds: Collection[ChangeKind] = KINDS_OF_COMPANIES,
        include_replayed: bool = False,
    ) -> None:
        """Connect when iteration begins.

        Without `settings` they are those of the environment; where that names no broker, the stack is meant
        that runs on its data folder. Raises `CursorError`, and `ValueError` for a group with a cursor."""
        self._kinds = frozenset(kinds)
        super().__init__(
            _topics_of(self._kinds), settings, group=group, cursor=cursor, include_replayed=include_replayed
        )

    def _parsed(self, topic: Topic, value: bytes) -> Change | None:
        change = topic.model.model_validate_json(value) if topic.model is not None else None
        return change if isinstance(change, Change) and _kind(change) in self._kinds else None

    def _id_of(self, item: Change) -> str:
        return item.id

    def _is_replayed(self, item: Change, record: Any) -> bool:
        return item.replayed


class _OfPortfolios(_Follower[Item]):
    """Records of one topic about portfolios, all or those of some ids."""

    followed: Topic

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        group: str | None = None,
        cursor: str | None = None,
        portfolios: Collection[str] = (),
        include_replayed: bool = False,
    ) -> None:
        """As for `Changes`; `portfolios` are ids, and without any all are followed."""
        self._portfolios = frozenset(portfolios)
        super().__init__(
            [self.followed], settings, group=group, cursor=cursor, include_replayed=include_replayed
        )

    def _wants(self, portfolio_id: str) -> bool:
        return not self._portfolios or portfolio_id in self._portfolios


class Matches(_OfPortfolios[PortfolioMatch]):
    """Pairs of an entry and a company as they are found; `to_review` says whether a person has to decide.

    The same evidence for a pair has the same id, and comes once.
    """

    followed = topics.PORTFOLIO_MATCHES

    def _parsed(self, topic: Topic, value: bytes) -> PortfolioMatch | None:
        match = PortfolioMatch.model_validate_json(value)
        return match if self._wants(match.portfolio_id) else None

    def _id_of(self, item: PortfolioMatch) -> str:
        return item.id


class Judgements(_OfPortfolios[Judgement]):
    """What people decide of pairs, as they do: confirmed, rejected, unsure; of a pair the latest counts."""

    followed = topics.PORTFOLIOS

    def _parsed(self, topic: Topic, value: bytes) -> Judgement | None:
        record = PORTFOLIO_RECORD.validate_json(value) if value else None
        return record if isinstance(record, Judgement) and self._wants(record.portfolio_id) else None

    def _id_of(self, item: Judgement) -> str:
        return item.judgement_id


class Screenings(_Follower[ScreeningRun]):
    """Runs of screening, part by part: what was asked, what was found, and from which state of the data."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        group: str | None = None,
        cursor: str | None = None,
        include_replayed: bool = False,
    ) -> None:
        """As for `Changes`."""
        super().__init__(
            [topics.SCREENINGS], settings, group=group, cursor=cursor, include_replayed=include_replayed
        )

    def _parsed(self, topic: Topic, value: bytes) -> ScreeningRun:
        return ScreeningRun.model_validate_json(value)

    def _id_of(self, item: ScreeningRun) -> str:
        return f"{item.run_id}/{item.part}"


def _found_settings() -> Settings:
    settings = Settings()
    running = read_run_file(settings.data_dir)
    return settings if running is None else of_running(settings, running)


class _Handover(RebalanceHooks):
    # Retention of the changes is for those who run the system to choose.
    accepts_gaps = True
    reads_again = True

    def __init__(self, before: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._before = before

    async def before_partitions_go(self) -> None:
        await self._before()


def _topics_of(kinds: Collection[ChangeKind]) -> list[Topic]:
    """The topics that carry these kinds of change."""
    carried = {_TOPICS.get(kind, topics.STATUS_CHANGES) for kind in kinds}
    every = (topics.STATUS_CHANGES, topics.RATING_CHANGES, topics.SIGNAL_CHANGES, topics.LIST_CHANGES)
    return [topic for topic in every if topic in carried]


def _kind(change: Change) -> ChangeKind:
    return ChangeKind.RATING_CHANGED if isinstance(change, RatingChange) else ChangeKind(change.kind.value)


def _read_cursor(cursor: str) -> dict[str, dict[int, int]]:
    if len(cursor) > CURSOR_CHARACTERS_MAX:
        raise CursorError(cursor)
    try:
        positions = _CURSOR.validate_json(urlsafe_b64decode(cursor.encode()))
    except ValueError as error:
        raise CursorError(cursor) from error
    if any(offset < 0 for places in positions.values() for offset in places.values()):
        raise CursorError(cursor)
    return positions
