"""A login that is refused: at the start and while everything runs, each process ends and says why."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from pydantic import SecretStr

from giants.kafka.admin import admin_client, create_topics
from giants.settings import Settings
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.clickhouse.standin import StandIn
from tests.failures.roles import Roles
from tests.kafka.cluster import KafkaCluster, KafkaMissingError, Security

ROLES = ("worker", "store", "delivery")
_REFUSED = "the broker refused"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    try:
        cluster = KafkaCluster(tmp_path_factory.mktemp("secured"), security=Security.SASL)
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
    with cluster:
        yield cluster


@pytest.fixture
def admin_settings(secured: KafkaCluster, server: StandIn, topic_prefix: str, tmp_path: Path) -> Settings:
    """An administrator's, who may do everything."""
    made = secured.settings(
        partitions=2, clock=False, data_dir=tmp_path, topic_prefix=topic_prefix, clickhouse=server.dsn
    )
    create_topics(made)
    return made


def rotate(settings: Settings, user: str, password: str) -> None:
    """Give a user another password."""
    with admin_client(settings) as admin:
        told = admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password)]
        )
    assert told == {user: None}


@pytest.mark.parametrize("role", ROLES)
def test_a_wrong_password_at_the_start_ends_the_process_and_is_no_lost_connection(
    admin_settings: Settings, tmp_path: Path, role: str
) -> None:
    wrong = admin_settings.model_copy(update={"broker_password": SecretStr("not-the-password")})
    with ProcessGroup(tmp_path, environment(wrong)) as group:
        roles = Roles(group)
        roles.start(role)
        last = roles.wait_until_ended(role)
        assert last.startswith("error: ")
        assert _REFUSED in last
        assert "GIANTS_BROKER_PASSWORD" in last
        assert "Traceback" not in roles.log(role)
        assert "not-the-password" not in roles.log(role)


def test_a_password_that_is_rotated_while_everything_runs_ends_each_process_with_one_line(
    secured: KafkaCluster, admin_settings: Settings, tmp_path: Path
) -> None:
    name, password = "rotated", "before"
    rotate(admin_settings, name, password)
    own = admin_settings.model_copy(
        update={
            "broker_username": name,
            "broker_password": SecretStr(password),
            "data_dir": tmp_path / "data",
        }
    )
    allow(admin_settings, name)
    with ProcessGroup(tmp_path, environment(own)) as group:
        roles = Roles(group)
        roles.start(*ROLES)
        roles.wait_until_ready(*ROLES)
        rotate(admin_settings, name, "after")
        # Sessions that are open stay: they end with the broker.
        secured.kill(1)
        secured.bring_back(1)
        for role in ROLES:
            last = roles.wait_until_ended(role)
            assert _REFUSED in last, last
            assert len(roles.log(role).splitlines()) < 100


def allow(settings: Settings, name: str) -> None:
    """Let a user do everything with all topics and groups."""
    rules = [
        ACL(f"User:{name}", "*", ACLOperation.ALL, ACLPermissionType.ALLOW, ResourcePattern(kind, "*"))
        for kind in (ResourceType.TOPIC, ResourceType.GROUP)
    ]
    rules.append(
        ACL(
            f"User:{name}",
            "*",
            ACLOperation.IDEMPOTENT_WRITE,
            ACLPermissionType.ALLOW,
            ResourcePattern(ResourceType.CLUSTER, "kafka-cluster"),
        )
    )
    with admin_client(settings) as admin:
        assert admin.create_acls(rules)["failed"] == []
