"""The feed of changes: followed from a position, or the latest changes.

A cursor holds, for each (topic, partition), the offset after the last change that was returned, and the
instant around which reading continues. `stored_at` never decreases within a partition, so a page in the order
of storing contains the next changes of every partition: none is missed, with any number of writers.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from giants.store.client import Database, Row, instant_text
from giants.store.epochs import shown_epoch, shown_rows, visible_epoch
from giants.store.errors import CursorError
from giants.store.queries.history import rating_change_of
from giants.store.queries.pages import CURSOR_CHARACTERS_MAX, Page, bounded, decode_cursor, encode_cursor
from giants.store.queries.rows import from_row
from schemas.base import ID_CHARACTERS_MAX
from schemas.changes import ListChange, RatingChange, SignalChange, StatusChange
from schemas.codes import ChangeKind, ListChangeKind, StatusChangeKind

# An insert that takes longer than this may be missed by a reader that has read past its instant.
INSERT_SECONDS_MAX: Final = 60
PARTITIONS_MAX: Final = 4_096
# Partitions of a topic are numbered below this (Kafka's are 32 bits wide with their sign).
_PARTITIONS_END: Final = 2**32
_PARTITION: Final = re.compile("0|[1-9][0-9]{0,8}")
NEWEST_AMONG_ROWS: Final = 10_000
# Later than any instant that is stored.
_END_MS: Final = 2**43
_EPOCH_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Windows before the newest change, in days, in which the latest changes are searched, one after another.
_WINDOWS: Final = (1, 30, None)
_STATUS_KINDS: Final = frozenset(StatusChangeKind)
_LIST_KINDS: Final = frozenset(ListChangeKind)

# A place is one number, made of those of its topic (from 1) and its partition, since the minute that is read
# again may hold a million changes. All changes of an unknown place are returned.
_AFTER: Final = """
SELECT id, kind, company_id, technology, backfill, body, topic, `partition`, `offset`, stored_at
FROM feed_rows
WHERE epoch = {epoch:UInt32} AND stored_at >= {since:DateTime64(6, 'UTC')}
  AND `offset` >= transform(indexOf({topics:Array(String)}, topic) * {partitions_end:UInt64} + `partition`,
                            {places:Array(UInt64)}, {offsets:Array(UInt64)}, toUInt64(0))
  AND (empty({kinds:Array(String)}) AND NOT has({left_out:Array(String)}, kind)
       OR has({kinds:Array(String)}, kind))
  AND ({company_id:String} = '' OR company_id = {company_id:String})
  AND ({technology:String} = '' OR technology = {technology:String})
  AND ({backfill:Bool} OR NOT backfill)
ORDER BY stored_at, topic, `partition`, `offset`
LIMIT {limit:UInt32}
"""
# Read from the projection `heads`, one or two rows a partition: a minute of a backfill has millions of rows.
HEADS: Final = """
SELECT topic, `partition`, max(`offset`) + 1 AS next, max(stored_at) AS newest
FROM feed_rows
WHERE epoch = {epoch:UInt32}
GROUP BY topic, `partition`
"""
# Changes are stored roughly in the order of their instants: the newest is among the last that were stored.
_NEWEST: Final = """
SELECT max(at) AS newest
FROM (SELECT at FROM feed_rows WHERE epoch = {epoch:UInt32} ORDER BY stored_at DESC LIMIT {rows:UInt32})
"""
# Two steps: which changes, without their bytes; then the bytes of those few.
_LATEST: Final = """
SELECT id, stored_at
FROM feed_rows
WHERE epoch = {epoch:UInt32} AND at >= {oldest:DateTime64(3, 'UTC')}
  AND (at, id) < ({before:DateTime64(3, 'UTC')}, {before_id:String})
  AND (empty({kinds:Array(String)}) AND NOT has({left_out:Array(String)}, kind)
       OR has({kinds:Array(String)}, kind))
  AND ({technology:String} = '' OR technology = {technology:String})
  AND ({backfill:Bool} OR NOT backfill)
ORDER BY at DESC, id DESC
LIMIT 1 BY at, id
LIMIT {limit:UInt32}
"""
# Changes of one technology or of rare kinds are together in the projection `by_technology`, since the index
# of the order of storing does not help to find them. All others are frequent in the order of storing.
_LATEST_TOGETHER: Final = _LATEST + "SETTINGS use_skip_indexes = 0"
_LATEST_AS_STORED: Final = _LATEST + "SETTINGS optimize_use_projections = 0"
# Instants are bound as they are stored: with a computed instant the key of the table is not used.
_STORED: Final = """
SELECT id, kind, company_id, technology, backfill, body, topic, `partition`, `offset`, stored_at
FROM feed_rows
WHERE epoch = {epoch:UInt32} AND id IN {ids:Array(String)}
  AND stored_at IN {stored:Array(DateTime64(6, 'UTC'))}
