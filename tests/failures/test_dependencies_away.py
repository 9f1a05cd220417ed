"""Broker or ClickHouse away at the start: the probes answer, and say what is waited for."""

from pathlib import Path

import pytest

from giants.embedded.broker import LOOPBACK, free_port
from giants.settings import Settings
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.clickhouse.standin import StandIn
from tests.failures.roles import Roles
from tests.kafka.cluster import KafkaCluster, KafkaMissingError
from tests.waiting import wait_for


def test_worker_store_and_delivery_listen_before_their_broker_is_there(
    server: StandIn, tmp_path: Path
) -> None:
    try:
        cluster = KafkaCluster(tmp_path / "kafka")
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
    settings = cluster.settings(partitions=2, clock=False, data_dir=tmp_path, clickhouse=server.dsn)
    with ProcessGroup(tmp_path, environment(settings)) as group:
        roles = Roles(group)
        roles.start("worker", "store", "delivery")
        for role in ("worker", "store", "delivery"):
            wait_for(f"{role} to wait", lambda role=role: "nothing listens" in str(roles.readiness(role)))
            status, body = roles.readiness(role)
            assert (status, body["status"]) == (503, "waiting")
            alive = roles.answer(role, "/livez")
            assert alive is not None
            assert alive.status_code == 200
            assert roles.metric(role, "giants_waiting") == 1
        with cluster:
            roles.wait_until_ready("worker", "store", "delivery")
            assert roles.metric("worker", "giants_waiting") == 0
            group.leave_all()


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
