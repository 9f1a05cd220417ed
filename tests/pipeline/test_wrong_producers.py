"""Producers that do not do as the contract says, against the real broker and a real worker (issue 6, §5)."""

from collections.abc import Iterator
from zlib import crc32

import orjson
import pytest
from kafka import KafkaProducer

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.errors import WrongPartitionCountError
from giants.kafka.topic_reader import Message
from giants.settings import Settings
from tests.agents.hostile import EXAMPLES, as_json
from tests.pipeline.running import held, settle, worker

FAMILIES = 12


def family(number: int) -> bytes:
    return as_json({**EXAMPLES["families"], "family_id": f"f{number}", "version": 1})


@pytest.fixture
def producer(broker_settings: Settings) -> Iterator[KafkaProducer]:
    """A producer that does what it likes; the topics are there."""
    create_topics(broker_settings)
    made = KafkaProducer(**client_options(broker_settings), acks="all", enable_idempotence=False)
    try:
        yield made
    finally:
        made.close()


def send_each_way(producer: KafkaProducer, settings: Settings) -> None:
    """Every family without a key, with a wrong key, and where another client's partitioner would put it."""
    topic, partitions = topics.FAMILIES.full_name(settings), settings.partitions
    for number in range(FAMILIES):
        producer.send(topic, family(number), partition=number % partitions)
        producer.send(topic, family(number), key=b"wrong", partition=(number + 1) % partitions)
        other = crc32(b"f%d" % number) % partitions
        producer.send(topic, family(number), key=b"f%d" % number, partition=other)


def reasons(letters: list[Message]) -> list[str]:
    return [letter.headers["giants-error"].decode() for letter in letters]


def test_a_family_counts_once_however_it_was_sent_and_what_is_newer_waits(
    broker_settings: Settings, producer: KafkaProducer
) -> None:
    list_topic = topics.ANNOUNCEMENTS.full_name(broker_settings)
    taxonomy_topic = topics.TAXONOMIES.full_name(broker_settings)
    producer.send(list_topic, as_json(EXAMPLES["announcements"]), partition=0)
    producer.send(taxonomy_topic, as_json(EXAMPLES["taxonomies"]), key=b"anything", partition=0)
    send_each_way(producer, broker_settings)
    of_the_future = as_json({"family_id": "f99", "version": "2.1-beta", "claims": []})
    producer.send(
        topics.FAMILIES.full_name(broker_settings),
        of_the_future,
        key=b"f99",
        partition=2,
        headers=[("giants-schema-version", b"2")],
    )
    producer.flush(30)
    with worker(broker_settings):
        settle(broker_settings)
        outcome = held(broker_settings)
    (exposure,) = outcome.exposures.values()
    assert orjson.loads(exposure)["families"] == FAMILIES
    (letter,) = outcome.dead_letters
    assert "schema version 2 is newer than 1" in reasons([letter])[0]
    assert (letter.key, letter.value) == (b"f99", of_the_future)
    assert letter.headers["giants-schema-version"] == b"2"


def test_topics_with_another_number_of_partitions_are_refused_at_start(broker_settings: Settings) -> None:
    create_topics(broker_settings)
    other = broker_settings.model_copy(update={"partitions": broker_settings.partitions + 1})
    with pytest.raises(
        WrongPartitionCountError,
        match=r"has 4 partitions, but 5 are expected",
    ):
        create_topics(other)


def test_topics_that_are_as_they_must_be_are_left_alone(broker_settings: Settings) -> None:
    assert len(create_topics(broker_settings)) == len(topics.ALL)
    assert create_topics(broker_settings) == []
