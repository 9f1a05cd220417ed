"""Typed changes from Kafka, for programs downstream.

    with Changes(Settings(broker="127.0.0.1:9092"), group="my-desk") as changes:
        for change in changes:
            print(change.company_id, change.current)

At least once: after a crash the last changes come again, under the ids that they had.
"""

import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, Self

import orjson
import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener
from kafka.errors import CommitFailedError, KafkaError
from kafka.structs import OffsetAndMetadata
from pydantic import TypeAdapter, ValidationError

from giants.kafka import topics
from giants.kafka.broker import (
    HEARTBEAT_MILLISECONDS,
    SESSION_MILLISECONDS_MAX,
    is_at_end,
    poll,
    wait_for_broker,
)
from giants.kafka.clients import client_options, wait_for_topics
from giants.kafka.topics import Topic
from giants.settings import Settings
from schemas.changes import RatingChange, SignalChange, StatusChange
from schemas.codes import ChangeKind

# Ids that are remembered, to pass over a change that comes twice.
IDS_MAX = 100_000
POLL_MILLISECONDS_MAX = 200
POLL_RECORDS_MAX = 500
COMMIT_SECONDS_MAX = 5.0
CURSOR_CHARACTERS_MAX = 100_000

Change = StatusChange | RatingChange | SignalChange

# The topics of those kinds that are not changes of status.
_TOPICS: Final[Mapping[ChangeKind, Topic]] = {
    ChangeKind.RATING_CHANGED: topics.RATING_CHANGES,
    ChangeKind.SIGNAL_RAISED: topics.SIGNAL_CHANGES,
    ChangeKind.SIGNAL_CLEARED: topics.SIGNAL_CHANGES,
}
_CURSOR: TypeAdapter[dict[str, dict[int, int]]] = TypeAdapter(dict[str, dict[int, int]])
_logger = structlog.get_logger(__name__)


class CursorError(ValueError):
    """A cursor is not one that `Changes.cursor` gave."""

    def __init__(self, got: str) -> None:
        super().__init__(f"got a cursor that begins with {got[:20]!r}, expected one that Changes.cursor gave")


