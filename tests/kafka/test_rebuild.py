"""Forgetting what was derived, on a broker that keeps its records."""

from pathlib import Path

import pytest
from kafka import KafkaConsumer

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.errors import WorkersRunningError
from giants.kafka.lag import INTAKE, LagMonitor
from giants.kafka.publisher import Publisher
from giants.kafka.rebuild import forget_derived
from giants.kafka.topic_reader import Follower
from giants.settings import Settings
from tests.kafka.cluster import KafkaCluster, KafkaMissingError


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    with Publisher(broker_settings) as publisher:
        for number in range(50):
            publisher.send(topics.FAMILIES.full_name(broker_settings), f"f{number}", b"{}")
            publisher.send(topics.FAMILY_LOG.full_name(broker_settings), f"f{number}", b"{}")
    return broker_settings


def count(settings: Settings, topic: topics.Topic) -> int:
    with Follower(settings, [topic]) as follower:
        return sum(1 for _ in follower.to_end())


def test_logs_are_empty_inputs_stay_and_intake_stands_behind_them(settings: Settings) -> None:
    with LagMonitor(settings) as progress:
        assert progress.lag(INTAKE) == 50
    forget_derived(settings)
    assert count(settings, topics.FAMILY_LOG) == 0
    assert count(settings, topics.FAMILIES) == 50
    with LagMonitor(settings) as progress:
        assert progress.lag(INTAKE) == 0


def test_nothing_is_forgotten_while_a_worker_runs(tmp_path: Path) -> None:
    try:
        cluster = KafkaCluster(tmp_path)
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
    with cluster:
        settings = cluster.settings(partitions=2)
        create_topics(settings)
        with Publisher(settings) as publisher:
            publisher.send(topics.FAMILY_LOG.full_name(settings), "f", b"{}")
        worker = KafkaConsumer(
            topics.FAMILY_LOG.full_name(settings),
            **client_options(settings),
            group_id=f"{settings.topic_prefix}worker",
        )
        while not worker.assignment():
            worker.poll(timeout_ms=100)
        with pytest.raises(WorkersRunningError, match="stop all workers"):
            forget_derived(settings)
        assert count(settings, topics.FAMILY_LOG) == 1
        worker.close()
        forget_derived(settings)
        assert count(settings, topics.FAMILY_LOG) == 0
