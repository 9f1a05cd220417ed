"""Records of input topics go on to those of another prefix, each as it came, and once where nothing fails."""

from contextlib import suppress

import pytest
from aiokafka import TopicPartition
from kafka.errors import CoordinatorNotAvailableError, NotCoordinatorError

from giants.kafka import topics
from giants.kafka.admin import create_topics, set_offsets
from giants.kafka.forwarding import (
    Route,
    begin_at_end,
    begin_at_stored,
    forward_known,
    forward_new,
    keep_alerts,
    stop_intake,
)
from giants.kafka.lag import DELIVERY, INTAKE, STORE, ConsumerGroup, LagMonitor
from giants.kafka.publisher import REPLAYED_HEADER, Publisher
from giants.kafka.stream_state import Forwarded, forwarded, note_forwarded
from giants.kafka.topic_reader import Follower, Message
from giants.settings import Settings
from tests.failures import stream
from tests.waiting import wait_for

TRACE = ("traceparent", b"00-1-1-01")
SECONDS_MAX = 60.0


@pytest.fixture
def route(settings: Settings) -> Route:
    prefix = f"{settings.topic_prefix}next."
    target = settings.model_copy(update={"topic_prefix": prefix, "partitions": 4})
    create_topics(target)
    wait_for("the groups of a broker that is new", lambda: has_groups(settings))
    return Route(settings, target)


def has_groups(settings: Settings) -> bool:
    with suppress(CoordinatorNotAvailableError, NotCoordinatorError), LagMonitor(settings) as monitor:
        monitor.committed(STORE)
        return True
    return False


def publish(settings: Settings, *days: int) -> None:
    with Publisher(settings) as publisher:
        for day in days:
            name = topics.DAYS.full_name(settings)
            publisher.send(name, f"d{day}", b"{}", timestamp_ms=day, headers=(TRACE,))


def read(settings: Settings) -> list[Message]:
    with Follower(settings, [topics.DAYS]) as follower:
        return list(follower.to_end())


def commit(settings: Settings, group: ConsumerGroup, offset: int) -> None:
    place = TopicPartition(topics.DAYS.full_name(settings), 0)
    set_offsets(settings, settings.topic_prefix + group.group, {place: offset})


def test_what_was_taken_in_comes_as_replayed_and_what_comes_after_it_as_it_was_sent(route: Route) -> None:
    publish(route.served, 1, 2, 3, 4)
    commit(route.served, STORE, 1)
    begin_at_stored(route.served)
    commit(route.served, INTAKE, 3)
    assert forward_known(route) == 2
    stop_intake(route.served, Forwarded(route.target.topic_prefix, 1), SECONDS_MAX)
    assert forward_known(route) == 0
    assert forward_new(route) == 1
    assert forward_new(route) == 0
    publish(route.served, 5)
    assert forward_new(route) == 1
    found = [(one.key, one.timestamp_ms, REPLAYED_HEADER[0] in one.headers) for one in read(route.target)]
    assert found == [(b"d2", 2, True), (b"d3", 3, True), (b"d4", 4, False), (b"d5", 5, False)]
    assert all(one.headers[TRACE[0]] == TRACE[1] for one in read(route.target))


def test_where_the_broker_forgot_how_far_it_was_everything_comes_again(route: Route) -> None:
    publish(route.served, 1, 2)
    begin_at_end(route.served)
    commit(route.served, INTAKE, 2)
    assert forward_known(route) == 0
    stream.forget_offsets(route.served, ConsumerGroup("forwarding", topics.INPUTS))
    assert forward_known(route) == 2


def test_the_state_says_whether_facts_are_forwarded(route: Route) -> None:
    assert forwarded(route.served) is None
    note_forwarded(route.served, Forwarded("next.", 7))
    assert forwarded(route.served) == Forwarded("next.", 7)
    note_forwarded(route.served, None)
    assert forwarded(route.served) is None
    elsewhere = route.served.model_copy(update={"topic_prefix": "nowhere."})
    assert forwarded(elsewhere) is None


def test_delivery_begins_with_the_first_alert_and_stays_where_it_was(route: Route) -> None:
    keep_alerts(route.target)
    name = topics.ALERTS.full_name(route.target)
    group = route.target.topic_prefix + DELIVERY.group
    with LagMonitor(route.target) as monitor:
        assert set(monitor.committed(DELIVERY).values()) == {0}
    set_offsets(route.target, group, {TopicPartition(name, 0): 9})
    keep_alerts(route.target)
    with LagMonitor(route.target) as monitor:
        assert monitor.committed(DELIVERY)[TopicPartition(name, 0)] == 9
