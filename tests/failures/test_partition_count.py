"""The partition count belongs to the state; consumers read the partitions that there are, also added ones."""

from giants.kafka import topics
from giants.kafka.lag import INTAKE, REGISTRY, STREAM
from giants.settings import Settings
from tests.failures import stream
from tests.failures.roles import Roles
from tests.waiting import wait_for

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


def test_all_watchlists_are_alive_when_their_topic_gets_more_partitions(
    settings: Settings, roles: Roles
) -> None:
    roles.start("worker")
    roles.wait_until_ready("worker")
    stream.watch_all(settings, "w-0")
    wait_for("the first watchlist", lambda: roles.metric("worker", "giants_watchlists") == 1)
    stream.add_partitions(settings, 7, topics.WATCHLISTS, topics.ANNOUNCEMENTS)
    for number in range(1, WATCHLISTS):
        stream.watch_all(settings, f"w-{number}")
    wait_for("all watchlists", lambda: roles.metric("worker", "giants_watchlists") == WATCHLISTS)
    for number in range(8):
        stream.designate(settings, f"b7-{number}", f"杭州第{number}银河光电科技有限公司")
    stream.through(settings, INTAKE, REGISTRY)
    assert len(stream.values(settings, topics.COMPANIES)) >= 8
    assert roles.is_ready("worker")
    roles.group.leave("worker")
    roles.start("worker")
    roles.wait_until_ready("worker")
    wait_for("all of them again", lambda: roles.metric("worker", "giants_watchlists") == WATCHLISTS)