class Changes:
    """Changes of status, rating and signals as they happen; iterate over it, inside a `with` block.

    Where it begins: with `group`, after what the group has acknowledged; with `cursor`, where that was taken;
    else at the oldest change that the broker holds. A cursor begins there too where the broker has forgotten
    its place, or everything.

    A change of the group is acknowledged when the next one is asked for, or when the block is left without
    an error. What is not new is passed over: an id that came before (the last `IDS_MAX` are remembered), and
    what is `replayed` (a rebuild or a restart of the embedded stack) unless `include_replayed` is set.
    `kinds` chooses kinds of change.

    A broker that is not there yet is waited for; one that stays away later is an error of kafka-python.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        group: str | None = None,
        cursor: str | None = None,
        kinds: Collection[ChangeKind] = tuple(ChangeKind),
        include_replayed: bool = False,
    ) -> None:
        """Connect when iteration begins. Raises `CursorError`, and `ValueError` for a group with a cursor."""
        if group is not None and cursor is not None:
            raise ValueError("got both a group and a cursor, expected one of them: each says where to begin")
        self._settings = settings or Settings()
        self._group = group
        self._kinds = frozenset(kinds)
        self._include_replayed = include_replayed
        self._topics = {topic.full_name(self._settings): topic for topic in _topics_of(self._kinds)}
        self._positions = _read_cursor(cursor) if cursor is not None else {}
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._stopped = threading.Event()
        self._consumer: Any = None
        self._in_hand: Any = None
        self._unchecked: set[TopicPartition] = set()
        self._uncommitted: dict[TopicPartition, OffsetAndMetadata] = {}
        self._committed_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if self._consumer is None:
            return
        if error is None:
            self._finish()
        self.commit()
        self._consumer.close(autocommit=False)
        self._consumer = None

    @property
    def cursor(self) -> str:
        """Where the next reader has to begin to get all that comes after the change in hand."""
        positions = {name: dict(places) for name, places in self._positions.items()}
        if self._in_hand is not None:
            name = self._topics[self._in_hand.topic].name
            positions.setdefault(name, {})[self._in_hand.partition] = self._in_hand.offset + 1
        return urlsafe_b64encode(orjson.dumps(positions, option=orjson.OPT_NON_STR_KEYS)).decode()

    def stop(self) -> None:
        """End the iteration; from any thread."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Change]:
        """Changes as they come, until `stop` is called."""
        return self._read_on(lambda: False)

    def available(self) -> Iterator[Change]:
        """Changes up to where nothing more is there at the moment."""
        return self._read_on(self._is_at_end)

    def _read_on(self, is_enough: Callable[[], bool]) -> Iterator[Change]:
        if self._consumer is None:
            if not wait_for_broker(self._settings, self._stopped.is_set):
                return
            self._consumer = self._connected()
        while not self._stopped.is_set():
            for record in self._poll():
                self._in_hand = record
                change = self._read(record)
                if change is not None:
                    yield change
                self._finish()
                if self._stopped.is_set():
                    return
            if is_enough():
                return

    def commit(self) -> None:
        """Acknowledge all changes before the one in hand; without a group there is nothing to do."""
        if self._group is None or not self._uncommitted:
            return
        try:
            self._consumer.commit(self._uncommitted)
        except CommitFailedError:
            _logger.info("the partitions moved before they could be committed; their changes come again")
        self._uncommitted = {}
        self._committed_at = time.monotonic()

    async def hand_over(self) -> None:
        """Acknowledge what was dealt with, while the partitions are still here."""
        uncommitted, self._uncommitted = self._uncommitted, {}
        if not uncommitted:
            return
        try:
            await self._consumer.commit_async(uncommitted)
        except KafkaError as error:
            _logger.info("changes come again after the partitions moved", error=repr(error))

    def _connected(self) -> KafkaConsumer:
        consumer = KafkaConsumer(
            **client_options(self._settings),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=SESSION_MILLISECONDS_MAX,
            heartbeat_interval_ms=HEARTBEAT_MILLISECONDS,
            max_poll_records=POLL_RECORDS_MAX,
            fetch_max_wait_ms=POLL_MILLISECONDS_MAX,
        )
        if self._group is not None:
            wait_for_topics(consumer, self._topics, self._stopped)
            consumer.subscribe(list(self._topics), listener=_Handover(self))
            return consumer
        places = {
            TopicPartition(name, number): self._positions.get(topic.name, {}).get(number)
            for name, topic in self._topics.items()
            for number in range(topic.partition_count(self._settings))
        }
        consumer.assign(list(places))
        for place, offset in places.items():
            if offset is None:
                consumer.seek_to_beginning(place)
            else:
                consumer.seek(place, offset)
                self._unchecked.add(place)
        return consumer

    def _poll(self) -> Iterator[Any]:
        if time.monotonic() - self._committed_at >= COMMIT_SECONDS_MAX:
            self.commit()
        batches = poll(self._consumer, POLL_MILLISECONDS_MAX)
        self._check_places()
        for records in batches.values():
            yield from records

    def _check_places(self) -> None:
        """Rewind where the cursor points behind the end: the broker was emptied since it was taken.

        Looked at once for each partition, as soon as its end is known: Kafka would tell by itself, the
        embedded broker does not.
        """
        for place in list(self._unchecked):
            end = self._consumer.highwater(place)
            if end is None:
                continue
            self._unchecked.discard(place)
            if self._consumer.position(place) > end:
                self._consumer.seek_to_beginning(place)

    def _read(self, record: Any) -> Change | None:
        """The change that a record holds, if it is wanted and new."""
        model = self._topics[record.topic].model
        try:
            change = model.model_validate_json(record.value or b"") if model is not None else None
        except ValidationError as error:
            # A newer version of the system may send kinds that this one does not know.
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            _logger.warning("a record is no change", problems=error.error_count(), **place)
            return None
        if not isinstance(change, Change) or _kind(change) not in self._kinds:
            return None
        if change.replayed and not self._include_replayed:
            return None
        return change if self._is_new(change.id) else None

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
        place = TopicPartition(record.topic, record.partition)
        self._uncommitted[place] = OffsetAndMetadata(record.offset + 1, "", -1)

    def _is_at_end(self) -> bool:
        places = self._consumer.assignment()
        return bool(places) and all(is_at_end(self._consumer, place) for place in places)


class _Handover:
    """Acknowledges what was dealt with before partitions go to another program of the group.

    It is called in the thread of the client that talks to the broker, where only a coroutine may wait.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Called inside a poll, when no record is in hand."""
        await self._changes.hand_over()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Nothing to do: each partition begins where the group left it."""


AsyncConsumerRebalanceListener.register(_Handover)


def _topics_of(kinds: Collection[ChangeKind]) -> list[Topic]:
    """The topics that carry these kinds of change."""
    carried = {_TOPICS.get(kind, topics.STATUS_CHANGES) for kind in kinds}
    every = (topics.STATUS_CHANGES, topics.RATING_CHANGES, topics.SIGNAL_CHANGES)
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
