"""What was said stays: the changes of an epoch are carried over into the next, and chains go on from them.

A rebuild computes the state anew and says nothing of what was said already (docs/decisions/0008). Its rows
are copied with their ids, instants and causes. In the feed the topic of a copy also names the epoch that it
was published in (`rating-changes.v1@3`), since its offsets are those of topics that may not exist any more.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from giants.decoding.frames import CompanyHead, ListHead
from giants.domain.events import ChainHeads, Origin, RatingHead, SignalHead
from giants.domain.rating import Rating
from giants.kafka.log import Record
from giants.kafka.publisher import Publisher
from giants.kafka.rebuild_log import (
    begin_records,
    company_end_records,
    company_head_records,
    programme_end_records,
    programme_head_records,
)
from giants.settings import Settings
from giants.store.client import Database
from giants.store.epochs import visible_epoch
from schemas.codes import Band, Profile, SignalKind, Status, Tier

# Tables of changes, of which a copy that is inserted twice is one row.
_CHANGES: Final = (
    "status_changes_rows",
    "rating_changes_rows",
    "moves_rows",
    "signal_changes_rows",
    "list_changes_rows",
)
# A statement copies about so many rows: it ends long before the client gives up waiting.
_ROWS_PER_COPY: Final = 500_000
# A plain `epoch` would be that of the copy. Blocks as those of a copy that was broken off are no duplicates.
_COPY: Final = (
    "INSERT INTO {table} SELECT * REPLACE ({{new:UInt32}} AS epoch{more}) FROM {table} AS t {final} "
    "WHERE t.epoch = {{old:UInt32}} AND cityHash64({key}) % {{pieces:UInt64}} = {{piece:UInt64}} {which}"
    "SETTINGS insert_deduplicate = 0"
)
_WITH_EPOCH: Final = (
    ", if(position(t.topic, '@') > 0, t.topic, concat(t.topic, '@', toString({old:UInt32}))) AS topic"
)
# The feed has no key by which a row that is copied twice would be one.
_NOT_COPIED: Final = (
    "AND t.id NOT IN (SELECT id FROM feed_rows WHERE epoch = {new:UInt32} AND position(topic, '@') > 0 "
    "AND cityHash64(id) % {pieces:UInt64} = {piece:UInt64}) "
)
_COUNT: Final = "SELECT count() AS rows FROM {table} WHERE epoch = {{old:UInt32}}"
# A tuple is taken whole, while parts that are null would be passed over.
_RATING_HEADS: Final = """
SELECT company_id, technology, max(seq) AS last,
       argMax(tuple(current_score, current_band, current_profile), seq) AS current
FROM rating_changes_rows WHERE epoch = {epoch:UInt32}
GROUP BY company_id, technology ORDER BY company_id, technology
"""
_SIGNAL_HEADS: Final = """
SELECT company_id, signal, technology, max(seq) AS last,
       argMax(JSONExtractRaw(body, 'current'), seq) AS evidence
FROM signal_changes_rows WHERE epoch = {epoch:UInt32}
GROUP BY company_id, signal, technology ORDER BY company_id, signal, technology
"""
_STATUS_HEADS: Final = """
SELECT company_id, max(seq) AS last, argMax(current, seq) AS state
FROM status_changes_rows WHERE epoch = {epoch:UInt32} GROUP BY company_id ORDER BY company_id
"""
_LIST_HEADS: Final = """
SELECT list_id, max(seq) AS last
FROM list_changes_rows WHERE epoch = {epoch:UInt32} GROUP BY list_id ORDER BY list_id
"""
# Companies of which readers see an exposure, and of which the new epoch has none.
_LOST_EXPOSURES: Final = """
SELECT company_id FROM exposures_rows FINAL
WHERE epoch = {old:UInt32}
  AND company_id NOT IN (SELECT company_id FROM exposures_rows WHERE epoch = {epoch:UInt32})