ORDER BY at DESC, id DESC
LIMIT 1 BY at, id
"""
# Changes of status are few, and are in a table of their own.
_LATEST_STATUS: Final = """
SELECT body FROM status_changes_rows FINAL
WHERE epoch = {epoch:UInt32} AND (company_id, seq) IN (
    SELECT company_id, seq FROM status_changes_rows
    WHERE epoch = {epoch:UInt32} AND (at, id) < ({before:DateTime64(3, 'UTC')}, {before_id:String})
      AND has({kinds:Array(String)}, kind) AND ({backfill:Bool} OR NOT backfill)
    ORDER BY at DESC, id DESC
    LIMIT 1 BY company_id, seq LIMIT {limit:UInt32}
)
ORDER BY at DESC, id DESC
"""
_STATUS_OF_COMPANY: Final = """
SELECT body
FROM status_changes_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id = {company_id:String}
  AND (at, id) < ({before:DateTime64(3, 'UTC')}, {before_id:String})
  AND (empty({kinds:Array(String)}) OR has({kinds:Array(String)}, kind))
  AND {technology:String} = '' AND ({backfill:Bool} OR NOT backfill)
ORDER BY at DESC, id DESC
LIMIT {limit:UInt32}
"""
_RATINGS_OF_COMPANY: Final = """
SELECT *
FROM rating_changes_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id = {company_id:String}
  AND (at, id) < ({before:DateTime64(3, 'UTC')}, {before_id:String})
  AND (empty({kinds:Array(String)}) OR has({kinds:Array(String)}, 'rating-changed'))
  AND ({technology:String} = '' OR technology = {technology:String}) AND ({backfill:Bool} OR NOT backfill)
ORDER BY at DESC, id DESC
LIMIT {limit:UInt32}
"""
_SIGNALS_OF_COMPANY: Final = """
SELECT body
FROM signal_changes_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id = {company_id:String}
  AND (at, id) < ({before:DateTime64(3, 'UTC')}, {before_id:String})
  AND (empty({kinds:Array(String)}) OR has({kinds:Array(String)}, kind))
  AND ({technology:String} = '' OR technology = {technology:String}) AND ({backfill:Bool} OR NOT backfill)
ORDER BY at DESC, id DESC
LIMIT {limit:UInt32}
"""
AnyChange = StatusChange | RatingChange | SignalChange | ListChange
# The message of those kinds that are not changes of status.
_MODELS: Final[Mapping[str, type[AnyChange]]] = {
    ChangeKind.RATING_CHANGED: RatingChange,
    ChangeKind.SIGNAL_RAISED: SignalChange,
    ChangeKind.SIGNAL_CLEARED: SignalChange,
    **dict.fromkeys(ListChangeKind, ListChange),
}


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which changes are asked for; empty conditions take all changes of companies.

    News of lists has to be asked for, by its kinds or as a whole: programs that follow companies need not
    know it.
    """

    kinds: tuple[str, ...] = ()
    company_id: str = ""
    technology: str = ""
    include_backfill: bool = True
    include_lists: bool = False


