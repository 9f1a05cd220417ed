"""The queue of deliveries: durable, idempotent, bounded.

A delivery is one alert for one target of its watchlist. It is pending until the receiver has taken it, or it
is given up (failed), or its target is taken off the watchlist (cancelled). What was settled is kept for a
while, so that an alert which comes again is not delivered again.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from giants.delivery import upkeep
from giants.delivery.batches import DeliveryBatch, DeliveryFilter, DeliveryItem, State, Waiting
from giants.delivery.database import QUEUE_FILE, QueueFile
from giants.delivery.due import due_mails, due_webhooks
from giants.delivery.errors import AlertTooLargeError, NoQueueError, QueueFullError
from giants.delivery.messages import group_of_alert, join_message, rejoin_message
from giants.delivery.schedule import next_digest, next_window, retry_seconds
from giants.delivery.times import instant, milliseconds
from schemas.changes import Alert
from schemas.codes import WebhookFormat
from schemas.facts import Email, Target, Webhook

ALERT_BYTES_MAX = 256_000
PENDING_MAX = 1_000_000
DUE_BATCHES_MAX = 200
REASON_CHARACTERS_MAX = 500

_SETTLE = "UPDATE deliveries SET state = ?, settled_ms = ?, reason = ?"


class DeliveryQueue:
    """Deliveries in a file, for any thread. Several processes may open it, one may dispatch from it."""

    def __init__(self, path: Path, digest_hour_utc: int = 6, pending_max: int = PENDING_MAX) -> None:
        """Open the file, creating it where it is absent. Raises `QueueVersionError`."""
        self._file = QueueFile(path)
        self._digest_hour_utc = digest_hour_utc
        self._pending_max = pending_max
        self._slots = 0  # deliveries that may be added before the pending ones are counted again

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several calls one transaction; it is on disk when the block has ended."""
        with self._file.transaction():
            yield

    # How far the alerts are taken in

    def positions(self, topic_id: str) -> dict[int, int]:
        """The next offset of each partition of a topic."""
        found = self._file.all("SELECT partition, next_offset FROM positions WHERE topic_id = ?", topic_id)
        return {row["partition"]: row["next_offset"] for row in found}

    def note_positions(self, topic_id: str, offsets: Mapping[int, int]) -> None:
        """Note how far partitions are taken in, in the transaction that takes their alerts in."""
        self._file.run_many(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, ?)",
            [(topic_id, partition, offset) for partition, offset in offsets.items()],
        )

    # What is to be delivered

    def enqueue(
        self,
        alert: Alert,
        target: Target,
        now: datetime,
        body: bytes | None = None,
        traceparent: str | None = None,
    ) -> bool:
        """Take in an alert for a target; False where it was taken in before.

        `body` is the alert's JSON exactly as it is to be sent; by default the model's own.
        `traceparent` (W3C) is passed on to webhooks. A disabled target takes nothing: the delivery is kept as
        failed. Raises `AlertTooLargeError`, and `QueueFullError` where
        `pending_max` deliveries wait already.
        """
        content = body if body is not None else alert.model_dump_json().encode()
        if len(content) > ALERT_BYTES_MAX:
            raise AlertTooLargeError(alert.id, len(content), ALERT_BYTES_MAX)
        due_ms = milliseconds(self._leaves_at(target, now))
        with self._file.transaction():
            target_id, disabled_why = self._remember(alert.watchlist_id, target)
            known = "SELECT 1 FROM deliveries WHERE alert_id = ? AND target_id = ?"
            if self._file.all(known, alert.id, target_id):
                return False
            self._take_slot()
            message_id = None
            if isinstance(target, Webhook) and not disabled_why:
                message_id, due_ms = join_message(self._file, target_id, alert, now)
            self._file.run(
                "INSERT INTO alerts (id, body, traceparent) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                alert.id,
                content,
                traceparent,
            )
            self._file.run(
                "INSERT INTO deliveries"
                " (alert_id, target_id, state, due_ms, slot_ms, settled_ms, reason, group_id, message_id,"
                " owner)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                alert.id,
                target_id,
                State.FAILED if disabled_why else State.PENDING,
                due_ms,
                due_ms,
                milliseconds(now) if disabled_why else None,
                disabled_why or "",
                group_of_alert(alert),
                message_id,
                alert.owner,
            )
        return True

    def targets(self, watchlist_id: str) -> list[Target]:
        """The targets of a watchlist, as `set_targets` or `enqueue` left them."""
        rows = self._file.all(
            "SELECT * FROM targets WHERE watchlist_id = ? AND listed ORDER BY id", watchlist_id
        )
        return [_target(row) for row in rows]

    def set_targets(self, watchlist_id: str, targets: Iterable[Target], now: datetime) -> None:
        """Make these the targets of a watchlist; idempotent.

        What waits for a target that is no longer among them is cancelled, and its secret is forgotten. A
        disabled target whose secret has changed is enabled again.
        """
        with self._file.transaction():
            kept = {self._remember(watchlist_id, target)[0] for target in targets}
            listed = self._file.all("SELECT id FROM targets WHERE watchlist_id = ? AND listed", watchlist_id)
            for target_id in sorted({row["id"] for row in listed} - kept):
                self._file.run("UPDATE targets SET listed = 0, secret = NULL WHERE id = ?", target_id)
                self._give_up(target_id, State.CANCELLED, now, "the target was taken off its watchlist")

    # What is due

    def due(
        self, now: datetime, limit: int = DUE_BATCHES_MAX, in_flight: Collection[int] = frozenset()
    ) -> list[DeliveryBatch]:
        """Batches that are due, longest due first, at most `limit` of webhooks and of e-mail each.

        Deliveries that are `in_flight` are left out; they count for the limit of their receivers.
        """
        now_ms = milliseconds(now)
        return due_webhooks(self._file, now_ms, limit, in_flight) + due_mails(
            self._file, now_ms, limit, in_flight
        )

    def next_due_at(self, in_flight: Collection[int] = frozenset()) -> datetime | None:
        """When the next delivery is due that is not in flight; None where none waits."""
        rows = self._file.all(
            "SELECT id, due_ms FROM deliveries WHERE state = 'pending' ORDER BY due_ms LIMIT ?",
            len(in_flight) + 1,
        )
        return next((instant(row["due_ms"]) for row in rows if row["id"] not in in_flight), None)

    # What came of it

    def succeed(self, batch: DeliveryBatch, now: datetime) -> None:
        """Record that the receiver took the batch."""
        self._settle(batch, State.DELIVERED, now, "")

    def fail(
        self, batch: DeliveryBatch, now: datetime, reason: str, asked_seconds: float | None = None
    ) -> None:
        """An attempt failed: wait as `retry_seconds` says and try again, or give up after the last."""
        # One seed for the batch, so that its deliveries are repeated together.
        seed = batch.deliveries[0].alert_id
        with self._file.transaction():
            for delivery in batch.deliveries:
                attempts = delivery.attempts + 1
                wait = retry_seconds(attempts, seed, asked_seconds)
                self._file.run(
                    "UPDATE deliveries SET attempts = ?, reason = ?, due_ms = ?, state = ?, settled_ms = ?"
                    " WHERE id = ? AND state = 'pending'",
                    attempts,
                    reason[:REASON_CHARACTERS_MAX],
                    milliseconds(now + timedelta(seconds=wait or 0)),
                    State.FAILED if wait is None else State.PENDING,
                    milliseconds(now) if wait is None else None,
                    delivery.id,
                )

    def refuse(self, batch: DeliveryBatch, now: datetime, reason: str) -> None:
        """Record that no attempt can succeed: give up at once."""
        self._settle(batch, State.FAILED, now, reason)

    def disable(self, batch: DeliveryBatch, now: datetime, reason: str) -> None:
        """Record that the receiver is gone: give up what waits for its targets, and disable them."""
        with self._file.transaction():
            self._settle(batch, State.FAILED, now, reason)
            for target_id in sorted({delivery.target_id for delivery in batch.deliveries}):
                why = reason[:REASON_CHARACTERS_MAX]
                self._file.run("UPDATE targets SET disabled_why = ? WHERE id = ?", why, target_id)
                self._give_up(target_id, State.FAILED, now, reason)

    # What an operator does

    def counts(self, owner: str = "") -> dict[State, int]:
        """Number of deliveries by state; of all owners where none is named."""
        of_owner = ("WHERE owner = ?", (owner,)) if owner else ("", ())
        rows = self._file.all(
            f"SELECT state, count(*) AS rows FROM deliveries {of_owner[0]} GROUP BY state",  # noqa: S608
            *of_owner[1],
        )
        found = {row["state"]: row["rows"] for row in rows}
        return {state: found.get(state.value, 0) for state in State}

    def waiting(self, now: datetime) -> Waiting:
        """What waits, for metrics. A digest that is to leave later is not overdue."""
        ((deliveries, oldest_ms),) = (
            tuple(row)
            for row in self._file.all("SELECT count(*), min(slot_ms) FROM deliveries WHERE state = 'pending'")
        )
        ((disabled,),) = (
            tuple(row)
            for row in self._file.all(
                "SELECT count(*) FROM targets WHERE listed AND disabled_why IS NOT NULL"
            )
        )
        overdue_ms = 0 if oldest_ms is None else max(milliseconds(now) - oldest_ms, 0)
        return Waiting(deliveries, overdue_ms / 1000, disabled)

    def list_deliveries(
        self,
        state: State | None = None,
        watchlist_id: str = "",
        before: int | None = None,
        limit: int = upkeep.LISTED_MAX,
        owner: str = "",
    ) -> list[DeliveryItem]:
        """Deliveries by id from the newest on; `before` is the last id of the page before."""
        return upkeep.list_deliveries(self._file, DeliveryFilter(state, watchlist_id, owner), before, limit)

    def delivery(self, delivery_id: int, owner: str = "") -> DeliveryItem | None:
        """One delivery; None where there is none of this id for its owner."""
        return upkeep.delivery_of(self._file, delivery_id, owner)

    def resend(self, delivery_id: int, now: datetime) -> bool:
        """Send a failed delivery again at once, all attempts anew, and enable its target.

        False where there is no such delivery, or its target is no longer on the watchlist.
        """
        now_ms = milliseconds(now)
        with self._file.transaction():
            resent = self._file.all(
                "UPDATE deliveries"
                " SET state = 'pending', attempts = 0, due_ms = ?, slot_ms = ?, settled_ms = NULL"
                " WHERE id = ? AND state = 'failed' AND target_id IN (SELECT id FROM targets WHERE listed)"
                " RETURNING target_id, group_id, (SELECT kind FROM targets WHERE id = target_id) AS kind",
                now_ms,
                now_ms,
                delivery_id,
            )
            for row in resent:
                if row["kind"] == "webhook":
                    message_id = rejoin_message(self._file, row["target_id"], row["group_id"], now_ms)
                    self._file.run(
                        "UPDATE deliveries SET message_id = ? WHERE id = ?", message_id, delivery_id
                    )
                self._file.run(
                    "UPDATE targets SET disabled_why = NULL"
                    " WHERE id = (SELECT target_id FROM deliveries WHERE id = ?)",
                    delivery_id,
                )
        return len(resent) == 1

    def prune(self, now: datetime, settled_rows_max: int = upkeep.SETTLED_ROWS_MAX) -> int:
        """Forget what was settled long ago or is too much; returns how many rows. See `upkeep.prune`."""
        return upkeep.prune(self._file, now, settled_rows_max)

    # Inside

    def _leaves_at(self, target: Target, now: datetime) -> datetime:
        if isinstance(target, Webhook):
            return now
        return next_digest(now, self._digest_hour_utc) if target.digest == "daily" else next_window(now)

    def _remember(self, watchlist_id: str, target: Target) -> tuple[int, str | None]:
        """Keep a target, or what changed about it; returns its id and why it is disabled, if it is."""
        kind, address, digest, secret, body_format = _columns(target)
        (row,) = self._file.all(
            "INSERT INTO targets (watchlist_id, kind, address, digest, secret, format, listed)"
            " VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE"
            " SET listed = 1, secret = excluded.secret, format = excluded.format,"
            " disabled_why = CASE WHEN secret IS excluded.secret THEN disabled_why END"
            " RETURNING id, disabled_why",
            watchlist_id,
            kind,
            address,
            digest,
            secret,
            body_format,
        )
        return row["id"], row["disabled_why"]

    def _take_slot(self) -> None:
        """Count those that wait only now and then: a count looks at all of them."""
        if self._slots == 0:
            (row,) = self._file.all("SELECT count(*) AS pending FROM deliveries WHERE state = 'pending'")
            if row["pending"] >= self._pending_max:
                raise QueueFullError(row["pending"], self._pending_max)
            self._slots = self._pending_max - row["pending"]
        self._slots -= 1

    def _settle(self, batch: DeliveryBatch, state: State, now: datetime, reason: str) -> None:
        settled = (state, milliseconds(now), reason[:REASON_CHARACTERS_MAX])
        with self._file.transaction():
            self._file.run_many(
                f"{_SETTLE} WHERE id = ? AND state = 'pending'",
                [(*settled, delivery.id) for delivery in batch.deliveries],
            )

    def _give_up(self, target_id: int, state: State, now: datetime, reason: str) -> None:
        self._file.run(
            f"{_SETTLE} WHERE target_id = ? AND state = 'pending'",
            state,
            milliseconds(now),
            reason[:REASON_CHARACTERS_MAX],
            target_id,
        )


def open_queue(data_dir: Path) -> DeliveryQueue:
    """The queue of the delivery process of a data folder, beside it.

    Raises `NoQueueError` where none ever ran there, and `QueueVersionError`.
    """
    path = data_dir / QUEUE_FILE
    if not path.is_file():
        raise NoQueueError(path)
    return DeliveryQueue(path)


def _columns(target: Target) -> tuple[str, str, str, str | None, str]:
    if isinstance(target, Webhook):
        return target.kind, target.url, "", target.secret, target.format
    return target.kind, target.to, target.digest, None, WebhookFormat.STANDARD


def _target(row: sqlite3.Row) -> Target:
    if row["kind"] == "webhook":
        return Webhook(kind="webhook", url=row["address"], secret=row["secret"], format=row["format"])
    return Email(kind="email", to=row["address"], digest=row["digest"])
