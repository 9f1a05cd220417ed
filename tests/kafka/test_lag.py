"""How far the stream is: what was there when it was asked for, not what goes on coming."""

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.structs import OffsetAndMetadata

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.lag import ConsumerGroup, LagMonitor, NotCaughtUpError
from giants.kafka.publisher import Publisher
from giants.settings import Settings

READER = ConsumerGroup("reader", (topics.DAYS,))
# What a consumer gives of one topic before it looks at the next.
MORE_THAN_A_POLL = 600


def publish(settings: Settings, records: int) -> None:
    with Publisher(settings) as publisher:
        for _ in range(records):
            publisher.send(topics.DAYS.full_name(settings), "day", b"{}")


def commit(settings: Settings, offset: int) -> None:
    """Say for the group how far it has come."""
    admin = KafkaAdminClient(**client_options(settings))
    place = TopicPartition(topics.DAYS.full_name(settings), 0)
    admin.alter_group_offsets(
        f"{settings.topic_prefix}{READER.group}", {place: OffsetAndMetadata(offset, "", -1)}
    )
    admin.close()


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    return broker_settings


def test_what_comes_while_one_waits_is_not_waited_for(settings: Settings) -> None:
    publish(settings, 10)
    told: list[int] = []

    def work(_: ConsumerGroup, left: int) -> None:
        told.append(left)
        publish(settings, 5)
        commit(settings, 10)

    with LagMonitor(settings) as progress:
        progress.wait((READER,), timeout_seconds=60, report=work)
        assert told == [10]
        assert progress.lag(READER) == 5


def test_a_group_that_does_not_come_further_is_told(settings: Settings) -> None:
    publish(settings, 3)
    commit(settings, 1)
    expected = r"reader still has 2 records to read: \S*days.v1/0 at 1 of 3$"
    with LagMonitor(settings) as progress, pytest.raises(NotCaughtUpError, match=expected):
        progress.wait((READER,), timeout_seconds=0)


def test_where_topics_end_is_asked_anew_each_time(settings: Settings) -> None:
    several = ConsumerGroup("reader", (topics.DAYS, topics.ANNOUNCEMENTS))
    lags = []
    with LagMonitor(settings) as progress, Publisher(settings) as publisher:
        for _ in range(3):
            for topic in several.topics:
                for _ in range(MORE_THAN_A_POLL):
                    publisher.send(topic.full_name(settings), "day", b"{}")
            publisher.flush()
            lags.append(progress.lag(several))
    assert lags == [2 * MORE_THAN_A_POLL, 4 * MORE_THAN_A_POLL, 6 * MORE_THAN_A_POLL]
