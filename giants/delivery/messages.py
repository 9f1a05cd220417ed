"""Messages to webhooks: which deliveries are sent as one.

Alerts of one group join the message that still waits for its target. When it falls due the message is sealed:
what it holds is written down before it is sent, so that an attempt which is repeated after a crash or a
failure holds the same alerts under the same id. What arrives later goes with another message.
"""

from datetime import datetime, timedelta
from typing import Final

from giants.delivery.database import QueueFile
from giants.delivery.schedule import message_seconds
from giants.delivery.times import milliseconds
from schemas.changes import Alert

MESSAGE_MEMBERS_MAX: Final = 5_000

_JOIN = """
    UPDATE messages SET members = members + 1
    WHERE id = (SELECT max(id) FROM messages WHERE target_id = ? AND group_id = ? AND NOT sealed)
      AND members < ? AND due_ms <= ?
    RETURNING id, due_ms
"""
_BEGIN = """
    INSERT INTO messages (target_id, group_id, members, due_ms, sealed) VALUES (?, ?, 1, ?, 0) RETURNING id
"""
_NO_LIMIT_MS: Final = 2**62


def join_message(file: QueueFile, target_id: int, alert: Alert, now: datetime) -> tuple[int, int]:
    """The message that takes an alert for a target, and when it is due in milliseconds."""
    group_id = group_of_alert(alert)
    for row in file.all(_JOIN, target_id, group_id, MESSAGE_MEMBERS_MAX, _NO_LIMIT_MS):
        return row["id"], row["due_ms"]
    is_update = bool(
        file.all("SELECT 1 FROM messages WHERE target_id = ? AND group_id = ? LIMIT 1", target_id, group_id)
    )
    seconds = message_seconds(alert.change.cause.kind, is_update=is_update)
    due_ms = milliseconds(now + timedelta(seconds=seconds))
    (row,) = file.all(_BEGIN, target_id, group_id, due_ms)
    return row["id"], due_ms


def rejoin_message(file: QueueFile, target_id: int, group_id: str, now_ms: int) -> int:
    """The message that takes a delivery which an operator sends again at once."""
    for row in file.all(_JOIN, target_id, group_id, MESSAGE_MEMBERS_MAX, now_ms):
        return int(row["id"])
    (row,) = file.all(_BEGIN, target_id, group_id, now_ms)
    return int(row["id"])


def group_of_alert(alert: Alert) -> str:
    """The group of an alert; one from before groups is alone."""
    return alert.group_id or alert.id
