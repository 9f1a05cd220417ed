"""Watchlists as they were written last, the alerts they raised, and inputs that were refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from giants.store.client import Database
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor
from schemas.changes import Alert
from schemas.facts import Watchlist

VALUE_SHOWN_BYTES_MAX: Final = 2_000
# Two steps: which alerts, by their instants alone; then their bodies. Duplicate rows of an alert are equal.
_ALERTS: Final = """
SELECT id, toUnixTimestamp64Milli(at) AS at_ms, body FROM alerts_rows FINAL
WHERE (watchlist_id, id) IN (
    SELECT watchlist_id, id FROM alerts_rows
    WHERE ({watchlist:String} = '' OR watchlist_id = {watchlist:String})
      AND (toUnixTimestamp64Milli(at), id) < ({at_ms:Int64}, {before:String})
    ORDER BY at DESC, id DESC
    LIMIT 1 BY watchlist_id, id LIMIT {limit:UInt32}
)
ORDER BY at_ms DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """An input that was refused: where it stood, why, and the beginning of its bytes."""

    topic: str
    partition: int
    offset: int
    digest: str
    reason: str
    value: bytes
    value_bytes: int
    received_at: datetime


def watchlist(database: Database, watchlist_id: str) -> Watchlist | None:
    """One watchlist."""
    rows = database.rows(
        "SELECT body FROM watchlists WHERE watchlist_id = {id:String}", {"id": watchlist_id}, raw=("body",)
    )
    return Watchlist.model_validate_json(rows[0]["body"]) if rows else None


def watchlists(database: Database, owner: str, cursor: str | None, limit: int) -> Page[Watchlist]:
    """Watchlists by id; those of one owner where one is named."""
    (after,) = decode_cursor("watchlists", cursor, (str,)) if cursor else ("",)
    limit = bounded(limit)
    rows = database.rows(
        "SELECT watchlist_id, body FROM watchlists "
        "WHERE watchlist_id > {after:String} AND ({owner:String} = '' OR owner = {owner:String}) "
        "ORDER BY watchlist_id LIMIT {limit:UInt32}",
        {"after": after, "owner": owner, "limit": limit + 1},
        raw=("body",),
    )
    more = encode_cursor("watchlists", (rows[limit - 1]["watchlist_id"],)) if len(rows) > limit else None
    return Page(tuple(Watchlist.model_validate_json(row["body"]) for row in rows[:limit]), more)


def alerts(database: Database, watchlist_id: str, cursor: str | None, limit: int) -> Page[Alert]:
    """Alerts, newest first; those of one watchlist where one is named."""
    at_ms, before = decode_cursor("alerts", cursor, (int, str)) if cursor else (2**62, "")
    limit = bounded(limit)
    rows = database.rows(
        _ALERTS,
        {"watchlist": watchlist_id, "at_ms": at_ms, "before": before, "limit": limit + 1},
        raw=("body",),
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("alerts", (last["at_ms"], last["id"])) if last else None
    return Page(tuple(Alert.model_validate_json(row["body"]) for row in rows[:limit]), more)


def dead_letters(database: Database, cursor: str | None, limit: int) -> Page[DeadLetterRow]:
    """Refused inputs, newest first."""
    at_ms, before = decode_cursor("letters", cursor, (int, str)) if cursor else (2**62, "")
    limit = bounded(limit)
    rows = database.rows(
        "SELECT topic, `partition`, `offset`, digest, reason, left(value, {shown:UInt32}) AS shown_value, "
        "length(value) AS value_bytes, received_at, toUnixTimestamp64Milli(received_at) AS at_ms "
        "FROM dead_letters WHERE (at_ms, digest) < ({at_ms:Int64}, {before:String}) "
        "ORDER BY at_ms DESC, digest DESC LIMIT {limit:UInt32}",
        {"at_ms": at_ms, "before": before, "limit": limit + 1, "shown": VALUE_SHOWN_BYTES_MAX},
        raw=("shown_value",),
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("letters", (last["at_ms"], last["digest"])) if last else None
    return Page(
        tuple(
            DeadLetterRow(
                row["topic"],
                row["partition"],
                row["offset"],
                row["digest"],
                row["reason"],
                row["shown_value"],
                row["value_bytes"],
                row["received_at"],
            )
            for row in rows[:limit]
        ),
        more,
    )