ORDER BY company_id
"""


def published_topic(topic: str) -> str:
    """The topic that a row of the feed was published in, without the epoch that a copy names."""
    return topic.partition("@")[0]


def has_said(database: Database) -> bool:
    """Whether readers see any change, which a rebuild must not say again."""
    rows = database.rows(
        "SELECT 1 AS one FROM feed_rows WHERE epoch = {epoch:UInt32} LIMIT 1",
        {"epoch": visible_epoch(database)},
    )
    return bool(rows)


def begin_quietly(database: Database, settings: Settings, epoch: int) -> bool:
    """Tell the agents to announce nothing until `go_on`, before the journal is published.

    Nothing is done, and False returned, where nothing was said that could be said again. Done twice it
    changes nothing. Raises `PublishError` and the errors of the store.
    """
    if not has_said(database):
        return False
    _publish(settings, begin_records(settings, epoch, _now_ms()))
    return True


def go_on(database: Database, settings: Settings, epoch: int) -> None:
    """Carry over what readers see, and let the agents announce again what goes on after it.

    Called when all that the journal leads to is stored. Done twice it changes nothing. Raises `PublishError`
    and the errors of the store.
    """
    old = visible_epoch(database)
    carry_over(database, old, epoch)
    at_ms = _now_ms()
    for heads in (
        _exposure_heads(database, old, epoch, at_ms),
        _rating_heads(database, epoch, at_ms),
        _signal_heads(database, epoch, at_ms),
    ):
        _publish(settings, company_head_records(settings, heads, at_ms))
    _publish(settings, company_end_records(settings, epoch, at_ms))
    heads_of_programme = _status_heads(database, epoch), _list_heads(database, epoch)
    _publish(settings, programme_head_records(settings, *heads_of_programme, at_ms))
    _publish(settings, programme_end_records(settings, epoch, at_ms))


def carry_over(database: Database, old: int, new: int) -> None:
    """Copy the changes of an epoch into a newer one; again after a copy that was broken off."""
    if not old or old >= new:
        return
    for table in _CHANGES:
        _copy(database, table, "(company_id, seq)" if table != "list_changes_rows" else "list_id", old, new)
    _copy(database, "feed_rows", "id", old, new)


def _copy(database: Database, table: str, key: str, old: int, new: int) -> None:
    database.catch_up(table)
    is_feed = table == "feed_rows"
    rows = int(database.rows(_COUNT.format(table=table), {"old": old})[0]["rows"])
    pieces = 1 + rows // _ROWS_PER_COPY
    more, final, which = (_WITH_EPOCH, "", _NOT_COPIED) if is_feed else ("", "FINAL", "")
    statement = _COPY.format(table=table, key=key, more=more, final=final, which=which)
    for piece in range(pieces):
        database.execute(statement, {"old": old, "new": new, "pieces": pieces, "piece": piece})


def _exposure_heads(database: Database, old: int, epoch: int, at_ms: int) -> Iterator[ChainHeads]:
    for (company_id,) in _blocks(database, _LOST_EXPOSURES, epoch, old=old):
        yield ChainHeads(company_id, (), (), _origin(at_ms))


def _rating_heads(database: Database, epoch: int, at_ms: int) -> Iterator[ChainHeads]:
    for company_id, technology, seq, current in _blocks(database, _RATING_HEADS, epoch):
        score, band, profile = current
        rating = None if score is None else Rating(score, Band(band), Profile(profile))
        yield ChainHeads(company_id, (RatingHead(technology, seq, rating),), (), _origin(at_ms))


def _signal_heads(database: Database, epoch: int, at_ms: int) -> Iterator[ChainHeads]:
    for company_id, signal, technology, seq, evidence in _blocks(database, _SIGNAL_HEADS, epoch):
        raised = None if evidence in ("", "null") else evidence.encode()
        head = SignalHead(SignalKind(signal), technology, seq, raised)
        yield ChainHeads(company_id, (), (head,), _origin(at_ms))


def _status_heads(database: Database, epoch: int) -> list[CompanyHead]:
    return [
        CompanyHead(company_id, seq, _state(state[0]) if state else None)
        for company_id, seq, state in _blocks(database, _STATUS_HEADS, epoch)
    ]


def _state(state: Any) -> tuple[Status, Tier | None, str]:
    status, tier, name = state["status"], state["tier"], state["name"]
    return Status(status), None if tier is None else Tier(tier), name


def _list_heads(database: Database, epoch: int) -> list[ListHead]:
    return [ListHead(list_id, seq) for list_id, seq in _blocks(database, _LIST_HEADS, epoch)]


def _blocks(database: Database, sql: str, epoch: int, **more: int) -> Iterator[Any]:
    for block in database.blocks(sql, {"epoch": epoch} | more):
        yield from block


def _publish(settings: Settings, records: Iterator[Record]) -> None:
    """Append records to their partitions and wait until the broker has them."""
    with Publisher(settings) as publisher:
        for one in records:
            publisher.send_record(one)


def _origin(at_ms: int) -> Origin:
    return Origin(at_ms, replayed=True)


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
