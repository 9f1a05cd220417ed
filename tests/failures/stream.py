"""Facts through the stream of a test, and what an administrator may do to its topics."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec

from giants.kafka import topics
from giants.kafka.admin import admin_client
from giants.kafka.lag import FLOW, WATCH, ConsumerGroup, LagMonitor
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from giants.kafka.topics import Topic
from giants.settings import Settings
from tests.chaos.run import environment
from tests.cli.facts import designation
from tests.stack import Ran, giants

THROUGH_SECONDS_MAX: Final = 120.0
NAME: Final = "杭州银河光电科技有限公司"


def publish(settings: Settings, topic: Topic, documents: Mapping[str, Any], at_ms: int | None = None) -> None:
    """Publish documents by their keys."""
    with Publisher(settings) as publisher:
        for key, document in documents.items():
            publisher.send(topic.full_name(settings), key, orjson.dumps(document), timestamp_ms=at_ms)


def designate(settings: Settings, list_id: str, name: str = NAME, at_ms: int | None = None) -> None:
    """Publish a list with one company."""
    publish(settings, topics.ANNOUNCEMENTS, {list_id: designation(list_id, [name])}, at_ms)


def watch_all(settings: Settings, watchlist_id: str, at_ms: int | None = None, **fields: Any) -> None:
    """Publish a watchlist that matches everything."""
    publish(
        settings,
        topics.WATCHLISTS,
        {watchlist_id: {"watchlist_id": watchlist_id, "owner": "desk-a", **fields}},
        at_ms,
    )


def through(settings: Settings, *flow: ConsumerGroup) -> None:
    """Wait until all that was published is through, by default as far as store and watch."""
    with LagMonitor(settings) as progress:
        progress.wait(flow or (*FLOW[:-1], WATCH, FLOW[-1]), THROUGH_SECONDS_MAX)


def values(settings: Settings, topic: Topic) -> list[Any]:
    """Every document of a topic."""
    with Follower(settings, [topic]) as follower:
        return [orjson.loads(message.value) for message in follower.to_end() if message.value]


def delete_records(settings: Settings, topic: Topic, before: int, partition: int = 0) -> None:
    """Delete the records of a partition before an offset, as retention does."""
    with admin_client(settings) as admin:
        admin.delete_records({TopicPartition(topic.full_name(settings), partition): before})


def delete_topic(settings: Settings, *deleted: Topic) -> None:
    """Delete topics."""
    with admin_client(settings) as admin:
        admin.delete_topics([topic.full_name(settings) for topic in deleted])


def add_partitions(settings: Settings, count: int, *raised: Topic) -> None:
    """Raise the partitions of topics."""
    with admin_client(settings) as admin:
        admin.create_partitions({topic.full_name(settings): count for topic in raised})


def configure(settings: Settings, topic: Topic, **values_: str) -> None:
    """Change the configuration of a topic; `_` stands for a dot."""
    changed = {name.replace("_", "."): value for name, value in values_.items()}
    changes = [ConfigResource(ConfigResourceType.TOPIC, topic.full_name(settings), changed)]
    with admin_client(settings) as admin:
        admin.alter_configs(changes, raise_on_unknown=False)


def forget_offsets(settings: Settings, *groups: ConsumerGroup) -> None:
    """Delete the offsets of groups, as Kafka does where they were idle for a week."""
    with admin_client(settings) as admin:
        admin.delete_groups([settings.topic_prefix + one.group for one in groups])


def end(settings: Settings, topic: Topic, partition: int = 0) -> int:
    """Where a partition ends."""
    one = TopicPartition(topic.full_name(settings), partition)
    with admin_client(settings) as admin:
        return int(admin.list_partition_offsets({one: OffsetSpec.LATEST})[one].offset)


def command(settings: Settings, *words: str, **more: str) -> Ran:
    """Run a command with the settings of a test."""
    return giants(*words, data_dir=settings.data_dir, **environment(settings) | more)
