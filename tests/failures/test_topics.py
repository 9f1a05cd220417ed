"""Topics that are gone, made again, with other partitions, or set otherwise than the stream needs."""

import pytest

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.settings import Settings
from tests.failures import stream
from tests.failures.roles import Roles


def test_a_topic_that_is_deleted_ends_the_worker(settings: Settings, roles: Roles) -> None:
    roles.start("worker")
    roles.wait_until_ready("worker")
    stream.delete_topic(settings, topics.FINDINGS)
    last = roles.wait_until_ended("worker")
    assert last.startswith(f"error: topic {topics.FINDINGS.full_name(settings)} is gone")
    assert "giants rebuild" in last


def test_a_topic_that_is_deleted_and_made_again_ends_the_worker(settings: Settings, roles: Roles) -> None:
    roles.start("worker")
    roles.wait_until_ready("worker")
    stream.delete_topic(settings, topics.PROGRAMME_LOG)
    create_topics(settings)
    last = roles.wait_until_ended("worker")
    assert "was deleted and made again" in last
    assert topics.PROGRAMME_LOG.full_name(settings) in last


def test_settings_that_lose_records_are_told_checked_and_put_right(settings: Settings, roles: Roles) -> None:
    stream.configure(settings, topics.FAMILIES, retention_ms="604800000", retention_bytes="1000000")
    stream.configure(settings, topics.EXPOSURE_STATE, cleanup_policy="delete")
    roles.start("worker")
    roles.wait_until_ready("worker")
    assert roles.metric("worker", "giants_topic_settings_wrong") == 3
    assert roles.log("worker").count("not set as the stream needs it") == 2
    checked = stream.command(settings, "topics", "check", "--json")
    assert checked.status == 1
    assert {(one["setting"], one["got"]) for one in checked.lines} == {
        ("retention.ms", "604800000"),
        ("retention.bytes", "1000000"),
        ("cleanup.policy", "delete"),
    }
    applied = stream.command(settings, "topics", "apply")
    assert (applied.status, "3 settings changed" in applied.err) == (0, True), applied
    assert stream.command(settings, "topics", "check").status == 0


@pytest.mark.parametrize("topic", [topics.FAMILY_LOG, topics.PORTFOLIO_STATE], ids=lambda one: one.name)
def test_an_internal_topic_with_another_count_ends_the_worker(
    settings: Settings, roles: Roles, topic: topics.Topic
) -> None:
    roles.start("worker")
    roles.wait_until_ready("worker")
    stream.add_partitions(settings, 4, topic)
    last = roles.wait_until_ended("worker")
    assert f"topic {topic.full_name(settings)} has 4 partitions, but 2 are expected" in last
    assert "giants rebuild --beside" in last
