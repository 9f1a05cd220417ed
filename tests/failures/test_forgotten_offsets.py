"""Kafka forgets the offsets of a group that is idle for a week: nobody is alerted or told again."""

from time import time

from giants.kafka import topics
from giants.kafka.lag import STREAM, WATCH
from giants.settings import Settings
from tests.failures import stream
from tests.failures.roles import Roles

HOUR_MS = 3_600_000


def test_a_change_that_is_older_than_its_watchlist_alerts_nobody(settings: Settings, roles: Roles) -> None:
    now_ms = int(time() * 1000)
    stream.designate(settings, "b7", at_ms=now_ms - 24 * HOUR_MS)
    stream.watch_all(settings, "w-late", at_ms=now_ms - HOUR_MS)
    stream.watch_all(settings, "w-early", at_ms=now_ms - 48 * HOUR_MS)
    roles.start("worker")
    roles.wait_until_ready("worker")
    stream.through(settings, *STREAM, WATCH)
    alerts = stream.values(settings, topics.ALERTS)
    assert {one["watchlist_id"] for one in alerts} == {"w-early"}
