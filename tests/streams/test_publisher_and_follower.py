"""What is published is confirmed, and can be read from the beginning or from the end on."""

import threading

import pytest
from pydantic import SecretStr

from streams import topics
from streams.admin import create_topics
from streams.clients import client_options
from streams.follow import Follower
from streams.publisher import Publisher, PublishError
from streams.settings import MissingBrokerError, Settings
from streams.topics import FAMILIES, RECORD_BYTES_MAX


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


def test_clients_are_told_of_tls_and_sasl() -> None:
    secured = Settings(
        broker="a:1, b:2",
        broker_security="SASL_SSL",
        broker_ca_file="ca.pem",
        broker_username="u",
        broker_password=SecretStr("p"),
    )
    assert client_options(secured) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "SASL_SSL",
        "ssl_cafile": "ca.pem",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
    }
    with pytest.raises(MissingBrokerError, match="GIANTS_BROKER is not set"):
        client_options(Settings())
