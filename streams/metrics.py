"""What a worker measures, named by the conventions of Prometheus; company names are never labels."""

from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from giants.kafka.metrics import ALERT_SECONDS

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_FRAMES: Final = (1, 2, 5, 10, 20, 50, 100)


class Metrics:
    """Every metric of a worker; one object for a process."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry: Final = registry
        self.inputs: Final = Counter(
            "giants_input_records_total", "Input records that intake has read", ["topic"], registry=registry
        )
        self.dead_letters: Final = Counter(
            "giants_dead_letters_total",
            "Input records that were refused, by class of reason",
            ["topic", "reason"],
            registry=registry,
        )
        self.newest_input: Final = Gauge(
            "giants_newest_input_timestamp_seconds",
            "Instant of the newest input record that intake has read",
            ["topic"],
            registry=registry,
        )
        self.frames: Final = Counter(
            "giants_frames_processed_total",
            "Frames that the agent of a log has processed",
            ["log"],
            registry=registry,
        )
        self.processed_offset: Final = Gauge(
            "giants_processed_offset",
            "Offset of the newest frame of a partition whose outputs and state are durable, by log",
            ["log", "partition"],
            registry=registry,
        )
        self.batch_frames: Final = Histogram(
            "giants_batch_frames",
            "Frames that were processed and committed together",
            ["log"],
            buckets=_FRAMES,
            registry=registry,
        )
        self.outputs: Final = Counter(
            "giants_output_records_total",
            "Records that the agent of a log has sent",
            ["log"],
            registry=registry,
        )
        self.process_seconds: Final = Histogram(
            "giants_processing_duration_seconds",
            "Time to process a batch of frames",
            ["log"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.send_seconds: Final = Histogram(
            "giants_send_duration_seconds",
            "Time until the outputs of a batch of frames are durable",
            ["log"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.changelog_seconds: Final = Histogram(
            "giants_changelog_write_duration_seconds",
            "Time until the changelog holds the state after a batch of frames",
            ["log"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.recovering: Final = Gauge(
            "giants_recovering_partitions",
            "Partitions that are assigned here and whose state is not read yet",
            ["log"],
            registry=registry,
        )
        self.topic_differences: Final = Gauge(
            "giants_topic_settings_wrong",
            "Settings of topics that are not as the stream needs them, as of the start of the worker",
            registry=registry,
        )
        self.alerts: Final = Counter("giants_alerts_total", "Alerts that were raised", registry=registry)
        self.fact_to_alert: Final = Histogram(
            "giants_fact_to_alert_seconds",
            "Time from the record of a live fact to the alert on its topic: 99 % are to take up to 5 seconds",
            buckets=ALERT_SECONDS,
            registry=registry,
        )
        self.watchlists: Final = Gauge("giants_watchlists", "Watchlists in force", registry=registry)
        self.counterparties: Final = Gauge(
            "giants_counterparties", "Entries of portfolios in force", registry=registry
        )


METRICS: Final = Metrics()
