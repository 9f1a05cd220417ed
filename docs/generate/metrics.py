"""The page of the metrics, from the registries that are served."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family

from docs.generate.markdown import code, page, table
from giants.delivery.batches import Waiting
from giants.delivery.metrics import DeliveryMetrics
from giants.domain.taxonomy_live import UnknownSymbols
from giants.health import Dependencies
from giants.kafka.metrics import KAFKA_METRICS
from giants.retry import RETRIES
from giants.store.metrics import METRICS, StoreCollector
from giants.store.writer import WriterState
from giants.web.metrics import Metrics as ApiMetrics
from streams.metrics import Metrics as WorkerMetrics

_ABOUT = """\
Workers serve metrics on `GIANTS_WORKER_PORT`, the store on `GIANTS_STORE_PORT`, delivery on
`GIANTS_DELIVERY_PORT`, the API on its own port, all under `/metrics`; the API asks for a
[key](commands.md#giants-keys-create) as for everything. Where ClickHouse is embedded the store runs in the
process of the API, and its metrics are there. Company names are never labels. Which alerts
rest on them, and what to do about each, is in [operations](operations.md#alerts). Every process measures its
processor time, memory and open files too (`process_…`). Who asks for OpenMetrics, as Prometheus does with
`--enable-feature=exemplar-storage`, gets exemplars of the times of alerts: the fact, and the trace of it."""
# What a registry appends to the name of a family, by its type.
_SUFFIXES: Final = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "gauge": ("",),
}
_AN_INSTANT: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Metric:
    """A family of time series: its base name, type, labels and meaning."""

    name: str
    kind: str
    labels: tuple[str, ...]
    about: str

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which its time series are stored."""
        return tuple(self.name + suffix for suffix in _SUFFIXES[self.kind])


def worker_metrics() -> tuple[Metric, ...]:
    """What a worker measures."""
    registry = CollectorRegistry()
    metrics = WorkerMetrics(registry)
    registry.register(Dependencies("the broker"))
    registry.register(KAFKA_METRICS.registry)
    return tuple(_found(registry, metrics))


def api_metrics() -> tuple[Metric, ...]:
    """What the API measures."""
    metrics = ApiMetrics(lambda: None, lambda: 0, lambda: UnknownSymbols((), 0, ()))
    metrics.registry.register(KAFKA_METRICS.registry)
    metrics.registry.register(Dependencies("the broker"))
    return tuple(_found(metrics.registry, metrics))


def store_metrics() -> tuple[Metric, ...]:
    """What the store measures."""
    state = WriterState(
        newest_record_at=_AN_INSTANT, newest_fact_at=_AN_INSTANT, newest_change_at=_AN_INSTANT
    )
    registry = CollectorRegistry()
    registry.register(StoreCollector(lambda: state))
    registry.register(Dependencies("the broker", "ClickHouse"))
    registry.register(KAFKA_METRICS.registry)
    return tuple(_found(registry, METRICS))


def delivery_metrics() -> tuple[Metric, ...]:
    """What delivery measures."""
    metrics = DeliveryMetrics(lambda: Waiting(0, 0.0, 0))
    metrics.registry.register(KAFKA_METRICS.registry)
    metrics.registry.register(Dependencies("the broker"))
    return tuple(_found(metrics.registry, metrics))


def all_metrics() -> dict[str, tuple[Metric, ...]]:
    """Every metric, by the title of its part."""
    return {
        "Worker": worker_metrics(),
        "Store": store_metrics(),
        "Delivery": delivery_metrics(),
        "API": api_metrics(),
    }


def metrics_page() -> str:
    """Each metric with its type and labels."""
    sections = (f"## {title}\n\n{_table(metrics)}" for title, metrics in all_metrics().items())
    return page("Metrics", _ABOUT, sections)


def _table(metrics: tuple[Metric, ...]) -> str:
    rows = (
        (
            code(metric.series[0] if metric.kind != "histogram" else metric.name),
            metric.kind,
            ", ".join(map(code, metric.labels)) or "-",
            metric.about,
        )
        for metric in metrics
    )
    return table(("metric", "type", "labels", "meaning"), rows)


def _found(registry: CollectorRegistry, metrics: object) -> Iterator[Metric]:
    labels = _labels(metrics) | _labels(KAFKA_METRICS) | {"giants_retries": tuple(RETRIES._labelnames)}
    for family in registry.collect():
        own = tuple(family.samples[0].labels) if family.type == "gauge" and family.samples else ()
        yield Metric(family.name, family.type, labels.get(family.name, own), _sentence(family))


def _labels(metrics: object) -> dict[str, tuple[str, ...]]:
    """Labels by name: a family without any time series yet does not tell them itself."""
    held = (value for value in vars(metrics).values() if hasattr(value, "_labelnames"))
    return {value.describe()[0].name: tuple(value._labelnames) for value in held}


def _sentence(family: Family) -> str:
    return str(family.documentation).rstrip(".")
