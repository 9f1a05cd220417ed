"""What the writer holds between two inserts: rows by table, and where their records stood."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from giants.kafka import topics
from giants.kafka.publisher import REPLAYED_HEADER
from giants.store.change_rows import change_rows
from giants.store.client import Database
from giants.store.epochs import note_epoch
from giants.store.errors import RowError, UnreadableError
from giants.store.fact_rows import fact_rows
from giants.store.records import Incoming, first_wins
from giants.store.tables import TABLES, FeedRow, RejectRow, StoreRow

REASON_CHARACTERS_MAX: Final = 2_000
_INPUTS: Final = frozenset(topic.name for topic in topics.INPUTS)
# Of these only the newest record of a key counts: the others are not even decoded.
_SNAPSHOTS: Final = frozenset({topics.COMPANIES.name, topics.EXPOSURES.name, topics.SIGNALS.name})
_DERIVED: Final = _SNAPSHOTS | {topics.DELTA_LOG.name}
_TICK: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class _Span:
    """The records of one partition that are held: their offsets, and a checksum of their content."""

    first: int
    last: int
    checksum: int = 0


class Buffer:
    """Rows on their way to ClickHouse; `records` and `size_bytes` say how much is held."""

    def __init__(self, feed_from: datetime) -> None:
        """`feed_from` is the newest instant in the feed: what is stored from now on comes after it."""
        self.records = 0
        self.size_bytes = 0
        self._feed_stamp = feed_from
        self._is_awaited = self._is_loaded = False
        self._known_epochs: set[int] = set()
        self._rows: defaultdict[type[StoreRow], list[StoreRow]] = defaultdict(list)
        self._snapshots: dict[tuple[str, bytes | None, bytes], Incoming] = {}
        self._spans: dict[tuple[str, int], _Span] = {}

    def add(self, record: Incoming) -> None:
        """Hold a record; what cannot be read is held as a reject."""
        place = record.topic, record.partition
        span = self._spans.get(place)
        if span is None:
            span = self._spans[place] = _Span(record.offset, record.offset)
        span.last = record.offset
        span.checksum = zlib.crc32(record.value or b"", zlib.crc32(record.key or b"", span.checksum))
        self.records += 1
        self.size_bytes += len(record.value or b"")
        if record.topic in _SNAPSHOTS:
            self._snapshots[record.topic, record.key, record.headers.get("giants-epoch", b"")] = record
        else:
            self._hold(record)

    @property
    def is_load(self) -> bool:
        """Whether what is held is part of a load: of facts and changes that nobody is told of as they come.

        Snapshots and deltas do not say what they follow from: they are taken for what came last.
        """
        return self._is_loaded and not self._is_awaited

    def positions(self) -> dict[tuple[str, int], int]:
        """Of each (topic, partition) the offset after the last record that is held."""
        return {place: span.last + 1 for place, span in self._spans.items()}

    def discard(self) -> None:
        """Forget everything that is held."""
        self.records = self.size_bytes = 0
        self._is_awaited = False
        self._rows.clear()
        self._snapshots.clear()
        self._spans.clear()

    def store(self, database: Database) -> int:
        """Insert everything, one block a table; returns the number of rows.

        Where it raises, everything is still held: called again it inserts the rest, and what ClickHouse took
        in spite of the error is known by its token.
        """
        for record in self._snapshots.values():
            self._hold(record)
        self._snapshots.clear()
        for epoch in sorted(
            {epoch for rows in self._rows.values() for epoch in _epochs(rows)} - self._known_epochs
        ):
            note_epoch(database, epoch)
            self._known_epochs.add(epoch)
        stored = 0
        for kind, table in TABLES.items():
            rows = self._rows.get(kind)
            if rows:
                self._insert(database, table, self._stamped(rows), self._token(table))
                stored += len(rows)
        self.discard()
        return stored

    def _hold(self, record: Incoming) -> None:
        try:
            rows = list(fact_rows(record) if record.topic in _INPUTS else change_rows(record))
        except UnreadableError as error:
            rows = [_reject(record, str(error))]
        for row in rows:
            self._rows[type(row)].append(row)
        if rows and record.topic not in _DERIVED:
            self._is_loaded = not _is_told(rows[-1], record)
            self._is_awaited |= not self._is_loaded

    def _stamped(self, rows: list[StoreRow]) -> list[StoreRow]:
        """Give rows of the feed their instant: close to the insert, and after every earlier one."""
        if not isinstance(rows[0], FeedRow):
            return rows
        self._feed_stamp = max(datetime.now(UTC), self._feed_stamp + _TICK)
        return [row._replace(stored_at=self._feed_stamp) for row in rows if isinstance(row, FeedRow)]

    def _insert(self, database: Database, table: str, rows: Sequence[StoreRow], token: str) -> None:
        """Insert a block; where a row does not fit, halve the block until that row alone is put aside."""
        try:
            database.insert(table, rows[0]._fields, rows, token)
        except RowError as error:
            if len(rows) > 1:
                middle = len(rows) // 2
                self._insert(database, table, rows[:middle], f"{token}/0")
                self._insert(database, table, rows[middle:], f"{token}/1")
            else:
                self._rows[RejectRow].append(_misfit(table, rows[0], str(error)))

    def _token(self, table: str) -> str:
        """Names the block: the same records lead to the same token, also after a crash."""
        spans = (
            f"{topic}/{partition}:{span.first}-{span.last}:{span.checksum}"
            for (topic, partition), span in sorted(self._spans.items())
        )
        return sha256(" ".join((table, *spans)).encode()).hexdigest()


def _epochs(rows: Iterable[StoreRow]) -> set[int]:
    return {epoch for row in rows if isinstance(epoch := getattr(row, "epoch", None), int)}


def _is_told(row: StoreRow, record: Incoming) -> bool:
    """Whether a fact or change is news: one of a backfill, or that is read again after a rebuild, is not."""
    if REPLAYED_HEADER[0] in record.headers:
        return False
    return not (getattr(row, "backfill", False) or getattr(row, "replayed", False))


def _reject(record: Incoming, reason: str) -> RejectRow:
    return RejectRow(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key or b"",
        value=record.value or b"",
        reason=reason[:REASON_CHARACTERS_MAX],
        received_at=record.at,
        precedence=first_wins(record.at_ms),
    )


def _misfit(table: str, row: StoreRow, reason: str) -> RejectRow:
    """A row that no column takes; it stands for its record by table and content."""
    return RejectRow(
        topic=table,
        partition=0,
        offset=zlib.crc32(repr(row).encode()),
        key=b"",
        value=repr(row).encode()[:REASON_CHARACTERS_MAX],
        reason=reason[:REASON_CHARACTERS_MAX],
        received_at=datetime.now(UTC),
        precedence=0,
    )
