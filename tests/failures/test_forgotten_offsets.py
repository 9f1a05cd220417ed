"""Kafka forgets the offsets of a group that is idle for a week: nobody is alerted or sent it again."""

from time import time

from giants.kafka import topics
from giants.kafka.lag import DELIVERY, INTAKE, STREAM, WATCH
from giants.settings import Settings
from tests.delivery.receivers import answer, receiving
from tests.delivery.samples import webhook
from tests.failures import stream
from tests.failures.roles import Roles
from tests.waiting import wait_for

HOUR_MS = 3_600_000


def test_watch_and_delivery_go_on_where_they_were(settings: Settings, roles: Roles) -> None:
    with receiving(*[answer(200)] * 50) as receiver:
        target = webhook(receiver.url).model_dump(mode="json", by_alias=True)
        roles.start("worker", "delivery", GIANTS_WEBHOOK_ALLOW_PRIVATE="true")
        roles.wait_until_ready("worker", "delivery")
        stream.watch_all(settings, "w-1", deliver=[target])
        wait_for("the watchlist", lambda: roles.metric("worker", "giants_watchlists") == 1)
        stream.designate(settings, "b7")
        stream.through(settings, *STREAM, WATCH, DELIVERY)
        alerts = stream.values(settings, topics.ALERTS)
        assert alerts
        wait_for("the deliveries", lambda: len(receiver.received) >= 1)
        roles.group.leave_all()
        told = len(receiver.received)
        stream.forget_offsets(settings, WATCH, DELIVERY, INTAKE)
        roles.start("worker", "delivery", GIANTS_WEBHOOK_ALLOW_PRIVATE="true")
        roles.wait_until_ready("worker", "delivery")
        stream.designate(settings, "b8", "宁波银河光电科技有限公司")
        stream.through(settings, *STREAM, WATCH, DELIVERY)
        again = stream.values(settings, topics.ALERTS)
        assert [one["id"] for one in again[: len(alerts)]] == [one["id"] for one in alerts]
        ids = [one["id"] for one in again]
        assert len(set(ids)) == len(ids), "no change is alerted twice"
        assert len(ids) > len(alerts)
        wait_for("the new delivery", lambda: len(receiver.received) > told)


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
