"""The dispatcher: every alert arrives in the end, whatever the receivers do and whenever the process dies."""

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from giants.delivery.addresses import Guard
from giants.delivery.batches import DeliveryBatch, Outcome, Result, State
from giants.delivery.clock import SystemClock
from giants.delivery.dispatcher import Dispatcher, Post, Transport
from giants.delivery.mail import MailSender
from giants.delivery.queue import DeliveryQueue
from giants.delivery.schedule import ATTEMPTS_MAX
from giants.delivery.settings import DeliverySettings
from giants.delivery.upkeep import DELIVERED_DAYS_KEPT
from giants.delivery.webhook import WebhookSender
from tests.delivery.clocks import ManualClock, deliver_all
from tests.delivery.receivers import answer, hang_up, receiving
from tests.delivery.samples import NOON, SECRET, alert, daily, webhook


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "delivery.sqlite"


@pytest.fixture
def queue(path: Path) -> Iterator[DeliveryQueue]:
    with DeliveryQueue(path) as queue:
        yield queue


@dataclass(slots=True)
class Scripted:
    """A transport in memory: gives outcomes in turn, then the last one for ever."""

    outcomes: list[Outcome | Exception]
    sent: list[tuple[datetime, DeliveryBatch]] = field(default_factory=list)

    async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        self.sent.append((now, batch))
        outcome = self.outcomes[min(len(self.sent), len(self.outcomes)) - 1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def run(queue: DeliveryQueue, transport: Transport, clock: ManualClock | None = None) -> ManualClock:
    clock = clock or ManualClock()
    asyncio.run(deliver_all(queue, transport, clock))
    return clock


def run_over_http(queue: DeliveryQueue) -> None:
    """Deliver all with a transport that really sends."""

    async def deliver() -> None:
        webhooks = WebhookSender(Guard(allow_private=True))
        await deliver_all(queue, Post(webhooks, MailSender(DeliverySettings())), ManualClock())
        await webhooks.close()

    asyncio.run(deliver())


def test_receivers_that_fail_on_purpose_get_every_alert_in_the_end_exactly_as_sent(
    queue: DeliveryQueue,
) -> None:
    failing = [
        hang_up,
        answer(500),
        answer(503, retry_after="7"),
        answer(302, location="http://127.0.0.1:9/"),
        answer(404, b"x" * 5_000),
    ]
    alerts = [alert(number) for number in range(12)]
    with receiving(*failing * 4, answer(200)) as receiver, receiving() as steady:
        for one in alerts:
            queue.enqueue(one, webhook(receiver.url), NOON)
            queue.enqueue(one, webhook(steady.url), NOON)
        run_over_http(queue)
    assert queue.counts()[State.DELIVERED] == 2 * len(alerts)
    expected = {one.id: one.model_dump_json().encode() for one in alerts}
    assert {request.id: request.body for request in steady.received} == expected
    assert Counter(request.id for request in steady.received) == Counter(list(expected))
    # Every attempt, also those that failed, carried the same id, the same bytes and a good signature.
    assert {(request.id, request.body) for request in receiver.received} == set(expected.items())
    assert all(request.is_signed for request in receiver.received + steady.received)
    assert len(receiver.received) == len(failing) * 4 + len(alerts)


def test_attempts_spread_over_days_and_then_the_delivery_is_listed_as_failed(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    transport = Scripted([Outcome(Result.FAILED, "answered 500: no token-in-path, ask ann@desk.example")])
    run(queue, transport)
    instants = [now for now, _ in transport.sent]
    assert len(instants) == ATTEMPTS_MAX
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(instants)]
    assert gaps[:6] == sorted(gaps[:6])
    assert timedelta(days=2) < instants[-1] - instants[0] < timedelta(days=5)
    (failed,) = queue.list_deliveries(State.FAILED)
    assert failed.reason == "answered 500: no …, ask …@desk.example"


def test_a_failed_delivery_that_is_sent_again_arrives_under_the_same_id(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    clock = run(queue, Scripted([Outcome(Result.REFUSED, "no")]))
    (failed,) = queue.list_deliveries(State.FAILED)
    queue.resend(failed.delivery_id, clock.now())
    transport = Scripted([Outcome(Result.DELIVERED)])
    run(queue, transport, clock)
    assert [batch.deliveries[0].alert_id for _, batch in transport.sent] == [alert().id]
    assert queue.counts()[State.DELIVERED] == 1


def test_gone_ends_everything_for_this_receiver(queue: DeliveryQueue) -> None:
    with receiving(answer(410)) as receiver:
        queue.enqueue(alert(0), webhook(receiver.url), NOON)
        run_over_http(queue)
        for number in (1, 2):
            queue.enqueue(alert(number), webhook(receiver.url), NOON)
        run_over_http(queue)
    assert len(receiver.received) == 1
    assert [failed.reason for failed in queue.list_deliveries(State.FAILED)] == ["answered 410 Gone"] * 3


def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    transport = Scripted([Outcome(Result.FAILED, "busy", asked_seconds=3_600), Outcome(Result.DELIVERED)])
    run(queue, transport)
    first, second = (now for now, _ in transport.sent)
    assert second - first == timedelta(hours=1)


def test_a_digest_leaves_as_one_batch_at_its_hour(queue: DeliveryQueue) -> None:
    for number in range(5):
        queue.enqueue(alert(number), daily(), NOON)
    transport = Scripted([Outcome(Result.DELIVERED)])
    run(queue, transport)
    ((leaves_at, batch),) = transport.sent
    assert (leaves_at - NOON, len(batch.deliveries)) == (timedelta(hours=18), 5)


def test_a_defect_of_a_transport_stops_nobody_elses_alerts(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), webhook("https://odd.example/"), NOON)
    queue.enqueue(alert(2), webhook("https://plain.example/"), NOON)
    with capture_logs() as logs:
        run(queue, Scripted([ZeroDivisionError(), Outcome(Result.DELIVERED)]))
    assert queue.counts()[State.DELIVERED] == 2
    assert [log["target"] for log in logs if log["log_level"] == "error"] == ["https://odd.example/…"]


def test_trouble_with_the_queue_ends_the_dispatcher(queue: DeliveryQueue) -> None:
    class Closing:
        async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
            queue.close()
            return Outcome(Result.DELIVERED)

    queue.enqueue(alert(), webhook(), NOON)
    with pytest.raises(ExceptionGroup):
        run(queue, Closing())


def test_neither_secrets_nor_paths_of_receivers_are_logged(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    with capture_logs() as logs:
        run(queue, Scripted([ZeroDivisionError(), Outcome(Result.FAILED, "no"), Outcome(Result.DELIVERED)]))
    assert len(logs) == 4
    assert SECRET not in str(logs)
    assert "token-in-path" not in str(logs)


def test_what_was_delivered_long_ago_is_forgotten(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), webhook(), NOON)
    clock = run(queue, Scripted([Outcome(Result.DELIVERED)]))
    clock.time += timedelta(days=DELIVERED_DAYS_KEPT + 1)
    queue.enqueue(alert(2), webhook(), clock.now())
    run(queue, Scripted([Outcome(Result.DELIVERED)]), clock)
    assert queue.counts()[State.DELIVERED] == 1


def test_what_is_put_in_while_the_dispatcher_runs_leaves_at_once(queue: DeliveryQueue) -> None:
    async def scenario(url: str, arrived: Callable[[], bool]) -> None:
        stop, sender = asyncio.Event(), WebhookSender(Guard(allow_private=True))
        dispatcher = Dispatcher(queue, SystemClock(), Post(sender, sender), poll_seconds=3_600)
        running = asyncio.create_task(dispatcher.run(stop))
        for number in range(3):
            queue.enqueue(alert(number), webhook(url), SystemClock().now())
            dispatcher.wake()
        await asyncio.to_thread(arrived)
        stop.set()
        await running

    def arrived() -> bool:
        receiver.wait_for(3)
        return True

    with receiving() as receiver:
        asyncio.run(scenario(receiver.url, arrived))
    assert len(receiver.received) == 3
    assert queue.counts()[State.DELIVERED] == 3


def test_a_process_that_is_killed_while_it_sends_sends_again_under_the_same_id(
    queue: DeliveryQueue, path: Path
) -> None:
    released = threading.Event()

    def hold(handler: BaseHTTPRequestHandler) -> None:
        released.wait(60)
        answer(200)(handler)

    def worker() -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-m", "tests.delivery.worker", str(path)])

    with receiving(hold, answer(200)) as receiver:
        queue.enqueue(alert(), webhook(receiver.url), NOON)
        first = worker()
        receiver.wait_for(1)
        first.kill()
        first.wait()
        assert queue.counts()[State.PENDING] == 1
        second = worker()
        receiver.wait_for(2)
        # The worker has nothing else to do: once this is on disk, it is idle.
        while queue.next_due_at() is not None:
            assert second.poll() is None
        released.set()
        second.kill()
        second.wait()
    assert {(request.id, request.body) for request in receiver.received} == {
        (alert().id, alert().model_dump_json().encode())
    }
    assert queue.counts()[State.DELIVERED] == 1
