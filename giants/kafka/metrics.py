"""What consumers measure of the broker; every process serves it beside its own metrics."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter


class KafkaMetrics:
    """Counts of one process."""

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        self.resets: Final = Counter(
            "giants_offset_resets_total",
            "Partitions that were read from another offset than the one that was committed, by reason: "
            "`none` was committed, records before it are `deleted`, or it lies `behind_the_end`",
            ["group", "topic", "reason"],
            registry=self.registry,
        )


KAFKA_METRICS: Final = KafkaMetrics()
