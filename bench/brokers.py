"""The broker of a benchmark: Apache Kafka from its jars, the embedded one, or one that is there already."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from giants.embedded.broker import start_broker
from tests.kafka.cluster import KafkaCluster, kafka_version


class Kind(StrEnum):
    """Which broker."""

    KAFKA = "kafka"
    EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker; `pid` is its process."""

    name: str
    address: str
    pid: int


@contextmanager
def running_broker(kind: Kind, folder: Path) -> Iterator[Broker]:
    """Run a broker until the block ends. Raises `KafkaMissingError` where Kafka cannot be had."""
    if kind is Kind.EMBEDDED:
        broker = start_broker(folder / "broker.log")
        try:
            yield Broker("embedded (Tansu)", broker.address, broker.process.pid)
        finally:
            broker.stop()
        return
    with KafkaCluster(folder / "kafka") as cluster:
        process = cluster.brokers[0].process
        assert process is not None, "the cluster is up"
        yield Broker(f"Apache Kafka {kafka_version()}", cluster.bootstrap, process.pid)
