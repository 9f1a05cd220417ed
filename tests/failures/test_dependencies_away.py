"""Broker or ClickHouse away, at the start or later: the probes answer, and say what is waited for."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from giants.embedded.broker import LOOPBACK, free_port
from giants.kafka import topics
from giants.kafka.topic_reader import TopicReader
from giants.settings import Settings
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.clickhouse.standin import StandIn
from tests.failures.roles import Roles
from tests.kafka.cluster import KafkaCluster, KafkaMissingError
from tests.waiting import wait_for

ROLES = ("worker", "store", "delivery")
READERS = 6
AWAY_SECONDS_MAX = 180.0


def test_worker_store_and_delivery_wait_for_a_broker_that_is_not_there_yet_or_no_more(
    server: StandIn, tmp_path: Path
) -> None:
    try:
        cluster = KafkaCluster(tmp_path / "kafka")
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
    settings = cluster.settings(partitions=2, clock=False, data_dir=tmp_path, clickhouse=server.dsn)
    with ProcessGroup(tmp_path, environment(settings)) as group:
        roles = Roles(group)
        roles.start(*ROLES)
        wait_until_all_wait(roles, "nothing listens")
        with cluster:
            roles.wait_until_ready(*ROLES)
            assert [roles.metric(role, "giants_waiting") for role in ROLES] == [0, 0, 0]
            cluster.kill(1)
            wait_until_all_wait(roles, "the broker")
            cluster.bring_back(1)
            roles.wait_until_ready(*ROLES)
            assert [roles.metric(role, "giants_waiting") for role in ROLES] == [0, 0, 0]
            assert [len(roles.log(role).splitlines()) < 150 for role in ROLES] == [True, True, True]
            group.leave_all()


def says_why(roles: Roles, role: str, reason: str) -> bool:
    return reason in str(roles.readiness(role))


def wait_until_all_wait(roles: Roles, reason: str) -> None:
    for role in ROLES:
        wait_for(f"{role} to wait", partial(says_why, roles, role, reason), AWAY_SECONDS_MAX)
        status, body = roles.readiness(role)
        assert (status, body["status"]) == (503, "waiting")
        alive = roles.answer(role, "/livez")
        assert alive is not None
        assert alive.status_code == 200
        assert roles.metric(role, "giants_waiting") == 1


def test_readers_stop_while_their_broker_is_away(kafka: KafkaCluster, settings: Settings) -> None:
    async def stopped_while_away() -> None:
        readers = [TopicReader(settings, [topics.ANNOUNCEMENTS]) for _ in range(READERS)]
        for reader in readers:
            await reader.start()
            async for _ in reader.to_end():
                pass
        kafka.kill(1)
        for reader in readers:
            # Each stops at another moment between two attempts to fetch.
            await reader.poll()
            await reader.stop()

    try:
        asyncio.run(stopped_while_away())
    finally:
        kafka.bring_back(1)
        kafka.wait_until_complete()


def test_store_and_api_listen_before_clickhouse_is_there(roles: Roles, server: StandIn) -> None:
    server.down()
    roles.start("store", "api")
    wait_for("the store to wait", lambda: "does not answer" in str(roles.readiness("store")))
    status, body = roles.readiness("store")
    assert (status, body["status"]) == (503, "waiting")
    status, body = roles.readiness("api")
    assert status == 503
    assert [check["name"] for check in body["checks"] if not check["ok"]] == ["clickhouse"]
    server.up()
    roles.wait_until_ready("store", "api")
    log = roles.log("store")
    assert 1 <= log.count("waiting for ClickHouse") <= 3
    assert log.count("Unexpected Http Driver Exception") <= 3, "the driver logs every attempt"


def test_a_broker_that_nothing_listens_for_is_logged_once(tmp_path: Path) -> None:
    settings = Settings(broker=f"{LOOPBACK}:{free_port()}", data_dir=tmp_path)
    with ProcessGroup(tmp_path, environment(settings)) as group:
        roles = Roles(group)
        roles.start("worker")
        roles.readiness("worker")
        assert roles.log("worker").count("nothing listens there") == 1
