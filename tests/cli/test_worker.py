"""`giants worker` by itself: a broker that is away when it starts is waited for."""

import sys
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from giants.embedded.broker import LOOPBACK, free_port, start_broker
from giants.embedded.process import Child
from giants.kafka import topics
from giants.kafka.connection import client_options
from giants.settings import Settings
from tests.broker import embedded
from tests.waiting import wait_for

STOP_SECONDS_MAX = 60.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return embedded(f"{LOOPBACK}:{free_port()}", data_dir=tmp_path / "data", partitions=2)


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[Child]:
    environment = {
        "GIANTS_BROKER": settings.require_broker(),
        "GIANTS_BROKER_QUIRKS": settings.broker_quirks,
        "GIANTS_DATA_DIR": str(settings.data_dir),
        "GIANTS_PARTITIONS": str(settings.partitions),
        "GIANTS_CLOCK": "false",
    }
    command = [sys.executable, "-m", "giants.cli", "worker"]
    child = Child("worker", command, environment, tmp_path / "worker.log")
    child.start()
    yield child
    child.stop(STOP_SECONDS_MAX)


def port_of(settings: Settings) -> int:
    return int(settings.require_broker().rpartition(":")[2])


def there(settings: Settings) -> set[str]:
    admin = KafkaAdminClient(**client_options(settings))
    try:
        return set(admin.list_topics())
    except KafkaError:
        return set()
    finally:
        admin.close()


def test_a_worker_waits_for_its_broker_and_says_so(settings: Settings, worker: Child, tmp_path: Path) -> None:
    wait_for("the worker to say what it waits for", lambda: "waiting for the broker" in log(worker))
    broker = start_broker(tmp_path / "broker.log", port_of(settings))
    try:
        wanted = {topic.full_name(settings) for topic in topics.ALL}
        wait_for("the topics", lambda: wanted <= there(settings))
        assert worker.running
        assert worker.stop(STOP_SECONDS_MAX)
    finally:
        broker.stop()


def test_a_worker_waits_while_what_listens_there_hangs_up(settings: Settings, worker: Child) -> None:
    with socket() as listener:
        listener.bind((LOOPBACK, port_of(settings)))
        listener.listen()
        listener.settimeout(1)
        wait_for("several tries", lambda: _hang_up(listener) and "waiting for the broker" in log(worker))
        assert worker.running


def log(worker: Child) -> str:
    return worker.log_file.read_text() if worker.log_file.exists() else ""


def _hang_up(listener: socket) -> bool:
    try:
        listener.accept()[0].close()
    except TimeoutError:
        return True
    return True
