"""Two stores and two deliveries, killed in turn: every change is stored once, every alert sent once."""

from collections import Counter
from itertools import chain

import orjson

from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import connect
from tests.delivery.receivers import receiving
from tests.delivery.samples import webhook
from tests.failures.roles import Roles
from tests.failures.stream import designate, through, values, watch_all
from tests.waiting import wait_for

BOTH = {"store": ("store-1", "store-2"), "delivery": ("delivery-1", "delivery-2")}
NAMES = [f"杭州银河光电{number}科技有限公司" for number in "甲乙丙丁戊"]
CHANGES = (topics.STATUS_CHANGES, topics.RATING_CHANGES, topics.SIGNAL_CHANGES, topics.LIST_CHANGES)


def active(roles: Roles) -> str:
    """The delivery that is active now."""

    def found() -> str | None:
        running = [name for name in BOTH["delivery"] if roles.group.is_running(name)]
        answers = {name: roles.answer(name, "/readyz") for name in running}
        told = [name for name, one in answers.items() if one is not None and one.json()["role"] == "active"]
        assert len(told) <= 1
        return told[0] if told else None

    return wait_for("a delivery to be active", found)


def ids(body: bytes) -> list[str]:
    """Ids of the alerts in a webhook's body, grouped or single."""
    document = orjson.loads(body)
    return [one["id"] for one in document.get("alerts", [document])]


def test_two_stores_and_two_deliveries_lose_nothing_and_send_nothing_twice(
    settings: Settings, roles: Roles
) -> None:
    with receiving() as receiver:
        roles.start("worker", *chain(*BOTH.values()), GIANTS_WEBHOOK_ALLOW_PRIVATE="true")
        roles.wait_until_ready("worker", *chain(*BOTH.values()))
        target = webhook(receiver.url).model_dump(mode="json", by_alias=True)
        watch_all(settings, "everything", grouping="single", deliver=[target])
        wait_for("the watchlist", lambda: roles.metric("worker", "giants_watchlists") == 1)
        for number, name in enumerate(NAMES):
            gone = [BOTH["store"][number % 2], active(roles)]
            designate(settings, f"b7-{number}", name)
            through(settings)
            receiver.wait_for(number + 1)
            for one in gone:
                roles.group.kill(one)
            standing = next(one for one in BOTH["delivery"] if one not in gone)
            assert active(roles) == standing
            for one in gone:
                roles.group.start(one)
            roles.wait_until_ready(*chain(*BOTH.values()))
        through(settings)
        alerts = [one["id"] for one in values(settings, topics.ALERTS)]
        receiver.wait_for(len(alerts))
        assert Counter(chain.from_iterable(ids(one.body) for one in receiver.received)) == Counter(alerts)
    with connect(settings.clickhouse_dsn()) as database:
        stored = Counter(row["id"] for row in database.rows("SELECT id FROM feed_rows"))
    assert stored == Counter(one["id"] for topic in CHANGES for one in values(settings, topic))
    assert max(stored.values()) == 1
