"""Listing deliveries for an operator, and removing old ones."""

import sqlite3
from datetime import datetime, timedelta

from giants.delivery.batches import DeliveryFilter, DeliveryItem, State, shown_address
from giants.delivery.database import QueueFile
from giants.delivery.times import instant, milliseconds

LISTED_MAX = 2_000
# An alert that is read again within this time is not delivered again.
DELIVERED_DAYS_KEPT = 30
FAILED_DAYS_KEPT = 90
SETTLED_ROWS_MAX = 2_000_000
# Rows removed in one transaction, so that other users of the file wait briefly.
PRUNED_ROWS_MAX = 10_000
# Larger than any id of a delivery.
_AFTER_ALL = 2**63 - 1

_DELIVERIES = """
    SELECT d.id, d.alert_id, t.watchlist_id, t.kind, t.address, t.listed, d.state, d.attempts, d.reason,
           d.due_ms, d.settled_ms
    FROM deliveries d JOIN targets t ON t.id = d.target_id
"""
_PRUNE = """
    DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries
        WHERE settled_ms < ? AND (state <> 'failed' OR settled_ms < ?) ORDER BY settled_ms LIMIT ?
    ) RETURNING alert_id, target_id, message_id
"""
_PRUNE_SURPLUS = """
    DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries WHERE settled_ms IS NOT NULL ORDER BY settled_ms LIMIT ?
    ) RETURNING alert_id, target_id, message_id
"""


def list_deliveries(
    file: QueueFile, wanted: DeliveryFilter, before: int | None, limit: int
) -> list[DeliveryItem]:
    """Deliveries by id from the newest on."""
    given = [value for value in (wanted.state, wanted.watchlist_id, wanted.owner) if value]
    rows = file.all(
        page_statement(wanted),
        _AFTER_ALL if before is None else before,
        *given,
        min(limit, LISTED_MAX),
    )
    return [_listed(row) for row in rows]


def page_statement(wanted: DeliveryFilter) -> str:
    """The statement of a page; parameters: an upper id, state, watchlist and owner where given, a limit.

    A statement for each way of asking, so that each takes the index that fits it.
    """
    asked = (
        (True, "d.id < ?"),
        (wanted.state is not None, "d.state = ?"),
        (bool(wanted.watchlist_id), "d.target_id IN (SELECT id FROM targets WHERE watchlist_id = ?)"),
        (bool(wanted.owner), "d.owner = ?"),
    )
    where = " AND ".join(condition for is_asked, condition in asked if is_asked)
    return f"{_DELIVERIES}WHERE {where} ORDER BY d.id DESC LIMIT ?"


def delivery_of(file: QueueFile, delivery_id: int, owner: str = "") -> DeliveryItem | None:
    """One delivery; None where the queue has none of this id for its owner (any where none is named)."""
    rows = file.all(f"{_DELIVERIES}WHERE d.id = ? AND ? IN ('', d.owner)", delivery_id, owner)
    return _listed(rows[0]) if rows else None


def _listed(row: sqlite3.Row) -> DeliveryItem:
    state = State(row["state"])
    return DeliveryItem(
        delivery_id=row["id"],
        alert_id=row["alert_id"],
        watchlist_id=row["watchlist_id"],
        kind=row["kind"],
        target=shown_address(row["kind"], row["address"]),
        state=state,
        attempts=row["attempts"],
        reason=row["reason"],
        due_at=instant(row["due_ms"]) if state is State.PENDING else None,
        settled_at=None if row["settled_ms"] is None else instant(row["settled_ms"]),
        can_resend=state is State.FAILED and bool(row["listed"]),
    )


def prune(file: QueueFile, now: datetime, settled_rows_max: int = SETTLED_ROWS_MAX) -> int:
    """Remove what was settled long ago, then the oldest beyond `settled_rows_max`; returns how many rows.

    At most `PRUNED_ROWS_MAX` rows of each kind in one call.
    """
    delivered_before = milliseconds(now - timedelta(days=DELIVERED_DAYS_KEPT))
    failed_before = milliseconds(now - timedelta(days=FAILED_DAYS_KEPT))
    with file.transaction():
        gone = file.all(_PRUNE, delivered_before, failed_before, PRUNED_ROWS_MAX)
        (settled,) = file.all("SELECT count(*) AS rows FROM deliveries WHERE settled_ms IS NOT NULL")
        surplus = min(settled["rows"] - settled_rows_max, PRUNED_ROWS_MAX)
        if surplus > 0:
            gone += file.all(_PRUNE_SURPLUS, surplus)
        file.run_many(
            "DELETE FROM alerts WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE alert_id = alerts.id)",
            {(row["alert_id"],) for row in gone},
        )
        file.run_many(
            "DELETE FROM messages WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message_id = messages.id)",
            {(row["message_id"],) for row in gone if row["message_id"] is not None},
        )
        file.run_many(
            "DELETE FROM targets WHERE id = ? AND NOT listed"
            " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE target_id = targets.id)"
            " AND NOT EXISTS (SELECT 1 FROM messages WHERE target_id = targets.id)",
            {(row["target_id"],) for row in gone},
        )
    return len(gone)
