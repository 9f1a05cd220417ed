"""What delivery measures, by the conventions of Prometheus; receivers are never labels."""

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
        """Look at `waiting` whenever the metrics are asked for."""
        self.registry: Final = CollectorRegistry()
        self.attempts: Final = Counter(
            "giants_delivery_attempts_total",
            "Attempts to deliver, by kind of target and what came of them",
            ["kind", "result"],
            registry=self.registry,
        )
        self.registry.register(_Waiting(waiting))


class Counted:
    """A transport whose attempts are counted; one that breaks down counts as failed."""

    def __init__(self, transport: Transport, metrics: DeliveryMetrics) -> None:
        self._transport, self._metrics = transport, metrics

    async def send(self, parcel: DeliveryBatch, now: datetime) -> Outcome:
        """Make one attempt and say what came of it."""
        result = Result.FAILED
        try:
            outcome = await self._transport.send(parcel, now)
            result = outcome.result
        finally:
            self._metrics.attempts.labels(parcel.kind, result.value).inc()
        return outcome


class _Waiting(Collector):
    """What waits in the queue, counted when it is asked for."""

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
