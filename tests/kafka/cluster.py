"""Apache Kafka for tests: a KRaft cluster of one or three brokers on loopback, from jars of Maven Central.

`python -m tests.kafka` runs one until it is interrupted, with --fetch it only fetches the jars. The
configuration is that of deploy/kafka. Tests that need Kafka are skipped where Java or the jars cannot be had,
and say why.
"""

import argparse
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from string import Template
from typing import Any, Self
from uuid import uuid4

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from giants.embedded.broker import LOOPBACK, free_port
from giants.embedded.parent_watch import bound_to_parent
from giants.kafka.admin import admin_client
from giants.settings import Settings
from tests.waiting import wait_for

DEPLOY = Path(__file__).parents[2] / "deploy" / "kafka"
HEAP_MEGABYTES_MAX = 300
START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
START_ATTEMPTS_MAX = 3
_ANSWER_MS_MAX = 5_000
# Compiled lightly and collected by one thread: a broker shares two cores with what it serves.
_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
# Where there is no other to take over, a broker that is slow to report is better waited for than shut out.
# One that was killed may register again only once its old session has ended, and gives up before by default.
_ALONE = "broker.session.timeout.ms=15000\ninitial.broker.registration.timeout.ms=180000"
BROKER_NAME = "giants-broker"
ADMIN_NAME = "giants-admin"


class Security(StrEnum):
    """How clients talk to the cluster."""

    PLAINTEXT = "PLAINTEXT"
    TLS = "SSL"  # with certificates on both sides
    SASL = "SASL_SSL"  # SCRAM over TLS


class KafkaMissingError(Exception):
    """Apache Kafka cannot be run here."""


class KafkaFailedError(Exception):
    """A broker did not start."""

    def __init__(self, node: int, log_file: Path, got: str) -> None:
        super().__init__(f"broker {node} did not start: {got}; the end of {log_file}:\n{_tail(log_file)}")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in; the name is also that of the certificate."""

    name: str
    password: str = field(repr=False)


ADMIN = User(ADMIN_NAME, "correct-horse-battery")


def kafka_version() -> str:
    """The version of the jars, as deploy/kafka/pom.xml says."""
    found = re.search(r"<kafka\.version>([0-9.]+)</kafka\.version>", (DEPLOY / "pom.xml").read_text())
    assert found is not None, "deploy/kafka/pom.xml names no version"
    return found[1]


def jars(*, told: bool = False) -> Path:
    """The folder of the jars, fetched with Maven where it is not there yet; what Maven does may be told.

    Raises `KafkaMissingError`.
    """
    java, maven = shutil.which("java"), shutil.which("mvn")
    if java is None:
        raise KafkaMissingError("no Java: Apache Kafka needs version 17 or later")
    folder = Path.home() / ".cache" / f"giants-kafka-{kafka_version()}"
    if folder.is_dir():
        return folder
    if maven is None:
        raise KafkaMissingError(f"{folder} is absent, and there is no Maven to fetch it with")
    partial = folder.with_name(f"{folder.name}.{uuid4().hex}")
    command = [maven, "-B", "-f", str(DEPLOY / "pom.xml"), "package", f"-Dgiants.kafka.folder={partial}"]
    done = subprocess.run(
        command if told else [*command, "-q", "-ntp"], capture_output=not told, text=True, check=False
    )
    if done.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        output = "see above" if told else (done.stdout + done.stderr)[-500:]
        raise KafkaMissingError(f"the jars cannot be fetched: {output}")
    try:
        partial.rename(folder)
    except OSError:  # somebody else fetched them at the same time
        shutil.rmtree(partial)
    return folder


class Authority:
    """A certificate authority of the tests, and what it issued, as PEM files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._authority = folder, trustme.CA()
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def issue(self, name: str) -> tuple[Path, Path]:
        """Issue a certificate for loopback in somebody's name, once; returns certificate and key."""
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        if key.exists():
            return certificate, key
        issued = self._authority.issue_cert(LOOPBACK, common_name=name)
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        # Java reads keys in the form of PKCS 8 alone.
        private = load_pem_private_key(issued.private_key_pem.bytes(), None)
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, key

    def bundle(self, name: str) -> Path:
        """Issue a certificate and key in one file, as brokers want them."""
        certificate, key = self.issue(name)
        both = self._folder / f"{name}.bundle.pem"
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
        return both


