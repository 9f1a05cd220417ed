"""What topics of the broker are set to, against what the stream needs; and making it so.

Records that are not read yet must not be deleted, so retention is unlimited and nothing but state and latest
values is compacted. Somebody else may have made the topics, or changed them since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import structlog
from kafka.admin import ConfigResource, ConfigResourceType

from giants.kafka.admin import admin_client, described_topics, topic_configuration
from giants.kafka.errors import KafkaFailure, WrongPartitionCountError
from giants.kafka.topics import ALL, TopicRole
from giants.settings import Settings

PARTITIONS: Final = "partitions"
MISSING: Final = "missing"

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting of a topic that is not as the stream needs it; the topic's name is the full one."""

    topic: str
    setting: str
    expected: str
    got: str


def differences(settings: Settings) -> list[Difference]:
    """Every difference: topics that are missing, partitions, configuration. Raises `KafkaError`.

    Configurations that this user may not see are not compared.
    """
    names = {topic.full_name(settings): topic for topic in ALL}
    there = described_topics(settings, names)
    with admin_client(settings) as admin:
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
        answer = admin.describe_configs(resources, config_filter="all") if resources else {}
    configured = answer.get("topic", {})
    found = []
    for name, topic in names.items():
        expected = topic.partition_count(settings)
        if name not in there:
            found.append(Difference(name, PARTITIONS, str(expected), MISSING))
            continue
        got = there[name].partitions
        # More are read all the same, but those of the internal topics belong to the state.
        if got < expected or (got > expected and topic.role is TopicRole.INTERNAL):
            found.append(Difference(name, PARTITIONS, str(expected), str(got)))
        has = configured.get(name, {})
        for setting, wanted in topic_configuration(topic, settings.replication_factor).items():
            value = has[setting]["value"] if setting in has else wanted
            if value != wanted:
                found.append(Difference(name, setting, wanted, str(value)))
    return found


def apply(settings: Settings, wrong: Iterable[Difference]) -> int:
    """Set what differs; returns how many settings. Partitions are left alone.

    Raises `WrongPartitionCountError` where a topic has too few, or too many for the state.
    """
    configurable, count = [], 0
    for name, group in groupby(wrong, lambda one: one.topic):
        settable = {}
        for one in group:
            if one.setting == PARTITIONS and one.got != MISSING:
                raise WrongPartitionCountError(name, int(one.expected), int(one.got))
            if one.setting != PARTITIONS:
                settable[one.setting] = one.expected
        if settable:
            configurable.append(ConfigResource(ConfigResourceType.TOPIC, name, settable))
            count += len(settable)
    if configurable:
        with admin_client(settings) as admin:
            # The client calls settings that are lists, such as cleanup.policy, unknown; the broker checks.
            admin.alter_configs(configurable, raise_on_unknown=False)
    return count


def warn_of_differences(settings: Settings) -> Sequence[Difference]:
    """Log what differs, each topic in a line; nothing where the broker does not tell."""
    try:
        found = differences(settings)
    except KafkaFailure as error:
        _logger.info("the settings of the topics cannot be compared", reason=repr(error))
        return ()
    for name, group in groupby(found, lambda one: one.topic):
        _logger.warning(
            "a topic is not set as the stream needs it: records may be lost; see `giants topics check`",
            topic=name,
            settings={one.setting: f"{one.got}, expected {one.expected}" for one in group},
        )
    return found