EVERYTHING: Final = FeedFilter(include_lists=True)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A change as it was sent, with its position; `place` is topic and partition."""

    id: str
    kind: str
    company_id: str
    technology: str
    backfill: bool
    body: bytes
    place: str
    offset: int
    stored_at: datetime

    @property
    def change(self) -> AnyChange:
        """The change as a message."""
        return _MODELS.get(self.kind, StatusChange).model_validate_json(self.body)


class Position(msgspec.Struct, array_like=True, frozen=True):
    """The position of a reader of the feed; `since_us` are microseconds since 1970 UTC.

    While `snapshot_after` is not None, the reader is in the snapshot before the changes, after the company of
    that id.
    """

    epoch: int
    since_us: int
    offsets: dict[str, int]
    snapshot_after: str | None = None


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Position).decode


def encode_position(position: Position) -> str:
    """An opaque text."""
    return base64.urlsafe_b64encode(_encode(position)).rstrip(b"=").decode()


def decode_position(cursor: str) -> Position:
    """The position in a cursor. Raises `CursorError`."""
    if len(cursor) > CURSOR_CHARACTERS_MAX:
        raise CursorError(cursor)
    try:
        position = _decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise CursorError(cursor) from error
    if len(position.offsets) > PARTITIONS_MAX or not _is_storable(position):
        raise CursorError(cursor)
    return position


def head(database: Database) -> Position:
    """The end of the feed now."""
    beginning = Position(shown_epoch(database), 0, {})
    return _moved(beginning, _heads(database, beginning))


def is_known(database: Database, position: Position) -> bool:
    """Whether a position belongs to the visible epoch: a rebuild begins a new feed."""
    # The reader may know an epoch that another process completed and this one has not seen yet.
    return position.epoch == shown_epoch(database) or position.epoch == visible_epoch(database)


def changes_after(
    database: Database, position: Position, wanted: FeedFilter, limit: int
) -> tuple[list[FeedItem], Position]:
    """Changes after a position in the order of storing, and the position after them.

    Fewer than `limit` means that nothing is left for now. A change that its agent sent twice may come twice,
    with one id.
    """
    limit = bounded(limit)
    # Read first: changes that are stored between the two queries are left for the next page.
    heads = _heads(database, position) if wanted != EVERYTHING else []
    items: dict[str, FeedItem] = {}
    here, is_full = position, True
    while is_full and len(items) < limit:  # again where copies of one change filled the page
        rows_max = limit - len(items)
        rows = database.rows(
            _AFTER,
            _parameters(wanted)
            | {"epoch": here.epoch, "since": _with_slack(here.since_us), "limit": rows_max}
            | _places(here),
            raw=("body",),
        )
        for item in map(_item, rows):
            here = advanced(here, item)
            items.setdefault(item.id, item)
        is_full = len(rows) == rows_max
    return list(items.values()), here if is_full else _moved(here, heads)


def advanced(position: Position, item: FeedItem) -> Position:
    """The position after a change."""
    return _moved(position, ((item.place, item.offset + 1, item.stored_at),))


def is_behind(position: Position, item: FeedItem) -> bool:
    """Whether a change is before a position."""
    return item.offset < position.offsets.get(item.place, 0)


def matches(wanted: FeedFilter, item: FeedItem) -> bool:
    """Whether a change is one of those that are asked for."""
    return (
        (item.kind in wanted.kinds or (not wanted.kinds and _is_taken_unasked(wanted, item)))
        and wanted.company_id in ("", item.company_id)
        and wanted.technology in ("", item.technology)
        and (wanted.include_backfill or not item.backfill)
    )


def _is_taken_unasked(wanted: FeedFilter, item: FeedItem) -> bool:
    return wanted.include_lists or item.kind not in _LIST_KINDS


def latest_changes(database: Database, wanted: FeedFilter, cursor: str | None, limit: int) -> Page[FeedItem]:
    """The latest changes by the instant of their facts, newest first."""
    limit = bounded(limit)
    before_ms, before_id = decode_cursor("latest", cursor, (int, str)) if cursor else (_END_MS, "")
    parameters = _parameters(wanted) | {
        "epoch": shown_epoch(database),
        "before": _instant(before_ms),
        "before_id": before_id,
        "limit": limit + 1,
    }
    if wanted.company_id:  # its changes lie together in tables of their own
        found = _of_company(database, parameters)
    elif wanted.kinds and _STATUS_KINDS.issuperset(wanted.kinds) and not wanted.technology:
        found = _of_status(database, parameters)
    else:
        found = _of_all(database, wanted, parameters)
    found = found[: limit + 1]
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(found[:limit]), latest_cursor(last) if last else None)


def latest_cursor(item: FeedItem) -> str:
    """The cursor of the page of latest changes that begins after a change."""
    return encode_cursor("latest", (int(item.change.at.timestamp() * 1000), item.id))


def _of_all(database: Database, wanted: FeedFilter, parameters: dict[str, Any]) -> list[FeedItem]:
    """The feed is roughly in the order of instants: a short window first, then longer ones, then all."""
    newest = min(newest_change_at(database) or _EPOCH_START, parameters["before"])
    statement = _LATEST_TOGETHER if _lies_together(wanted) else _LATEST_AS_STORED
    rows: list[Row] = []
    for days in _WINDOWS:
        oldest = _EPOCH_START if days is None else max(newest - timedelta(days=days), _EPOCH_START)
        rows = database.rows(statement, parameters | {"oldest": oldest})
        if len(rows) == parameters["limit"]:
            break
    if not rows:
        return []
    places = {
        "ids": [row["id"] for row in rows],
        "stored": sorted({instant_text(row["stored_at"]) for row in rows}),
    }
    stored = database.rows(_STORED, {"epoch": parameters["epoch"]} | places, raw=("body",))
    return [_item(row) for row in stored]


def _lies_together(wanted: FeedFilter) -> bool:
    """Whether changes are rare in the order of storing, where nearly all are those of ratings."""
    return bool(wanted.technology or (wanted.kinds and ChangeKind.RATING_CHANGED not in wanted.kinds))


def _of_status(database: Database, parameters: dict[str, Any]) -> list[FeedItem]:
    rows = database.rows(_LATEST_STATUS, parameters, raw=("body",))
    return [_item_of(StatusChange.model_validate_json(row["body"])) for row in rows]


def _of_company(database: Database, parameters: dict[str, Any]) -> list[FeedItem]:
    status = database.rows(_STATUS_OF_COMPANY, parameters, raw=("body",))
    ratings = database.rows(_RATINGS_OF_COMPANY, parameters)
    signals = database.rows(_SIGNALS_OF_COMPANY, parameters, raw=("body",))
    changes: list[AnyChange] = [
        *(StatusChange.model_validate_json(row["body"]) for row in status),
        *(rating_change_of(row) for row in ratings),
        *(SignalChange.model_validate_json(row["body"]) for row in signals),
    ]
    changes.sort(key=lambda change: (change.at, change.id), reverse=True)
    return [_item_of(change) for change in changes]


def _item_of(change: AnyChange) -> FeedItem:
    """A change that was not read from the feed, without a position."""
    kind = ChangeKind.RATING_CHANGED if isinstance(change, RatingChange) else change.kind
    technology = "" if isinstance(change, StatusChange | ListChange) else change.technology or ""
    return FeedItem(
        id=change.id,
        kind=str(kind),
        company_id="" if isinstance(change, ListChange) else change.company_id,
        technology=technology,
        backfill=change.backfill,
        body=change.model_dump_json().encode(),
        place="",
        offset=0,
        stored_at=change.at,
    )


def newest_change_at(database: Database) -> datetime | None:
    """The instant of the newest change; None where there is none."""
    newest: datetime = shown_rows(database, _NEWEST, {"rows": NEWEST_AMONG_ROWS})[0]["newest"]
    return newest if newest > _EPOCH_START else None


def _item(row: Row) -> FeedItem:
    return from_row(FeedItem, row, place=_place(row))


def _heads(database: Database, position: Position) -> list[tuple[str, int, datetime]]:
    """The offset after the last change of each partition with changes since a position.

    Only partitions with changes of the last minute: older ones are not read again from there.
    """
    rows = database.rows(HEADS, {"epoch": position.epoch})
    newest = max((row["newest"] for row in rows), default=_EPOCH_START)
    since = max(_with_slack(position.since_us), newest - timedelta(seconds=INSERT_SECONDS_MAX))
    return [(_place(row), row["next"], row["newest"]) for row in rows if row["newest"] >= since]


def _moved(position: Position, reached: Sequence[tuple[str, int, datetime]]) -> Position:
    offsets = dict(position.offsets)
    since_us = position.since_us
    for place, offset, stored_at in reached:
        offsets[place] = max(offsets.get(place, 0), offset)
        since_us = max(since_us, (stored_at - _EPOCH_START) // timedelta(microseconds=1))
    return Position(position.epoch, since_us, offsets, position.snapshot_after)


def _places(position: Position) -> dict[str, Any]:
    """Places as numbers, with their offsets. None is numbered 0: the lists are never empty.

    A cursor comes from outside: what is the place of no row is left out.
    """
    known = [
        (topic, int(number), offset)
        for place, offset in position.offsets.items()
        for topic, _, number in (place.rpartition("/"),)
        if _PARTITION.fullmatch(number)
    ]
    topics = sorted({topic for topic, _, _ in known})
    numbers = [(topics.index(topic) + 1) * _PARTITIONS_END + number for topic, number, _ in known]
    return {
        "partitions_end": _PARTITIONS_END,
        "topics": topics,
        "places": [0, *numbers],
        "offsets": [0, *(offset for _, _, offset in known)],
    }


def _place(row: Row) -> str:
    return f"{row['topic']}/{row['partition']}"


def _with_slack(since_us: int) -> datetime:
    return _EPOCH_START + timedelta(microseconds=max(since_us - INSERT_SECONDS_MAX * 1_000_000, 0))


def _instant(at_ms: int) -> datetime:
    return _EPOCH_START + timedelta(milliseconds=at_ms)


def _is_storable(position: Position) -> bool:
    return (
        0 <= position.epoch < 2**32
        and 0 <= position.since_us < 2**53
        and len(position.snapshot_after or "") <= ID_CHARACTERS_MAX
        and all(0 <= offset < 2**63 for offset in position.offsets.values())
    )


def _parameters(wanted: FeedFilter) -> dict[str, Any]:
    return {
        "kinds": list(wanted.kinds),
        "left_out": [] if wanted.include_lists else sorted(_LIST_KINDS),
        "company_id": wanted.company_id,
        "technology": wanted.technology,
        "backfill": wanted.include_backfill,
    }
