"""What is published is confirmed, and can be read from the beginning or from the end on."""

import threading
from collections import defaultdict
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from giants.embedded.broker import start_broker
from giants.kafka import producer as producer_module
from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.errors import PublishError, UnreachableBrokerError
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from giants.kafka.topics import FAMILIES, RECORD_BYTES_MAX
from giants.settings import Settings
from tests.broker import embedded
from tests.waiting import wait_for


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    return broker_settings


def test_every_record_is_confirmed_and_found_with_key_time_and_headers(settings: Settings) -> None:
    topic = FAMILIES.full_name(settings)
    with Publisher(settings) as publisher:
        for number in range(2_500):
            publisher.send(topic, f"k{number}", b"v", timestamp_ms=1_000 + number, headers=[("h", b"1")])
    assert publisher.confirmed == 2_500
    with Follower(settings, [FAMILIES]) as follower:
        found = {message.key: message for message in follower.to_end()}
    assert set(found) == {f"k{number}".encode() for number in range(2_500)}
    message = found[b"k7"]
    assert (message.topic, message.value, message.timestamp_ms) == ("families.v1", b"v", 1_007)
    assert message.headers == {"h": b"1"}


def test_a_follower_at_the_end_sees_only_what_comes_after(settings: Settings) -> None:
    topic = FAMILIES.full_name(settings)
    with Publisher(settings) as publisher, Follower(settings, [FAMILIES]) as follower:
        for number in range(100):
            publisher.send(topic, f"old{number}", b"")
        publisher.flush()
        follower.skip_to_end()
        publisher.send(topic, "new", None)
        publisher.flush()
        message = next(follower.onwards(threading.Event()))
    assert (message.key, message.value) == (b"new", None)


def test_an_empty_topic_has_an_end(settings: Settings) -> None:
    with Follower(settings, [topics.ALERTS]) as follower:
        assert list(follower.to_end()) == []


def test_a_record_that_is_too_large_is_an_error_not_a_loss(settings: Settings) -> None:
    with pytest.raises(PublishError, match=r"families\.v1"), Publisher(settings) as publisher:
        publisher.send(FAMILIES.full_name(settings), "k", bytes(RECORD_BYTES_MAX + 200_000))


def test_records_go_to_the_partition_that_other_producers_choose_for_their_key(settings: Settings) -> None:
    topic = FAMILIES.full_name(settings)
    keys = [f"key-{number}" for number in range(200)]
    with Publisher(settings) as publisher:
        for key in keys:
            publisher.send(topic, key, b"ours")
    producer = KafkaProducer(**client_options(settings), enable_idempotence=False)
    for key in keys:
        producer.send(topic, b"theirs", key.encode())
    producer.flush()
    producer.close()
    places: defaultdict[bytes | None, set[int]] = defaultdict(set)
    with Follower(settings, [FAMILIES]) as follower:
        for message in follower.to_end():
            places[message.key].add(message.partition)
    assert len(places) == len(keys)
    assert all(len(partitions) == 1 for partitions in places.values())


def test_records_reach_the_broker_in_their_order_without_being_asked_for(settings: Settings) -> None:
    topic = FAMILIES.full_name(settings)
    values = [f"{number}".encode().rjust(1_000) for number in range(3_000)]  # more than one batch
    publisher = Publisher(settings)
    try:
        for value in values:
            publisher.send(topic, "one key", value)
        wait_for("all to be confirmed", lambda: publisher.confirmed == len(values))
    finally:
        publisher.close()
    with Follower(settings, [FAMILIES]) as follower:
        assert [message.value for message in follower.to_end()] == values


def test_a_topic_that_is_missing_is_told_and_not_made_and_others_are_published_to(settings: Settings) -> None:
    with Publisher(settings) as publisher:
        with pytest.raises(PublishError, match=r"has no topic giants\.nonsense"):
            publisher.send("giants.nonsense.v1", "k", b"v")
        publisher.send(FAMILIES.full_name(settings), "k", b"v")
        publisher.flush()
        assert publisher.confirmed == 1
    with KafkaAdminClient(**client_options(settings)) as admin:
        assert "giants.nonsense.v1" not in admin.list_topics()


def test_a_broker_that_goes_away_is_an_error_and_does_not_hold_up_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("REQUEST_SECONDS_MAX", "CLOSE_SECONDS_MAX"):
        monkeypatch.setattr(producer_module, limit, 1.0)
    broker = start_broker(tmp_path / "broker.log")
    try:
        settings = embedded(broker.address, partitions=1)
        create_topics(settings)
        publisher = Publisher(settings, confirm_seconds_max=1.0)
        publisher.send(FAMILIES.full_name(settings), "first", b"v")
        publisher.flush()
    finally:
        broker.stop()
    publisher.send(FAMILIES.full_name(settings), "second", b"v")
    try:
        with pytest.raises(PublishError, match="'second'"):
            publisher.flush()
        assert publisher.confirmed == 1
    finally:
        publisher.close()
    with pytest.raises(UnreachableBrokerError, match="does not answer"):
        Publisher(settings)
