"""Metrics of delivery, named by the conventions of Prometheus; receivers are never labels."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel, ValidationError

from giants.delivery.batches import DeliveryBatch, Outcome, Result, Waiting
from giants.delivery.clock import Clock, SystemClock
from giants.delivery.dispatcher import Transport
from giants.kafka.metrics import ALERT_SECONDS, KAFKA_METRICS, exemplar

_SYSTEM_CLOCK: Final = SystemClock()


class _Cause(BaseModel):
    ref: str


class _Change(BaseModel):
    backfill: bool = False
    cause: _Cause


class _AlertTimes(BaseModel):
    """What the measures need of an alert."""

    at: datetime
    change: _Change


class DeliveryMetrics:
    """Counts of one delivery process, in a registry of its own."""

    def __init__(self, waiting: Callable[[], Waiting]) -> None:
        """`waiting` is called for each scrape."""
        self.registry: Final = CollectorRegistry()
        self.attempts: Final = Counter(
            "giants_delivery_attempts_total",
            "Attempts to deliver, by kind of target and what came of them",
            ["kind", "result"],
            registry=self.registry,
        )
        self.fact_to_delivery: Final = Histogram(
            "giants_fact_to_delivery_seconds",
            "Time from the record of a live fact until a webhook has taken its alert, with all attempts",
            buckets=ALERT_SECONDS,
            registry=self.registry,
        )
        self.registry.register(_Waiting(waiting))

    def delivered(self, batch: DeliveryBatch, now: datetime) -> None:
        """Observe what the alerts of a webhook took that has them now; mail leaves when it is to leave."""
        if batch.kind != "webhook":
            return
        for delivery in batch.deliveries:
            try:
                times = _AlertTimes.model_validate_json(delivery.body)
            except ValidationError:
                continue  # it was delivered all the same
            if times.change.backfill:
                continue
            known = exemplar(times.change.cause.ref, delivery.traceparent)
            seconds = now.timestamp() - delivery.slot_ms / 1000
            KAFKA_METRICS.alert_stages.labels("delivery").observe(max(seconds, 0.0), known)
            self.fact_to_delivery.observe(max((now - times.at).total_seconds(), 0.0), known)


class Counted:
    """A transport whose attempts are counted; one that raises counts as failed."""

    def __init__(self, transport: Transport, metrics: DeliveryMetrics, clock: Clock = _SYSTEM_CLOCK) -> None:
        self._transport, self._metrics, self._clock = transport, metrics, clock

    async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        """Make one attempt and return its outcome."""
        result = Result.FAILED
        try:
            outcome = await self._transport.send(batch, now)
            result = outcome.result
            if result is Result.DELIVERED:
                self._metrics.delivered(batch, self._clock.now())
        finally:
            self._metrics.attempts.labels(batch.kind, result.value).inc()
        return outcome


class _Waiting(Collector):
    """Pending deliveries, counted for each scrape."""

    def __init__(self, waiting: Callable[[], Waiting]) -> None:
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        waiting = self._waiting()
        numbers = (
            ("giants_delivery_waiting", "Deliveries that wait", waiting.deliveries),
            (
                "giants_delivery_oldest_waiting_seconds",
                "How long the oldest delivery waits beyond the time it was to leave",
                waiting.oldest_seconds,
            ),
            (
                "giants_delivery_targets_disabled",
                "Targets of watchlists that take nothing since their receiver is gone",
                waiting.targets_disabled,
            ),
        )
        for name, about, value in numbers:
            yield GaugeMetricFamily(name, about, value)
