"""`giants worker`: one worker process, to run by itself beside a broker."""

import time
from typing import Final

import structlog
import typer
from kafka.errors import KafkaError

from agents.worker import run_worker
from giants.kafka.admin import create_topics
from giants.kafka.broker import wait_for_broker
from giants.kafka.tracing import TRACING
from giants.logs import configure_logs
from giants.settings import Settings
from giants.terminal.output import read_settings

EXAMPLES = "Examples: `GIANTS_BROKER=kafka-1:9092,kafka-2:9092 giants worker`"
RETRY_SECONDS_MIN: Final = 0.5
RETRY_SECONDS_MAX: Final = 10.0

_logger = structlog.get_logger(__name__)


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
    pause_seconds = RETRY_SECONDS_MIN
    while True:
        wait_for_broker(settings, lambda: False)
        try:
            create_topics(settings)
        except KafkaError as error:
            if not error.retriable:
                raise
            _logger.warning("broker is not ready, trying again", error=str(error), seconds=pause_seconds)
            time.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, RETRY_SECONDS_MAX)
        else:
            return
