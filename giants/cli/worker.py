"""`giants worker`: one worker process, to run by itself beside a broker."""

import typer

from agents.worker import run_worker
from giants.kafka.admin import create_topics
from giants.kafka.connection import wait_for_broker
from giants.kafka.errors import is_retriable
from giants.kafka.tracing import TRACING
from giants.logs import configure_logs
from giants.retry import retrying
from giants.settings import Settings
from giants.terminal.output import read_settings

EXAMPLES = "Examples: `GIANTS_BROKER=kafka-1:9092,kafka-2:9092 giants worker`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(worker)


def worker() -> None:
    """Run one worker: intake and agents. Start as many as the topics have partitions."""
    settings = read_settings()
    configure_logs(settings)
    TRACING.start(settings, "worker")
    _prepare_topics(settings)
    run_worker(settings)


def _prepare_topics(settings: Settings) -> None:
    """Make the topics that are missing; a broker that is away, or not ready yet, is waited for.

    What waiting cannot mend is raised: a login or right that is refused, another number of partitions.
    """
    for attempt in retrying(is_retriable, "the broker to be ready"):
        wait_for_broker(settings)
        with attempt:
            create_topics(settings)
