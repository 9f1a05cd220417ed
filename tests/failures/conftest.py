"""One Apache Kafka for all tests of a session, each with a prefix of its own, and processes against it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.kafka.admin import create_topics
from giants.settings import Settings
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.clickhouse.standin import StandIn
from tests.failures.roles import Roles
from tests.kafka.cluster import KafkaCluster, KafkaMissingError

PARTITIONS = 2


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """Apache Kafka from its jars, one broker; skipped where it cannot be run."""
    try:
        cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"))
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
    with cluster:
        yield cluster


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandIn]:
    """The stand-in for a ClickHouse server."""
    with StandIn(tmp_path / "clickhouse") as standin:
        yield standin


@pytest.fixture
def settings(kafka: KafkaCluster, server: StandIn, topic_prefix: str, tmp_path: Path) -> Settings:
    """Settings of one test, whose topics are there."""
    made = kafka.settings(
        partitions=PARTITIONS,
        clock=False,
        data_dir=tmp_path / "data",
        topic_prefix=f"failures-{topic_prefix}",
        clickhouse=server.dsn,
    )
    create_topics(made)
    return made


@pytest.fixture
def roles(settings: Settings, tmp_path: Path) -> Iterator[Roles]:
    """The processes of these settings; none runs yet."""
    with ProcessGroup(tmp_path, environment(settings)) as group:
        yield Roles(group)
