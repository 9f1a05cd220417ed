"""One worker on Apache Kafka: a hostile history with its families gives what the batch computation gives."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from giants.kafka import topics
from giants.kafka.admin import create_topics, topic_configuration
from giants.kafka.errors import WrongPartitionCountError
from giants.kafka.lag import STREAM, LagMonitor
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from giants.kafka.topics import RECORD_BYTES_MAX
from giants.settings import Settings
from tests.chaos.feeder import TOPICS
from tests.chaos.outcome import Outcome
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.integration.conftest import Start
from tests.kafka.cluster import KafkaCluster, Security
from tests.simulation.history import random_history

HISTORIES = 12
PARTITIONS = 4
THROUGH_SECONDS_MAX = 120.0


@pytest.fixture(scope="module")
def cluster(start: Start) -> KafkaCluster:
    return start(Security.PLAINTEXT)


@pytest.fixture
def settings(cluster: KafkaCluster, tmp_path: Path, topic_prefix: str) -> Settings:
    made = cluster.settings(
        partitions=PARTITIONS, clock=False, data_dir=tmp_path, topic_prefix=f"kafka-{topic_prefix}"
    )
    create_topics(made)
    return made


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[ProcessGroup]:
    with ProcessGroup(tmp_path, environment(settings)) as process_group:
        process_group.add("worker", "worker")
        yield process_group


def test_one_worker_gives_what_the_batch_computation_gives(settings: Settings, worker: ProcessGroup) -> None:
    with Publisher(settings) as publisher:
        for seed in range(HISTORIES):
            for one in random_history(Random(seed)):
                topic = TOPICS[one.kind].full_name(settings)
                publisher.send(topic, one.key, one.value, headers=one.headers)
    with LagMonitor(settings) as progress:
        progress.wait(STREAM, THROUGH_SECONDS_MAX)
    outcome = Outcome.read(settings)
    assert list(outcome.stale()) == []
    assert outcome.expected.companies
    assert outcome.expected.exposures
    worker.leave_all()


def test_a_record_as_large_as_is_allowed_passes(settings: Settings) -> None:
    value = bytes(RECORD_BYTES_MAX)
    with Publisher(settings) as publisher:
        publisher.send(topics.FAMILIES.full_name(settings), "large", value)
    with Follower(settings, [topics.FAMILIES]) as follower:
        assert [message.value == value for message in follower.to_end()] == [True]


def test_topics_have_the_configuration_that_state_and_outputs_need() -> None:
    assert topic_configuration(topics.COMPANIES)["cleanup.policy"] == "compact"
    assert "min.compaction.lag.ms" in topic_configuration(topics.EXPOSURE_STATE)
    assert topic_configuration(topics.FAMILY_LOG)["retention.ms"] == "-1"


def test_what_is_confirmed_is_on_two_brokers_where_there_are_several_copies() -> None:
    assert all(topic_configuration(topic, 3)["min.insync.replicas"] == "2" for topic in topics.ALL)
    assert not any("min.insync.replicas" in topic_configuration(topic) for topic in topics.ALL)


def test_topics_that_are_there_are_left_alone_and_another_number_of_partitions_is_refused(
    settings: Settings,
) -> None:
    assert create_topics(settings) == []
    with pytest.raises(WrongPartitionCountError, match=f"has {PARTITIONS} partitions"):
        create_topics(settings.model_copy(update={"partitions": PARTITIONS + 1}))
