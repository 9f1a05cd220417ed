"""Rows by table, and the offsets of their records, between two inserts of the writer."""

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
from giants.store.feed_heads import FeedHeads
from giants.store.records import Incoming, first_wins
from giants.store.tables import TABLES, FeedRow, RejectRow, StoreRow

REASON_CHARACTERS_MAX: Final = 2_000
_INPUTS: Final = frozenset(topic.name for topic in topics.INPUTS)
# Topics of which only the newest record of a key is stored: older ones are not decoded.
_SNAPSHOTS: Final = frozenset({topics.COMPANIES.name, topics.EXPOSURES.name, topics.SIGNALS.name})
_DERIVED: Final = _SNAPSHOTS | {topics.DELTA_LOG.name}
_TICK: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class _Span:
    """The buffered records of one partition: their offsets, and a checksum of their content."""

    first: int
    last: int
    checksum: int = 0


class Buffer:
    """Rows to be inserted; `records` and `size_bytes` are those of the buffered records."""

    def __init__(self, feed_from: datetime) -> None:
        """`feed_from` is the newest instant in the feed: later rows get later instants."""
        self.records = 0
        self.size_bytes = 0
        self._feed_stamp = feed_from
        self._feed_heads: Final = FeedHeads()
        self._has_live = self._last_is_load = False
        self.live_changes_at_ms: list[int] = []  # when each buffered live change was written to its topic
        self._known_epochs: set[int] = set()
        self._rows: defaultdict[type[StoreRow], list[StoreRow]] = defaultdict(list)
        self._snapshots: dict[tuple[str, bytes | None, bytes], Incoming] = {}
        self._spans: dict[tuple[str, int], _Span] = {}

    def add(self, record: Incoming) -> None:
        """Add a record; one that cannot be read becomes a row of the rejects."""
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
            self._add_rows(record)

    @property
    def is_load(self) -> bool:
        """Whether the buffer is part of a load: facts and changes of a backfill or a rebuild.

        Snapshots and deltas do not say whether they are: they count as what was added before them.
        """
        return self._last_is_load and not self._has_live

    def positions(self) -> dict[tuple[str, int], int]:
        """The offset after the last buffered record, by topic and partition."""
        return {place: span.last + 1 for place, span in self._spans.items()}

    def discard(self) -> None:
        """Drop everything that is buffered; what comes next may have been stored already."""
        self._feed_heads.forget()
        self._clear()

    def _clear(self) -> None:
        self.records = self.size_bytes = 0
        self._has_live = False
        self.live_changes_at_ms = []
        self._rows.clear()
        self._snapshots.clear()
        self._spans.clear()

    def store(self, database: Database) -> int:
        """Insert everything, one block a table; returns the number of rows.

        Where it raises, everything stays buffered. Called again it inserts the rest; a block that ClickHouse
        took in spite of the error is known by its token, and changes of the feed by themselves.
        """
        try:
            stored = self._store(database)
        except BaseException:
            self._feed_heads.forget()
            raise
        self._clear()
        return stored

    def _store(self, database: Database) -> int:
        for record in self._snapshots.values():
            self._add_rows(record)
        self._snapshots.clear()
        for epoch in sorted(
            {epoch for rows in self._rows.values() for epoch in _epochs(rows)} - self._known_epochs
        ):
            note_epoch(database, epoch)
            self._known_epochs.add(epoch)
        stored = 0
        for kind, table in TABLES.items():
            rows = self._rows.get(kind)
            if rows and kind is FeedRow:
                rows = self._of_feed(database, rows)
            if rows:
                self._insert(database, table, rows, self._token(table))
                stored += len(rows)
        return stored

    def _add_rows(self, record: Incoming) -> None:
        try:
            rows = list(fact_rows(record) if record.topic in _INPUTS else change_rows(record))
        except UnreadableError as error:
            rows = [_reject(record, str(error))]
        for row in rows:
            self._rows[type(row)].append(row)
        if rows and record.topic not in _DERIVED:
            self._last_is_load = not _is_live(rows[-1], record)
            self._has_live |= not self._last_is_load
            if not self._last_is_load and isinstance(rows[-1], FeedRow):
                self.live_changes_at_ms.append(record.at_ms)

    def _of_feed(self, database: Database, rows: Sequence[FeedRow]) -> list[StoreRow]:
        """The changes that the feed lacks, each with about the instant of the insert.

        That is later than every earlier one, also of another process whose clock is ahead.
        """
        missing, newest = self._feed_heads.missing(database, rows)
        self._feed_stamp = max(datetime.now(UTC), max(newest or self._feed_stamp, self._feed_stamp) + _TICK)
        return [row._replace(stored_at=self._feed_stamp) for row in missing]

    def _insert(self, database: Database, table: str, rows: Sequence[StoreRow], token: str) -> None:
        """Insert a block; where a row does not fit, halve the block until that row alone is rejected."""
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
        """The deduplication token of a block: the same records give the same token, also after a crash."""
        spans = (
            f"{topic}/{partition}:{span.first}-{span.last}:{span.checksum}"
            for (topic, partition), span in sorted(self._spans.items())
        )
        return sha256(" ".join((table, *spans)).encode()).hexdigest()


def _epochs(rows: Iterable[StoreRow]) -> set[int]:
    return {epoch for row in rows if isinstance(epoch := getattr(row, "epoch", None), int)}


def _is_live(row: StoreRow, record: Incoming) -> bool:
    """Whether a fact or change is live: neither of a backfill nor replayed in a rebuild."""
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
    """The reject of a row that does not fit its columns, identified by table and content."""
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
