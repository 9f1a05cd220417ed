"""Which deliveries are due, and which of them are sent together."""

import sqlite3
from collections.abc import Collection

from giants.delivery.batches import Delivery, DeliveryBatch
from giants.delivery.database import QueueFile

# How many alerts one e-mail holds, and how many one webhook receiver is sent side by side.
DIGEST_ALERTS_MAX = 500
WEBHOOK_PARALLEL_MAX = 4
# Rows read at most, longest due first, so that a query of a long backlog stays fast.
DUE_SCANNED_MAX = 20_000

_WEBHOOKS = """
    WITH oldest AS (
        SELECT d.id, d.alert_id, d.target_id, d.attempts, d.due_ms, t.address, t.secret
        FROM deliveries d JOIN targets t ON t.id = d.target_id
        WHERE d.state = 'pending' AND d.due_ms <= ? AND t.kind = 'webhook'
        ORDER BY d.due_ms, d.id LIMIT ?
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY address ORDER BY due_ms, id) AS place FROM oldest
    )
    SELECT placed.*, alerts.body, alerts.traceparent FROM placed JOIN alerts ON alerts.id = placed.alert_id
    WHERE place <= ? ORDER BY due_ms, placed.id LIMIT ?
"""
_MAIL_GROUPS = """
    SELECT t.address, d.slot_ms
    FROM deliveries d JOIN targets t ON t.id = d.target_id
    WHERE d.state = 'pending' AND d.due_ms <= ? AND t.kind = 'email'
    GROUP BY t.address, d.slot_ms ORDER BY min(d.due_ms), t.address LIMIT ?
"""
_MAIL = """
    SELECT d.id, d.alert_id, d.target_id, d.attempts, a.body, a.traceparent
    FROM targets t JOIN deliveries d ON d.target_id = t.id JOIN alerts a ON a.id = d.alert_id
    WHERE t.kind = 'email' AND t.address = ? AND d.state = 'pending' AND d.slot_ms = ? AND d.due_ms <= ?
    ORDER BY d.id LIMIT ?
"""


def due_webhooks(file: QueueFile, now_ms: int, limit: int, in_flight: Collection[int]) -> list[DeliveryBatch]:
    """One batch a delivery, longest due first; at most `WEBHOOK_PARALLEL_MAX` in flight for a URL."""
    rows = file.all(_WEBHOOKS, now_ms, DUE_SCANNED_MAX, WEBHOOK_PARALLEL_MAX, limit + len(in_flight))
    free = [row for row in rows if row["id"] not in in_flight]
    return [
        DeliveryBatch("webhook", row["address"], row["secret"], (_delivery(row),)) for row in free[:limit]
    ]


def due_mails(file: QueueFile, now_ms: int, limit: int, in_flight: Collection[int]) -> list[DeliveryBatch]:
    """One batch for an address and a due time, longest due first.

    An attempt that is repeated holds the same alerts, unless some were cancelled.
    """
    batches = []
    for group in file.all(_MAIL_GROUPS, now_ms, limit + len(in_flight)):
        rows = file.all(_MAIL, group["address"], group["slot_ms"], now_ms, DIGEST_ALERTS_MAX)
        if rows and not any(row["id"] in in_flight for row in rows):
            batches.append(DeliveryBatch("email", group["address"], None, tuple(map(_delivery, rows))))
    return batches[:limit]


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        row["id"], row["alert_id"], row["target_id"], row["attempts"], row["body"], row["traceparent"]
    )
