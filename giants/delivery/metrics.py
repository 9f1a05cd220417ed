"""Metrics of delivery, named by the conventions of Prometheus; receivers are never labels."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from giants.delivery.batches import DeliveryBatch, Outcome, Result, Waiting
from giants.delivery.dispatcher import Transport


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
        self.registry.register(_Waiting(waiting))


class Counted:
    """A transport whose attempts are counted; one that raises counts as failed."""

    def __init__(self, transport: Transport, metrics: DeliveryMetrics) -> None:
        self._transport, self._metrics = transport, metrics

    async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        """Make one attempt and return its outcome."""
        result = Result.FAILED
        try:
            outcome = await self._transport.send(batch, now)
            result = outcome.result
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
