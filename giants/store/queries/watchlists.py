"""Watchlists as they were written last, the alerts they raised, and inputs that were refused."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from giants.domain.watch.group import MEMBERS_SHOWN_MAX
from giants.store.client import Database, Row
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
      AND ({group:String} = '' OR if(group_id = '', id, group_id) = {group:String})
      AND ({owner:String} = '' OR owner = {owner:String})
      AND (toUnixTimestamp64Milli(at), id) < ({at_ms:Int64}, {before:String})
    ORDER BY at DESC, id DESC
    LIMIT 1 BY watchlist_id, id LIMIT {limit:UInt32}
)
ORDER BY at_ms DESC, id DESC
"""
# Two steps: which groups, without bodies; then the first alerts of those few, news of a list and changes of
# status before others.
_GROUPS: Final = """
SELECT watchlist_id, if(group_id = '', id, group_id) AS group, max(at) AS newest, min(at) AS oldest,
       toUnixTimestamp64Milli(newest) AS at_ms
FROM alerts_rows FINAL
WHERE ({watchlist:String} = '' OR watchlist_id = {watchlist:String})
  AND ({group:String} = '' OR if(group_id = '', id, group_id) = {group:String})
  AND ({owner:String} = '' OR owner = {owner:String})
GROUP BY watchlist_id, group
HAVING (at_ms, group) < ({at_ms:Int64}, {before:String})
ORDER BY at_ms DESC, group DESC
LIMIT {limit:UInt32}
"""
_COUNTS: Final = """
SELECT watchlist_id, if(group_id = '', id, group_id) AS group, kind, count() AS alerts,
       groupUniqArrayIf(company_id, company_id != '') AS companies,
       groupUniqArrayIf(company_id, JSONExtractBool(body, 'sensitive')) AS sensitive
FROM alerts_rows FINAL
WHERE watchlist_id IN {watchlists:Array(String)}
  AND if(group_id = '', id, group_id) IN {groups:Array(String)}
  AND ({owner:String} = '' OR owner = {owner:String})
GROUP BY watchlist_id, group, kind
ORDER BY alerts DESC, kind
"""
_FIRST: Final = """
SELECT if(group_id = '', id, group_id) AS group, watchlist_id, body
FROM alerts_rows FINAL
WHERE watchlist_id IN {watchlists:Array(String)}
  AND if(group_id = '', id, group_id) IN {groups:Array(String)}
  AND ({owner:String} = '' OR owner = {owner:String})
ORDER BY company_id = '' DESC, kind IN ('signal-raised', 'signal-cleared', 'rating-changed'), at, id
LIMIT {most:UInt32} BY watchlist_id, group
"""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts: of a watchlist, of a group, and for whom; what is empty chooses all."""

    watchlist: str = ""
    group: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Alerts of one cause for one watchlist: counts, and the first of them.

    `oldest` and `newest` are the instants of the first and the last.
    """

    watchlist_id: str
    group_id: str
    oldest: datetime
    newest: datetime
    members: int
    companies: int
    sensitive: int
    kinds: dict[str, int]
    first: tuple[Alert, ...]


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


def alerts(database: Database, wanted: AlertFilter, cursor: str | None, limit: int) -> Page[Alert]:
    """Alerts, newest first."""
    at_ms, before = decode_cursor("alerts", cursor, (int, str)) if cursor else (2**62, "")
    limit = bounded(limit)
    rows = database.rows(
        _ALERTS,
        asdict(wanted) | {"at_ms": at_ms, "before": before, "limit": limit + 1},
        raw=("body",),
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("alerts", (last["at_ms"], last["id"])) if last else None
    return Page(tuple(Alert.model_validate_json(row["body"]) for row in rows[:limit]), more)


def alert_groups(database: Database, wanted: AlertFilter, cursor: str | None, limit: int) -> Page[GroupRow]:
    """Alerts by cause, the group with the newest alert first."""
    at_ms, before = decode_cursor("groups", cursor, (int, str)) if cursor else (2**62, "")
    limit = bounded(limit)
    rows = database.rows(
        _GROUPS,
        asdict(wanted) | {"at_ms": at_ms, "before": before, "limit": limit + 1},
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("groups", (last["at_ms"], last["group"])) if last else None
    return Page(_with_members(database, rows[:limit], wanted.owner), more)


def _with_members(database: Database, rows: list[Row], owner: str) -> tuple[GroupRow, ...]:
    if not rows:
        return ()
    asked = {
        "watchlists": sorted({row["watchlist_id"] for row in rows}),
        "groups": sorted({row["group"] for row in rows}),
        "owner": owner,
    }
    counts: dict[tuple[str, str], list[Row]] = {}
    for row in database.rows(_COUNTS, asked):
        counts.setdefault((row["watchlist_id"], row["group"]), []).append(row)
    first: dict[tuple[str, str], list[Alert]] = {}
    for row in database.rows(_FIRST, asked | {"most": MEMBERS_SHOWN_MAX}, raw=("body",)):
        key = (row["watchlist_id"], row["group"])
        first.setdefault(key, []).append(Alert.model_validate_json(row["body"]))
    return tuple(_group_row(row, counts, first) for row in rows)


def _group_row(
    row: Row, counts: dict[tuple[str, str], list[Row]], first: dict[tuple[str, str], list[Alert]]
) -> GroupRow:
    key = (row["watchlist_id"], row["group"])
    kinds = counts[key]
    return GroupRow(
        watchlist_id=row["watchlist_id"],
        group_id=row["group"],
        oldest=row["oldest"],
        newest=row["newest"],
        members=sum(one["alerts"] for one in kinds),
        companies=len({id_ for one in kinds for id_ in one["companies"]}),
        sensitive=len({id_ for one in kinds for id_ in one["sensitive"]}),
        kinds={one["kind"]: one["alerts"] for one in kinds},
        first=tuple(first[key]),
    )


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
