"""Metrics of the store, named by the conventions of Prometheus."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from giants.store.writer import WriterState

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# The target is 1.5 seconds at the 99th percentile.
_FRESHNESS_SECONDS: Final = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0)
_ROWS: Final = (1, 10, 100, 1_000, 10_000, 100_000)


class StoreMetrics:
    """Histograms of one process; a batch is all that is inserted before a commit."""

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        self.batch_seconds: Final = Histogram(
            "giants_store_batch_duration_seconds",
            "Time to insert and commit a batch",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.batch_rows: Final = Histogram(
            "giants_store_batch_rows", "Rows of a batch", buckets=_ROWS, registry=self.registry
        )
        self.freshness_seconds: Final = Histogram(
            "giants_store_freshness_seconds",
            "Time from a live change on its topic to its row in ClickHouse; loads and rebuilds are left out",
            buckets=_FRESHNESS_SECONDS,
            registry=self.registry,
        )

    def stored(self, rows: int, seconds: float, live_changes_at_ms: Sequence[int] = ()) -> None:
        """Count a batch that was committed now; live changes by when they were written to their topics."""
        self.batch_rows.observe(rows)
        self.batch_seconds.observe(seconds)
        now_ms = 1000 * time.time()
        for at_ms in live_changes_at_ms:
            self.freshness_seconds.observe(max(now_ms - at_ms, 0.0) / 1000)


METRICS: Final = StoreMetrics()


class StoreCollector(Collector):
    """Metrics of the writer of this process, read for each scrape; none where no writer runs here."""

    def __init__(self, writer_state: "Callable[[], WriterState | None]") -> None:
        self._writer_state = writer_state

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        state = self._writer_state()
        if state is None:
            return
        yield from METRICS.registry.collect()
        yield CounterMetricFamily("giants_store_records", "Records stored", state.records)
        yield CounterMetricFamily("giants_store_rows", "Rows inserted", state.rows)
        numbers = (
            ("giants_store_ready", "Whether records are being stored", float(state.ready)),
            ("giants_store_partitions", "Partitions that the store reads", state.partitions),
            ("giants_store_consumer_lag_records", "Records that wait to be read", state.behind),
        )
        for name, about, value in numbers:
            yield GaugeMetricFamily(name, about, value)
        instants = (
            ("record", "Instant of the newest record read", state.newest_record_at),
            ("fact", "Instant of the newest fact read", state.newest_fact_at),
            ("change", "Instant of the newest change read", state.newest_change_at),
        )
        for what, about, at in instants:
            if at is not None:
                name = f"giants_store_newest_{what}_timestamp_seconds"
                yield GaugeMetricFamily(name, about, at.timestamp())
