"""`giants worker`: one worker process, to run by itself beside a broker."""

import typer

from agents.worker import run_worker
from giants.health import Dependencies
from giants.kafka.admin import create_topics
from giants.kafka.connection import broker_listens
from giants.kafka.embedded_quirks import has_quirks
from giants.kafka.errors import UnreachableBrokerError, is_retriable
from giants.kafka.stream_state import check_partition_count
from giants.kafka.topic_monitor import BROKER
from giants.kafka.topic_settings import warn_of_differences
from giants.kafka.tracing import TRACING
from giants.logs import configure_logs
from giants.retry import retrying
from giants.settings import Settings
from giants.terminal.output import read_settings
from streams.health import worker_health
from streams.metrics import METRICS

EXAMPLES = "Examples: `GIANTS_BROKER=kafka-1:9092,kafka-2:9092 giants worker`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(worker)


def worker() -> None:
    """Run one worker: intake and agents. Start as many as the topics have partitions."""
    settings = read_settings()
    configure_logs(settings)
    TRACING.start(settings, "worker")
    with worker_health(settings) as health:
        _prepare_topics(settings, health.dependencies)
        run_worker(settings, health)


def _prepare_topics(settings: Settings, dependencies: Dependencies) -> None:
    """Make the topics that are missing; a broker that is away, or not ready yet, is waited for.

    What waiting cannot mend is raised: a login or right that is refused, another number of partitions.
    """
    for attempt in retrying(is_retriable, BROKER, notify=dependencies.notify(BROKER)):
        with attempt:
            if not broker_listens(settings):
                raise UnreachableBrokerError(settings.broker, "nothing listens there")
            create_topics(settings)
            if not has_quirks(settings):
                check_partition_count(settings)
                METRICS.topic_differences.set(len(warn_of_differences(settings)))
    dependencies.is_there(BROKER)
