"""Delivery from the topics of a real broker to real receivers."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from giants.decoding.facts import SCHEMA_VERSION_HEADER
from giants.delivery import targets as targets_module
from giants.delivery.batches import State
from giants.delivery.clock import SystemClock
from giants.delivery.consumer import AlertConsumer, run_delivery
from giants.delivery.database import QUEUE_FILE
from giants.delivery.queue import DeliveryQueue
from giants.delivery.settings import DeliverySettings
from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.log import Headers
from giants.kafka.publisher import Publisher
from giants.kafka.tracing import TRACEPARENT
from giants.settings import Settings
from schemas.changes import Alert
from schemas.facts import Watchlist, Webhook
from schemas.portfolios import PortfolioEntries
from tests.delivery.receivers import answer, receiving
from tests.delivery.samples import SECRET, alert, webhook
from tests.waiting import wait_for

LOOPBACK = DeliverySettings(webhook_allow_private=True)


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    return broker_settings


@pytest.fixture
def publisher(settings: Settings) -> Iterator[Publisher]:
    with Publisher(settings) as publisher:
        yield publisher


@pytest.fixture
def queue(settings: Settings) -> Iterator[DeliveryQueue]:
    """A second look at the file that the delivery under test works on."""
    with DeliveryQueue(settings.data_dir / QUEUE_FILE) as queue:
        yield queue


@contextmanager
def delivering(settings: Settings, delivery: DeliverySettings = LOOPBACK) -> Iterator[None]:
    stop, errors = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            run_delivery(settings, stop, delivery)
        except BaseException as error:
            errors.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert errors == []


def put_watchlist(
    settings: Settings, publisher: Publisher, *deliver: Webhook, watchlist_id: str = "w-1"
) -> None:
    watchlist = Watchlist(watchlist_id=watchlist_id, owner="desk-a", deliver=deliver)
    value = watchlist.model_dump_json().encode()
    publisher.send(topics.WATCHLISTS.full_name(settings), watchlist_id, value)
    publisher.flush()


def delete_watchlist(settings: Settings, publisher: Publisher, watchlist_id: str = "w-1") -> None:
    publisher.send(topics.WATCHLISTS.full_name(settings), watchlist_id, None)
    publisher.flush()


def raise_alert(
    settings: Settings,
    publisher: Publisher,
    one: Alert,
    value: bytes | None = None,
    headers: Headers = (),
) -> None:
    body = one.model_dump_json().encode() if value is None else value
    publisher.send(topics.ALERTS.full_name(settings), one.watchlist_id, body, headers=headers)
    publisher.flush()


def wait_until(queue: DeliveryQueue, state: State, deliveries: int) -> None:
    wait_for(f"{deliveries} deliveries that are {state}", lambda: queue.counts()[state] == deliveries)


def test_an_alert_reaches_the_receivers_of_its_watchlist_as_its_record_was(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    spaced = alert().model_dump_json(indent=1).encode()
    with receiving(answer(500), answer(200)) as first, receiving() as second:
        put_watchlist(settings, publisher, webhook(first.url), webhook(second.url))
        raise_alert(settings, publisher, alert(), spaced)
        with delivering(settings):
            wait_until(queue, State.DELIVERED, 1)
            failed_once = queue.due(SystemClock().now().replace(year=2100))
        assert [batch.address for batch in failed_once] == [first.url]
        assert [(request.id, request.body) for request in second.received] == [(alert().id, spaced)]
        assert all(request.is_signed for request in first.received + second.received)


def put_portfolio(settings: Settings, publisher: Publisher, revision: int, *deliver: Webhook) -> None:
    part = PortfolioEntries(
        kind="entries", portfolio_id="p", owner="desk-a", revision=revision, deliver=deliver
    )
    publisher.send(topics.PORTFOLIOS.full_name(settings), "p", part.model_dump_json().encode())
    publisher.flush()


def test_an_alert_of_a_portfolio_reaches_the_receivers_of_its_highest_revision(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    of_portfolio = alert().model_copy(update={"watchlist_id": "portfolio:p", "portfolio_id": "p"})
    with receiving() as first, receiving() as second:
        put_portfolio(settings, publisher, 2, webhook(second.url))
        put_portfolio(settings, publisher, 1, webhook(first.url))
        raise_alert(settings, publisher, of_portfolio)
        with delivering(settings):
            wait_until(queue, State.DELIVERED, 1)
        assert first.received == []
        assert [request.id for request in second.received] == [of_portfolio.id]


def test_an_alert_that_was_delivered_is_not_delivered_again_when_it_comes_again(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    with receiving() as receiver:
        put_watchlist(settings, publisher, webhook(receiver.url))
        with delivering(settings):
            for number in (1, 1, 2, 1):
                raise_alert(settings, publisher, alert(number))
            wait_until(queue, State.DELIVERED, 2)
        # The last record of the partition is taken in too, by a delivery that starts where the first ended.
        raise_alert(settings, publisher, alert(3))
        with delivering(settings):
            wait_until(queue, State.DELIVERED, 3)
    told = [request.id for request in receiver.received]
    # The first two may overtake each other: they wait together, and are delivered side by side.
    assert sorted(told[:2]) == sorted(alert(number).id for number in (1, 2))
    assert told[2:] == [alert(3).id]


def test_the_newest_version_of_a_watchlist_says_who_is_told(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    with receiving() as old, receiving() as new:
        put_watchlist(settings, publisher, webhook(old.url))
        put_watchlist(settings, publisher, webhook(new.url))
        raise_alert(settings, publisher, alert(1))
        with delivering(settings):
            wait_until(queue, State.DELIVERED, 1)
            put_watchlist(settings, publisher, webhook(old.url))
            wait_for("the watchlist", lambda: queue.targets("w-1") == [webhook(old.url)])
            raise_alert(settings, publisher, alert(2))
            wait_until(queue, State.DELIVERED, 2)
    assert [request.id for request in new.received] == [alert(1).id]
    assert [request.id for request in old.received] == [alert(2).id]


def test_a_watchlist_of_a_later_version_of_the_contract_changes_no_targets(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    with receiving() as receiver, delivering(settings):
        put_watchlist(settings, publisher, webhook(receiver.url))
        value = Watchlist(watchlist_id="w-1", owner="desk-a").model_dump_json().encode()
        later = [(SCHEMA_VERSION_HEADER, b"2")]
        publisher.send(topics.WATCHLISTS.full_name(settings), "w-1", value, headers=later)
        publisher.flush()
        raise_alert(settings, publisher, alert())
        receiver.wait_for(1)
        assert queue.targets("w-1") == [webhook(receiver.url)]


@pytest.mark.parametrize(
    ("told", "passed_on"),
    [
        (f"00-{'a1' * 16}-{'b2' * 8}-01", True),
        (f"00-{'0' * 32}-{'b2' * 8}-01", False),
        ("x\r\nhost: elsewhere", False),
    ],
)
def test_the_trace_of_an_alert_reaches_its_receiver_where_it_is_one(
    settings: Settings, publisher: Publisher, told: str, passed_on: bool
) -> None:
    with receiving() as receiver, delivering(settings):
        put_watchlist(settings, publisher, webhook(receiver.url))
        raise_alert(settings, publisher, alert(), headers=((TRACEPARENT, told.encode()),))
        receiver.wait_for(1)
    assert receiver.received[0].headers.get("traceparent") == (told if passed_on else None)


def test_deleting_a_watchlist_cancels_what_waits(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    with receiving(answer(500)) as receiver:
        put_watchlist(settings, publisher, webhook(receiver.url))
        raise_alert(settings, publisher, alert())
        with delivering(settings):
            receiver.wait_for(1)
            delete_watchlist(settings, publisher)
            wait_until(queue, State.CANCELLED, 1)
    assert queue.targets("w-1") == []


def test_an_alert_that_overtakes_its_watchlist_waits_for_it(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    with receiving() as receiver, delivering(settings):
        raise_alert(settings, publisher, alert())
        put_watchlist(settings, publisher, webhook(receiver.url))
        receiver.wait_for(1)
        wait_until(queue, State.DELIVERED, 1)


def test_an_alert_of_a_watchlist_that_is_gone_stops_nobody(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets_module, "MISSING_SECONDS_MAX", 0.0)
    with receiving() as receiver:
        put_watchlist(settings, publisher, webhook(receiver.url))
        raise_alert(settings, publisher, alert(1, "gone"))
        raise_alert(settings, publisher, alert(1))
        with delivering(settings):
            wait_until(queue, State.DELIVERED, 1)
    assert [request.id for request in receiver.received] == [alert(1).id]


def test_records_that_are_neither_watchlists_nor_alerts_are_passed_over(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    with receiving() as receiver, capture_logs() as logs:
        put_watchlist(settings, publisher, webhook(receiver.url))
        bad = f'{{"watchlist_id": "w-1", "deliver": [{{"kind": "webhook", "secret": "{SECRET}"}}]}}'
        publisher.send(topics.WATCHLISTS.full_name(settings), "w-1", bad.encode())
        raise_alert(settings, publisher, alert(1), b'{"id": 1}')
        raise_alert(settings, publisher, alert(1), b"")
        raise_alert(settings, publisher, alert(2))
        with delivering(settings):
            wait_until(queue, State.DELIVERED, 1)
    assert [log["event"] for log in logs].count("a record is no alert") == 2
    assert [log["event"] for log in logs].count("watchlist refused") == 1
    assert SECRET not in str(logs)


def test_nothing_is_acknowledged_while_the_queue_is_full(
    settings: Settings, publisher: Publisher, tmp_path: Path
) -> None:
    put_watchlist(settings, publisher, webhook())
    for number in range(3):
        raise_alert(settings, publisher, alert(number))
    with DeliveryQueue(tmp_path / "small.sqlite", pending_max=3) as queue:
        queue.enqueue(alert(99, "w-2"), webhook(), SystemClock().now())
        consumer, over = AlertConsumer(settings, queue, SystemClock(), lambda: None), threading.Event()
        thread = threading.Thread(target=consumer.run, args=(over,))
        with capture_logs() as logs:
            thread.start()
            wait_for("a full queue", lambda: "delivery waits: its queue is full" in str(logs))
            for batch in queue.due(SystemClock().now()):
                queue.succeed(batch, SystemClock().now())
            wait_until(queue, State.PENDING, 3)
            over.set()
            thread.join()


def test_a_delivery_without_a_broker_waits_and_ends_when_told(settings: Settings) -> None:
    away = settings.model_copy(update={"broker": "127.0.0.1:9"})
    with capture_logs() as logs, delivering(away):
        wait_for("a warning", lambda: "waiting for the broker" in str(logs))


def test_trouble_with_the_queue_ends_the_delivery_with_its_reason(
    settings: Settings, publisher: Publisher
) -> None:
    def spoil(handler: BaseHTTPRequestHandler) -> None:
        with closing(sqlite3.connect(settings.data_dir / QUEUE_FILE)) as connection:
            connection.execute("DROP TABLE deliveries")
        answer(200)(handler)

    with receiving(spoil) as receiver:
        put_watchlist(settings, publisher, webhook(receiver.url))
        raise_alert(settings, publisher, alert())
        with pytest.raises(ExceptionGroup) as caught:
            run_delivery(settings, threading.Event(), LOOPBACK)
    assert "no such table: deliveries" in str(caught.value.exceptions)


def test_a_delivery_that_is_killed_loses_no_alert(
    settings: Settings, publisher: Publisher, queue: DeliveryQueue
) -> None:
    released = threading.Event()

    def hold(handler: BaseHTTPRequestHandler) -> None:
        released.wait(60)
        answer(200)(handler)

    alerts = [alert(number) for number in range(20)]
    with receiving(hold, hold, answer(200)) as receiver:
        put_watchlist(settings, publisher, webhook(receiver.url))
        for one in alerts:
            raise_alert(settings, publisher, one)
        environment = {
            "GIANTS_BROKER": settings.require_broker(),
            "GIANTS_BROKER_QUIRKS": settings.broker_quirks,
            "GIANTS_TOPIC_PREFIX": settings.topic_prefix,
            "GIANTS_PARTITIONS": str(settings.partitions),
            "GIANTS_DATA_DIR": str(settings.data_dir),
            "GIANTS_WEBHOOK_ALLOW_PRIVATE": "true",
        }
        process = subprocess.Popen([sys.executable, "-m", "tests.delivery.process"], env=environment)
        receiver.wait_for(3)
        process.kill()
        process.wait()
        released.set()
        with delivering(settings):
            wait_until(queue, State.DELIVERED, len(alerts))
    assert {(request.id, request.body) for request in receiver.received} == {
        (one.id, one.model_dump_json().encode()) for one in alerts
    }
