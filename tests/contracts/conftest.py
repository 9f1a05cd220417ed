"""Both brokers, each running once for these tests; Apache Kafka is skipped where it cannot be run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.kafka.admin import create_topics
from giants.settings import Settings
from tests.broker import embedded
from tests.kafka.cluster import KafkaCluster, KafkaMissingError


@pytest.fixture(scope="session")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """Apache Kafka from its jars, one broker."""
    try:
        cluster = KafkaCluster(tmp_path_factory.mktemp("apache"))
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
    with cluster:
        yield cluster


@pytest.fixture(params=["embedded", "apache"])
def settings(request: pytest.FixtureRequest, topic_prefix: str, tmp_path: Path) -> Settings:
    """Settings of one broker and then the other, with its topics: as the supervisor gives them, and plain."""
    chosen = {"topic_prefix": topic_prefix, "partitions": 2, "data_dir": tmp_path / "data"}
    if request.param == "embedded":
        made = embedded(request.getfixturevalue("broker"), **chosen)
    else:
        made = request.getfixturevalue("apache").settings(**chosen)
    create_topics(made)
    return made
