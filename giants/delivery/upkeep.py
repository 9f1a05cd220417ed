"""What an operator sees of the queue, and how it forgets."""

from datetime import datetime, timedelta

from giants.delivery.database import QueueFile
from giants.delivery.parcels import FailedDelivery, shown_address
from giants.delivery.times import instant, milliseconds

LISTED_MAX = 1_000
# An alert that comes again within this time is known as delivered.
DELIVERED_DAYS_KEPT = 30
FAILED_DAYS_KEPT = 90
SETTLED_ROWS_MAX = 2_000_000
# Rows forgotten in one step, so that nobody waits long for the file.
PRUNED_ROWS_MAX = 10_000

_FAILED = """
    SELECT d.id, d.alert_id, t.watchlist_id, t.kind, t.address, d.attempts, d.reason, d.settled_ms
    FROM deliveries d JOIN targets t ON t.id = d.target_id
    WHERE d.state = 'failed' AND d.id > ? ORDER BY d.id LIMIT ?
"""
_PRUNE = """
    DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries
        WHERE settled_ms < ? AND (state <> 'failed' OR settled_ms < ?) ORDER BY settled_ms LIMIT ?
    ) RETURNING alert_id, target_id
"""
_PRUNE_SURPLUS = """
    DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries WHERE settled_ms IS NOT NULL ORDER BY settled_ms LIMIT ?
    ) RETURNING alert_id, target_id
"""


def list_failed(file: QueueFile, limit: int, after: int) -> list[FailedDelivery]:
    """Deliveries that were given up, by id."""
    return [
        FailedDelivery(
            delivery_id=row["id"],
            alert_id=row["alert_id"],
            watchlist_id=row["watchlist_id"],
            kind=row["kind"],
            target=shown_address(row["kind"], row["address"]),
            attempts=row["attempts"],
            reason=row["reason"],
            failed_at=instant(row["settled_ms"]),
        )
        for row in file.all(_FAILED, after, min(limit, LISTED_MAX))
    ]


def prune(file: QueueFile, now: datetime, settled_rows_max: int = SETTLED_ROWS_MAX) -> int:
    """Forget what was settled long ago, then the oldest beyond `settled_rows_max`; returns how many rows.

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
            "DELETE FROM targets WHERE id = ? AND NOT listed"
            " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE target_id = targets.id)",
            {(row["target_id"],) for row in gone},
        )
    return len(gone)
