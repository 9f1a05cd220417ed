"""What delivery measures: attempts by outcome, what waits and how long, targets that are gone."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from giants.delivery.batches import DeliveryBatch, Outcome, Result, Waiting
from giants.delivery.metrics import Counted, DeliveryMetrics
from giants.delivery.queue import DeliveryQueue
from schemas.facts import Email
from tests.delivery.clocks import ManualClock
from tests.delivery.samples import alert, webhook

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOTHING = Waiting(0, 0.0, 0)


@pytest.fixture
def queue(tmp_path: Path) -> DeliveryQueue:
    return DeliveryQueue(tmp_path / "queue.sqlite")


def test_the_oldest_that_waits_is_counted_from_the_time_it_was_to_leave(queue: DeliveryQueue) -> None:
    assert queue.waiting(NOW) == NOTHING
    queue.enqueue(alert(1), webhook("https://a.example/"), NOW)
    queue.enqueue(alert(2), webhook("https://a.example/"), NOW + timedelta(minutes=5))
    (batch, *_) = queue.due(NOW)
    queue.fail(batch, NOW, "HTTP 500")
    assert queue.waiting(NOW + timedelta(minutes=10)) == Waiting(2, 600.0, 0)
    queue.succeed(batch, NOW + timedelta(minutes=10))
    assert queue.waiting(NOW + timedelta(minutes=10)) == Waiting(1, 300.0, 0)


def test_a_digest_that_leaves_tomorrow_is_not_late(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), Email(kind="email", to="desk@a.example", digest="daily"), NOW)
    assert queue.waiting(NOW + timedelta(hours=1)) == Waiting(1, 0.0, 0)


def test_a_target_whose_receiver_is_gone_is_counted_until_it_is_taken_off(queue: DeliveryQueue) -> None:
    target = webhook("https://a.example/")
    queue.enqueue(alert(1), target, NOW)
    (batch,) = queue.due(NOW)
    queue.disable(batch, NOW, "HTTP 410")
    assert queue.waiting(NOW).targets_disabled == 1
    queue.set_targets(alert(1).watchlist_id, [], NOW)
    assert queue.waiting(NOW) == NOTHING


class Scripted:
    """A transport that does as it is told."""

    def __init__(self, *script: Outcome | Exception) -> None:
        self._script = list(script)

    async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        told = self._script.pop(0)
        if isinstance(told, Exception):
            raise told
        return told


def test_attempts_are_counted_by_what_came_of_them_also_where_one_breaks_down(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), webhook("https://a.example/"), NOW)
    (batch,) = queue.due(NOW)
    metrics = DeliveryMetrics(lambda: NOTHING)
    script = (Outcome(Result.DELIVERED, ""), Outcome(Result.GONE, "HTTP 410"), ValueError("a defect"))
    transport = Counted(Scripted(*script), metrics)

    async def attempt() -> None:
        await transport.send(batch, NOW)
        await transport.send(batch, NOW)
        with pytest.raises(ValueError, match="a defect"):
            await transport.send(batch, NOW)

    asyncio.run(attempt())
    counted = {
        sample.labels["result"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "giants_delivery_attempts_total"
    }
    assert counted == {"delivered": 1.0, "gone": 1.0, "failed": 1.0}


@pytest.mark.parametrize("result", [Result.DELIVERED, Result.FAILED])
def test_what_an_alert_took_is_measured_once_a_webhook_has_it(queue: DeliveryQueue, result: Result) -> None:
    one = alert(1)
    queue.enqueue(one, webhook("https://a.example/"), NOW)
    queue.enqueue(alert(2), webhook("https://b.example/"), NOW, b"no alert")
    metrics = DeliveryMetrics(lambda: NOTHING)
    clock = ManualClock(max(NOW, one.at) + timedelta(seconds=4))
    batches = queue.due(NOW)
    assert [batch.watchlists for batch in batches] == [("w-1",), ("w-1",)]
    sender = Counted(Scripted(*[Outcome(result)] * 2), metrics, clock)
    for batch in batches:
        assert asyncio.run(sender.send(batch, NOW)).result is result
    taken = metrics.registry.get_sample_value("giants_fact_to_delivery_seconds_sum")
    count = metrics.registry.get_sample_value("giants_fact_to_delivery_seconds_count")
    if result is Result.DELIVERED:
        assert (count, taken) == (1.0, (clock.now() - one.at).total_seconds())
    else:
        assert count == 0.0
