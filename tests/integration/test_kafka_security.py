"""TLS, SASL and rules of access against real listeners: who may get in, and what each may do."""

import gc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from pydantic import SecretStr

from deploy.kafka.prepare import RulesError, rules
from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.errors import BrokerError
from giants.kafka.lag import INTAKE, REGISTRY, STORE, LagMonitor
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from giants.kafka.topics import Topic
from giants.settings import Settings
from schemas.facts import Day
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.integration.conftest import USERS, Start, user
from tests.kafka.cluster import Authority, KafkaCluster, Security
from tests.waiting import wait_for

PARTITIONS = 2
PROBE = {"bootstrap_timeout_ms": 5_000}
THROUGH_SECONDS_MAX = 120.0
LEAKS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def sasl(start: Start) -> KafkaCluster:
    """A cluster with topics and rules, as an administrator prepares it."""
    cluster = start(Security.SASL)
    settings = cluster.settings(partitions=PARTITIONS)
    create_topics(settings)
    admin = KafkaAdminClient(**client_options(settings))
    assert admin.create_acls(rules(settings))["failed"] == []
    admin.close()
    return cluster


def get_in(settings: Settings) -> list[str]:
    """Log in and list the topics that one may see."""
    admin = KafkaAdminClient(**client_options(settings), **PROBE)
    try:
        return sorted(admin.list_topics())
    finally:
        admin.close()


def refused(settings: Settings) -> KafkaError:
    """Try to log in where that is refused; gives the error.

    The client leaves the sockets of refused logins to the garbage collector, which is why their warnings are
    passed over in the tests that ask here.
    """
    with pytest.raises(KafkaError) as told:
        get_in(settings)
    gc.collect()
    return told.value


def publish(settings: Settings, topic: Topic, value: bytes) -> None:
    with Publisher(settings) as publisher:
        publisher.send(topic.full_name(settings), "key", value)


# What event streams and the inbox are fed from.
FOLLOWED_BY_API = (
    topics.STATUS_CHANGES,
    topics.RATING_CHANGES,
    topics.SIGNAL_CHANGES,
    topics.LIST_CHANGES,
    topics.ALERTS,
    topics.PORTFOLIO_MATCHES,
)


def names(wanted: Iterable[Topic]) -> list[str]:
    return sorted(topic.full_name(Settings()) for topic in wanted)


@LEAKS
def test_a_client_certificate_of_the_authority_gets_in_and_no_other(start: Start, tmp_path: Path) -> None:
    cluster = start(Security.TLS)
    settings = cluster.settings()
    assert get_in(settings) == []
    certificate, key = Authority(tmp_path / "other").issue("giants-admin")
    foreign = settings.model_copy(update={"broker_cert_file": certificate, "broker_key_file": key})
    assert refused(foreign)


@LEAKS
def test_a_broker_whose_certificate_another_authority_signed_is_not_trusted(
    sasl: KafkaCluster, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other").file
    assert refused(sasl.settings().model_copy(update={"broker_ca_file": other}))


@LEAKS
def test_a_wrong_password_does_not_get_in_and_is_not_told(
    sasl: KafkaCluster, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = sasl.settings().model_copy(update={"broker_password": SecretStr("not-the-password")})
    assert "not-the-password" not in f"{refused(wrong)!r} {wrong!r} {caplog.text}"


def test_each_sees_the_topics_that_the_rules_name_and_a_stranger_none(sasl: KafkaCluster) -> None:
    assert get_in(sasl.settings(user("stranger"))) == []
    assert get_in(sasl.settings(user("api"))) == names(
        [*FOLLOWED_BY_API, topics.WATCHLISTS, topics.PORTFOLIOS, topics.SCREENINGS]
    )
    assert get_in(sasl.settings(user("ingest"))) == names(topics.INPUTS)
    assert get_in(sasl.settings(user("worker"))) == names(topics.ALL)


@pytest.mark.parametrize("who", ["store", "api", "delivery", "reader", "stranger"])
def test_nobody_but_who_brings_facts_in_may_write_families(sasl: KafkaCluster, who: str) -> None:
    settings = sasl.settings(user(who))
    with pytest.raises(BrokerError):
        publish(settings, topics.FAMILIES, b"{}")


def test_a_worker_and_one_who_ingests_do_their_work_with_their_rules(
    sasl: KafkaCluster, tmp_path: Path
) -> None:
    shared: dict[str, Any] = {"partitions": PARTITIONS, "clock": False, "data_dir": tmp_path}
    settings = sasl.settings(user("worker"), **shared)
    with ProcessGroup(tmp_path, environment(settings)) as process_group:
        process_group.add("worker", "worker")
        with Publisher(sasl.settings(user("ingest"), **shared)) as publisher:
            publisher.send_fact(Day.model_validate({"day": "2025-01-01"}))
        publish(sasl.settings(user("ingest"), **shared), topics.FAMILIES, b"{")
        with LagMonitor(sasl.settings(**shared)) as progress:
            progress.wait((INTAKE, REGISTRY), THROUGH_SECONDS_MAX)
        with Follower(sasl.settings(user("store"), **shared), [topics.DEAD_LETTERS]) as follower:
            wait_for("the dead letter", lambda: [message.value for message in follower.to_end()] == [b"{"])
        log = process_group.log_file("worker").read_text()
        process_group.leave_all()
    assert not any(one.password in log for one in USERS)
    assert "Authorization" not in log


def test_the_groups_of_the_store_are_within_its_rules(sasl: KafkaCluster) -> None:
    with LagMonitor(sasl.settings(user("store"), partitions=PARTITIONS)) as progress:
        assert progress.lag(STORE) >= 0
        with pytest.raises(KafkaError):
            progress.lag(INTAKE)


def test_settings_hide_what_is_secret() -> None:
    settings = Settings(broker_password=SecretStr("hush"), clickhouse=SecretStr("clickhouse://u:hush@h/d"))
    assert "hush" not in f"{settings!r} {settings.model_dump_json()}"


def test_rules_that_name_no_topic_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "acls.toml"
    file.write_text('[giants-worker]\nread = ["families.v2"]\n')
    with pytest.raises(RulesError, match=r"giants-worker: got 'families\.v2'"):
        rules(Settings(), file)
    file.write_text("[giants-worker]\nraed = []\n")
    with pytest.raises(RulesError, match="raed"):
        rules(Settings(), file)
