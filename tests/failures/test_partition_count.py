"""The partition count belongs to the state; consumers read all partitions that there are."""

from giants.kafka import topics
from giants.kafka.lag import STREAM
from giants.settings import Settings
from tests.failures import stream
from tests.failures.roles import Roles

WATCHLISTS = 13


def test_where_state_exists_another_count_is_refused_though_all_topics_have_it(
    settings: Settings, roles: Roles
) -> None:
    roles.start("worker")
    roles.wait_until_ready("worker")
    stream.designate(settings, "b7")
    stream.through(settings, *STREAM)
    roles.group.leave("worker")
    every = [topic for topic in topics.ALL if not topic.partitions]
    stream.add_partitions(settings, 4, *every)
    roles.start("worker", GIANTS_PARTITIONS="4")
    last = roles.wait_until_ended("worker")
    assert "was made with 2 partitions, but GIANTS_PARTITIONS is 4" in last
    assert "giants rebuild --beside" in last
    assert "Traceback" not in roles.log("worker")
