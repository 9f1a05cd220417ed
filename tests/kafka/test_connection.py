"""Clients that are told to end before they have begun, or find no broker."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from pydantic import SecretStr

from giants.embedded.broker import LOOPBACK, free_port
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options, connected, started
from giants.kafka.consumer import GroupConsumer, Membership
from giants.kafka.poller import Polling
from giants.kafka.topic_reader import TopicReader
from giants.kafka.topics import FAMILIES
from giants.settings import MissingBrokerError, Settings
from tests.kafka.cluster import Authority

GROUP = "cancelled"


def consumer_of(settings: Settings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        FAMILIES.full_name(settings),
        **client_options(settings),
        group_id=f"{settings.topic_prefix}{GROUP}",
        session_timeout_ms=6_000,
        heartbeat_interval_ms=500,
    )


def test_a_consumer_that_is_cancelled_while_it_joins_keeps_no_partition(broker_settings: Settings) -> None:
    """As of a worker that is told to end at once: its heartbeats would go on until its process ends."""
    create_topics(broker_settings)
    name = FAMILIES.full_name(broker_settings)
    everything = {TopicPartition(name, number) for number in range(broker_settings.partitions)}

    async def play() -> None:
        first = consumer_of(broker_settings)
        starting = asyncio.create_task(started(lambda: first))
        while first._coordinator is None or not first._coordinator.member_id:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        second = await started(lambda: consumer_of(broker_settings))
        try:
            while second.assignment() != everything:
                await second.getmany(timeout_ms=200)
        finally:
            await second.stop()

    asyncio.run(play())


@pytest.mark.parametrize(
    "make",
    [
        consumer_of,
        lambda settings: GroupConsumer(settings, Membership(GROUP, [FAMILIES.name]), Polling(1, 1)),
        lambda settings: TopicReader(settings, [FAMILIES]),
        lambda settings: AIOKafkaProducer(**client_options(settings)),
    ],
    ids=["consumer", "member of a group", "reader", "producer"],
)
def test_a_broker_that_is_away_is_a_failed_connection_whatever_client_is_started(
    make: Callable[[Settings], Any],
) -> None:
    async def play() -> None:
        settings = Settings(broker=f"{LOOPBACK}:{free_port()}")
        await connected(lambda: make(settings))

    with pytest.raises(KafkaConnectionError):
        asyncio.run(play())


def test_clients_are_told_of_tls_and_sasl(tmp_path: Path) -> None:
    secured = Settings(
        broker="a:1, b:2",
        broker_security="SASL_SSL",
        broker_ca_file=Authority(tmp_path).file,
        broker_username="u",
        broker_password=SecretStr("p"),
    )
    options = client_options(secured)
    context = options.pop("ssl_context")
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert options == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
    }
    with pytest.raises(MissingBrokerError, match="GIANTS_BROKER is not set"):
        client_options(Settings())
