"""Metrics of requests and of the store, for Prometheus."""

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from giants.store.writer import WriterState

SECONDS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counts of one application, in a registry of its own."""

    def __init__(self, writer_state: Callable[[], WriterState | None]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "giants_api_requests",
            "Requests by route, method and status",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "giants_api_request_seconds",
            "Time to answer by route, seconds",
            ("route",),
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(_StoreMetrics(writer_state))


class _StoreMetrics(Collector):
    """What the writer is doing, read when it is asked for."""

    def __init__(self, writer_state: Callable[[], WriterState | None]) -> None:
        self._writer_state = writer_state

    def collect(self) -> Iterator[Metric]:
        state = self._writer_state()
        if state is None:
            return
        numbers = (
            ("giants_store_ready", "Whether records are being stored", float(state.ready)),
            ("giants_store_partitions", "Partitions that the store reads", state.partitions),
            ("giants_store_records", "Records stored since the start", state.records),
            ("giants_store_rows", "Rows inserted since the start", state.rows),
            ("giants_store_behind_records", "Records that wait to be read", state.behind),
            (
                "giants_store_insert_seconds",
                "Duration of the last insert, seconds",
                state.last_insert_seconds,
            ),
        )
        for name, about, value in numbers:
            yield GaugeMetricFamily(name, about, value)
        if state.newest_record_at is not None:
            name, about = "giants_store_newest_record_timestamp_seconds", "Instant of the newest record read"
            yield GaugeMetricFamily(name, about, state.newest_record_at.timestamp())
