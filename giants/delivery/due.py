"""Which deliveries are due, and which of them are sent together."""

import sqlite3
from collections.abc import Collection, Iterable

from giants.delivery.batches import Delivery, DeliveryBatch
from giants.delivery.database import QueueFile
from schemas.codes import WebhookFormat

# How many alerts one e-mail holds at most, and in how many groups; how many messages one webhook receiver is
# sent side by side.
DIGEST_ALERTS_MAX = 5_000
DIGEST_GROUPS_MAX = 500
WEBHOOK_PARALLEL_MAX = 4
# Rows read at most, longest due first, so that a query of a long backlog stays fast.
DUE_SCANNED_MAX = 20_000

_WEBHOOKS = """
    WITH oldest AS (
        SELECT d.id, d.message_id, d.due_ms, t.address, t.secret, t.format
        FROM deliveries d JOIN targets t ON t.id = d.target_id
        WHERE d.state = 'pending' AND d.due_ms <= ? AND t.kind = 'webhook'
        ORDER BY d.due_ms, d.id LIMIT ?
    ), messages AS (
        SELECT message_id, min(due_ms) AS due_ms, min(id) AS first_id, address, secret, format
        FROM oldest GROUP BY message_id
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY address ORDER BY due_ms, first_id) AS place FROM messages
    )
    SELECT message_id, first_id, address, secret, format FROM placed
    WHERE place <= ? ORDER BY due_ms, first_id LIMIT ?
"""
_MEMBERS = """
    SELECT d.id, d.alert_id, d.target_id, d.attempts, d.group_id, a.body, a.traceparent,
           d.slot_ms, (SELECT watchlist_id FROM targets WHERE id = d.target_id) AS watchlist_id
    FROM deliveries d JOIN alerts a ON a.id = d.alert_id
    WHERE d.message_id = ? AND d.state = 'pending' ORDER BY d.id
"""
_EARLIER_MESSAGES = """
    SELECT count(*) AS rows FROM deliveries WHERE target_id = ? AND group_id = ? AND message_id < ?
"""
_MAIL_GROUPS = """
    SELECT t.address, d.slot_ms
    FROM deliveries d JOIN targets t ON t.id = d.target_id
    WHERE d.state = 'pending' AND d.due_ms <= ? AND t.kind = 'email'
    GROUP BY t.address, d.slot_ms ORDER BY min(d.due_ms), t.address LIMIT ?
"""
_MAIL = """
    SELECT d.id, d.alert_id, d.target_id, d.attempts, d.group_id, a.body, a.traceparent,
           d.slot_ms, (SELECT watchlist_id FROM targets WHERE id = d.target_id) AS watchlist_id
    FROM targets t JOIN deliveries d ON d.target_id = t.id JOIN alerts a ON a.id = d.alert_id
    WHERE t.kind = 'email' AND t.address = ? AND d.state = 'pending' AND d.slot_ms = ? AND d.due_ms <= ?
    ORDER BY d.id LIMIT ?
"""
_EARLIER_MAILS = """
    SELECT count(*) AS rows FROM deliveries
    WHERE target_id = ? AND group_id = ? AND (slot_ms < ? OR slot_ms = ? AND id < ?)
"""


def due_webhooks(file: QueueFile, now_ms: int, limit: int, in_flight: Collection[int]) -> list[DeliveryBatch]:
    """One batch a message, longest due first; at most `WEBHOOK_PARALLEL_MAX` in flight for a URL.

    The messages are sealed by it: nothing joins them any more.
    """
    asked = (_WEBHOOKS, now_ms, DUE_SCANNED_MAX, WEBHOOK_PARALLEL_MAX, limit + len(in_flight))
    if all(row["first_id"] in in_flight for row in file.all(*asked)):
        return []
    with file.transaction():
        free = [row for row in file.all(*asked) if row["first_id"] not in in_flight][:limit]
        file.run_many(
            "UPDATE messages SET sealed = 1 WHERE id = ? AND NOT sealed",
            [(row["message_id"],) for row in free],
        )
        return [_webhook(file, row) for row in free]


def due_mails(file: QueueFile, now_ms: int, limit: int, in_flight: Collection[int]) -> list[DeliveryBatch]:
    """One batch for an address and a due time, longest due first.

    An attempt that is repeated holds the same alerts, unless some were cancelled.
    """
    batches = []
    for group in file.all(_MAIL_GROUPS, now_ms, limit + len(in_flight)):
        rows = file.all(_MAIL, group["address"], group["slot_ms"], now_ms, DIGEST_ALERTS_MAX)
        if rows and not any(row["id"] in in_flight for row in rows):
            batches.append(_mail(file, group, rows))
    return batches[:limit]


def _webhook(file: QueueFile, message: sqlite3.Row) -> DeliveryBatch:
    deliveries = tuple(map(_delivery, file.all(_MEMBERS, message["message_id"])))
    first = deliveries[0]
    (earlier,) = file.all(_EARLIER_MESSAGES, first.target_id, first.group_id, message["message_id"])
    counts = {first.group_id: earlier["rows"]} if earlier["rows"] else {}
    body_format = WebhookFormat(message["format"])
    return DeliveryBatch("webhook", message["address"], message["secret"], deliveries, counts, body_format)


def _mail(file: QueueFile, group: sqlite3.Row, rows: list[sqlite3.Row]) -> DeliveryBatch:
    deliveries = tuple(_of_first_groups(map(_delivery, rows)))
    firsts: dict[str, Delivery] = {}
    for delivery in deliveries:
        firsts.setdefault(delivery.group_id, delivery)
    counts = {}
    for id_, first in firsts.items():
        slot_ms = group["slot_ms"]
        (earlier,) = file.all(_EARLIER_MAILS, first.target_id, id_, slot_ms, slot_ms, first.id)
        if earlier["rows"]:
            counts[id_] = earlier["rows"]
    return DeliveryBatch("email", group["address"], None, deliveries, counts)


def _of_first_groups(deliveries: Iterable[Delivery]) -> Iterable[Delivery]:
    groups: set[str] = set()
    for delivery in deliveries:
        groups.add(delivery.group_id)
        if len(groups) > DIGEST_GROUPS_MAX:
            return
        yield delivery


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        row["id"],
        row["alert_id"],
        row["target_id"],
        row["attempts"],
        row["body"],
        row["traceparent"],
        row["group_id"],
        row["slot_ms"],
        row["watchlist_id"],
    )
