"""A worker process for a test, and what the stream holds once it is through."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.lag import STREAM, WATCH, LagMonitor
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower, Message
from giants.settings import Settings


@dataclass(slots=True)
class Held:
    """The output topics, read from their beginning."""

    companies: dict[bytes, bytes] = field(default_factory=dict)
    exposures: dict[bytes, bytes] = field(default_factory=dict)
    signals: dict[bytes, bytes] = field(default_factory=dict)
    status_changes: list[Message] = field(default_factory=list)
    rating_changes: list[Message] = field(default_factory=list)
    signal_changes: list[Message] = field(default_factory=list)
    alerts: list[Message] = field(default_factory=list)
    dead_letters: list[Message] = field(default_factory=list)


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run one worker; it is ended, and must end by itself when it is asked to."""
    create_topics(settings)
    environment = {
        **os.environ,
        "GIANTS_BROKER": settings.require_broker(),
        "GIANTS_BROKER_QUIRKS": settings.broker_quirks,
        "GIANTS_TOPIC_PREFIX": settings.topic_prefix,
        "GIANTS_PARTITIONS": str(settings.partitions),
        "GIANTS_DATA_DIR": str(settings.data_dir),
        "GIANTS_CLOCK": "false",
        "GIANTS_STATE_STORE": settings.state_store,
    }
    if settings.worker_id is not None:
        environment["GIANTS_WORKER_ID"] = settings.worker_id
    log_file = Path(settings.data_dir) / "worker.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "giants.cli", "worker"], env=environment, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def publish(settings: Settings, facts: Iterable[BaseModel]) -> None:
    """Publish facts as a producer would, and return once the broker has them."""
    with Publisher(settings) as publisher:
        for fact in facts:
            publisher.send_fact(fact)


def settle(settings: Settings) -> None:
    """Wait until all that was published is through the agents, alerts included."""
    with LagMonitor(settings) as progress:
        progress.wait((*STREAM, WATCH), timeout_seconds=120)


def held(settings: Settings) -> Held:
    """What the output topics hold; of the compacted ones the latest of each key, tombstones left out."""
    result = Held()
    with Follower(settings, topics.OUTPUTS) as follower:
        for message in follower.to_end():
            _take(message, result)
    return result


def _take(message: Message, result: Held) -> None:
    compacted = {
        topics.COMPANIES.name: result.companies,
        topics.EXPOSURES.name: result.exposures,
        topics.SIGNALS.name: result.signals,
    }
    listed = {
        topics.STATUS_CHANGES.name: result.status_changes,
        topics.RATING_CHANGES.name: result.rating_changes,
        topics.SIGNAL_CHANGES.name: result.signal_changes,
        topics.ALERTS.name: result.alerts,
        topics.DEAD_LETTERS.name: result.dead_letters,
    }
    if message.topic in listed:
        listed[message.topic].append(message)
    elif message.topic in compacted:
        latest = compacted[message.topic]
        if message.value is None:
            latest.pop(message.key or b"", None)
        else:
            latest[message.key or b""] = message.value