@dataclass(slots=True)
class Broker:
    """One broker: its folder, ports and process."""

    node: int
    folder: Path
    client_port: int
    broker_port: int
    controller_port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients reach it, host:port."""
        return f"{LOOPBACK}:{self.client_port}"

    @property
    def properties_file(self) -> Path:
        """Its configuration."""
        return self.folder / "broker.properties"

    @property
    def log_file(self) -> Path:
        """What it prints."""
        return self.folder / "broker.log"

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None


class KafkaCluster:
    """A cluster on loopback; a context manager. `users` may log in where `security` asks for it."""

    def __init__(
        self,
        folder: Path,
        brokers: int = 1,
        security: Security = Security.PLAINTEXT,
        users: Sequence[User] = (),
    ) -> None:
        self._jars = jars()
        self._security = security
        self._users = (ADMIN, *users)
        self._cluster_id = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        self.authority = Authority(folder / "certificates")
        self.brokers = [
            Broker(node, folder / f"broker-{node}", free_port(), free_port(), free_port())
            for node in range(1, brokers + 1)
        ]

    @property
    def bootstrap(self) -> str:
        """Addresses of all brokers, by commas."""
        return ",".join(broker.address for broker in self.brokers)

    @property
    def replicas(self) -> int:
        """How many copies topics may have."""
        return min(3, len(self.brokers))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def settings(self, user: User = ADMIN, **others: Any) -> Settings:
        """Give settings that reach the cluster as somebody."""
        return Settings.model_validate(
            self._connection(user) | {"replication_factor": self.replicas} | others
        )

    def start(self) -> None:
        """Prepare and start every broker; returns once the cluster answers with all of them."""
        try:
            for broker in self.brokers:
                self._format(broker)
            for broker in self.brokers:
                self._launch(broker)
            self.wait_until_complete()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every broker; a cluster ends at once when all are told."""
        for broker in self.brokers:
            if broker.running and broker.process is not None:
                broker.process.terminate()
        for broker in self.brokers:
            _end(broker)

    def kill(self, node: int) -> None:
        """Kill a broker with SIGKILL."""
        broker = self._broker(node)
        assert broker.process is not None, f"broker {node} was never started"
        broker.process.kill()
        broker.process.wait()

    def bring_back(self, node: int) -> None:
        """Start a broker that ended on what it left; `wait_until_complete` tells when it is in again."""
        broker = self._broker(node)
        assert not broker.running, f"broker {node} is running"
        self._launch(broker)

    def wait_until_complete(self) -> None:
        """Return once every broker that runs is in the cluster, and no copy of a partition is behind.

        Raises `KafkaFailedError`.
        """
        wait_for("every broker to be in the cluster", self._is_complete, START_SECONDS_MAX)

    def _is_complete(self) -> bool:
        for broker in self.brokers:
            if broker.process is not None and not broker.running:
                got = f"it ended with status {broker.process.returncode}"
                raise KafkaFailedError(broker.node, broker.log_file, got)
        wanted = sum(broker.running for broker in self.brokers)
        # The client leaves sockets open where a connection is refused.
        if not all(_listens(broker) for broker in self.brokers if broker.running):
            return False
        try:
            admin = admin_client(self.settings(), _ANSWER_MS_MAX)
        except KafkaError:
            return False
        try:
            return len(admin.describe_cluster()["brokers"]) == wanted and _in_sync(admin, wanted)
        except KafkaError:
            return False
        finally:
            admin.close()

    def _broker(self, node: int) -> Broker:
        return next(broker for broker in self.brokers if broker.node == node)

    def _connection(self, user: User) -> dict[str, Any]:
        options: dict[str, Any] = {"broker": self.bootstrap, "broker_security": self._security.value}
        if self._security is Security.PLAINTEXT:
            return options
        options["broker_ca_file"] = self.authority.file
        if self._security is Security.TLS:
            certificate, key = self.authority.issue(user.name)
            return options | {"broker_cert_file": certificate, "broker_key_file": key}
        return options | {"broker_username": user.name, "broker_password": user.password}

    def _format(self, broker: Broker) -> None:
        """Write the configuration and prepare the storage."""
        broker.folder.mkdir(parents=True, exist_ok=True)
        broker.properties_file.write_text(self._configuration(broker), encoding="utf-8")
        arguments = ["format", f"--cluster-id={self._cluster_id}", f"--config={broker.properties_file}"]
        if self._security is Security.SASL:
            for user in self._users:
                arguments += ["--add-scram", f"SCRAM-SHA-512=[name={user.name},password={user.password}]"]
        with broker.log_file.open("ab") as log:
            done = subprocess.run(
                self._java("kafka.tools.StorageTool", arguments), stdout=log, stderr=log, check=False
            )
        if done.returncode != 0:
            raise KafkaFailedError(broker.node, broker.log_file, "its storage could not be prepared")

    def _configuration(self, broker: Broker) -> str:
        texts = [(DEPLOY / "broker.properties").read_text(encoding="utf-8")]
        if self._security is not Security.PLAINTEXT:
            texts.append((DEPLOY / "broker.tls.properties").read_text(encoding="utf-8"))
        if len(self.brokers) == 1:
            texts.append(_ALONE)
        return Template("\n".join(texts)).substitute(self._words(broker))

    def _words(self, broker: Broker) -> Mapping[str, str | int]:
        voters = [f"{one.node}@{LOOPBACK}:{one.controller_port}" for one in self.brokers]
        words: dict[str, str | int] = {
            "node": broker.node,
            "voters": ",".join(voters),
            "data": str(broker.folder / "data"),
            "client_address": broker.address,
            "broker_address": f"{LOOPBACK}:{broker.broker_port}",
            "controller_address": f"{LOOPBACK}:{broker.controller_port}",
            "client_protocol": self._security.value,
            "inside_protocol": "PLAINTEXT" if self._security is Security.PLAINTEXT else "SSL",
            "replicas": self.replicas,
            "in_sync_replicas": max(1, self.replicas - 1),
        }
        if self._security is not Security.PLAINTEXT:
            words["authority"] = str(self.authority.file)
            words["broker_certificate"] = str(self.authority.bundle(BROKER_NAME))
            words["client_auth"] = "required" if self._security is Security.TLS else "none"
        return words

    def _launch(self, broker: Broker) -> None:
        command = self._java("kafka.Kafka", [str(broker.properties_file)])
        with broker.log_file.open("ab") as log:
            broker.process = subprocess.Popen(
                bound_to_parent(command, signal.SIGKILL), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _java(self, program: str, arguments: Sequence[str]) -> list[str]:
        java = shutil.which("java")
        assert java is not None, "jars() has looked"
        logging = f"-Dlog4j2.configurationFile={DEPLOY / 'log4j2.xml'}"
        heap = f"-Xmx{HEAP_MEGABYTES_MAX}m"
        return [java, heap, *_JVM, logging, "-cp", f"{self._jars}/*", program, *arguments]


def _listens(broker: Broker) -> bool:
    host, _, port = broker.address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _in_sync(admin: KafkaAdminClient, brokers: int) -> bool:
    """Whether no partition lacks a copy that some running broker has to hold."""
    names = admin.list_topics()
    described = admin.describe_topics(names) if names else []
    return all(
        len(partition["isr_nodes"]) == min(len(partition["replica_nodes"]), brokers)
        for topic in described
        for partition in topic["partitions"]
    )


def _end(broker: Broker) -> None:
    if broker.process is None:
        return
    try:
        broker.process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        broker.process.kill()
        broker.process.wait()


def _tail(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")[-3_000:] if file.exists() else "(nothing)"


def main(arguments: Sequence[str]) -> None:
    """Fetch the jars, or run a cluster until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.kafka", description=__doc__)
    parser.add_argument("--fetch", action="store_true", help="fetch the jars and end")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--folder", type=Path, default=Path(".giants/kafka"), help="made anew")
    options = parser.parse_args(arguments)
    try:
        folder = jars(told=True)
    except KafkaMissingError as error:
        sys.exit(f"Apache Kafka cannot be run here: {error}")
    if options.fetch:
        sys.stdout.write(f"Apache Kafka {kafka_version()} is in {folder}\n")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    shutil.rmtree(options.folder, ignore_errors=True)
    with KafkaCluster(options.folder.absolute(), options.brokers) as cluster:
        sys.stdout.write(f"GIANTS_BROKER={cluster.bootstrap} GIANTS_REPLICATION_FACTOR={cluster.replicas}\n")
        sys.stdout.flush()
        stop.wait()
