"""`giants worker`: one worker process, to run by itself beside a broker."""

import typer

from giants.cli.output import read_settings
from streams.admin import create_topics
from streams.app import run_worker

EXAMPLES = "Examples: `GIANTS_BROKER=kafka-1:9092,kafka-2:9092 giants worker`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(worker)


def worker() -> None:
    """Run one worker: intake and agents. Start as many as the topics have partitions."""
    settings = read_settings()
    create_topics(settings)
    run_worker(settings)
