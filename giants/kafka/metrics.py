"""What consumers measure of the broker and of alerts; every process serves it beside its own metrics."""

from collections.abc import Mapping
from typing import Final

from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from giants.retry import RETRIES

# The objective is 5 seconds (docs/late-alerts.md), so that it is a limit.
ALERT_SECONDS: Final = (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 7.5, 10, 30, 60, 300, 3_600)
# OpenMetrics allows 128 characters for names and values of an exemplar.
_EXEMPLAR_CHARACTERS_MAX: Final = 64
_TRACE_ID: Final = slice(3, 35)


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
        self.positions: Final = Gauge(
            "giants_consumer_position",
            "Offset of the next record of a partition that a group has to work off, as it was committed last",
            ["group", "topic", "partition"],
            registry=self.registry,
        )
        self.newest: Final = Gauge(
            "giants_consumer_newest_record_timestamp_seconds",
            "Instant of the newest record of a topic that a group has read",
            ["group", "topic"],
            registry=self.registry,
        )
        self.alert_stages: Final = Histogram(
            "giants_alert_stage_seconds",
            "What a live alert spends in a stage: `change` from the fact to the change on its topic, `alert` "
            "to the alert on its topic, `queue` to the queue of deliveries, `delivery` to the webhook",
            ["stage"],
            buckets=ALERT_SECONDS,
            registry=self.registry,
        )
        self.registry.register(RETRIES)

    def committed(self, group: str, ends: Mapping[TopicPartition, int]) -> None:
        """Note how far a group is."""
        for partition, offset in ends.items():
            self.positions.labels(group, partition.topic, partition.partition).set(offset)


def exemplar(fact: str, trace: bytes | str | None = None) -> dict[str, str]:
    """What leads from a duration to its fact: its reference, and the trace (W3C) where it was traced."""
    known = {"fact": fact[:_EXEMPLAR_CHARACTERS_MAX]}
    if trace:
        text = trace.decode("ascii", "replace") if isinstance(trace, bytes) else trace
        known["trace_id"] = text[_TRACE_ID]
    return known


KAFKA_METRICS: Final = KafkaMetrics()
