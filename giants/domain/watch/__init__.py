"""Which watchlists a change concerns, and the sentence that tells their owners (design §3.2, G-05)."""

from giants.domain.watch.alert import alert_for, alert_id, group_id
from giants.domain.watch.conditions import rated_token
from giants.domain.watch.context import CompanyContext
from giants.domain.watch.errors import WatchError, WatchFullError
from giants.domain.watch.group import group_link, group_of, group_sentence, grouped_alert
from giants.domain.watch.index import Watch

__all__ = [
    "CompanyContext",
    "Watch",
    "WatchError",
    "WatchFullError",
    "alert_for",
    "alert_id",
    "group_id",
    "group_link",
    "group_of",
    "group_sentence",
    "grouped_alert",
    "rated_token",
]
