"""Groups whose next records were deleted, and letting them go on without."""

from dataclasses import dataclass
from typing import Final

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from giants.kafka.admin import admin_client, described_topics, set_offsets
from giants.kafka.lag import DELIVERY, INTAKE, STORE, WATCH
from giants.settings import Settings

GROUPS: Final = (INTAKE, STORE, WATCH, DELIVERY)


@dataclass(frozen=True, slots=True)
class Gap:
    """Records from `committed` up to `first` that a group was to read and that are deleted."""

    group: str
    topic: str
    partition: int
    committed: int
    first: int


def gaps(settings: Settings) -> list[Gap]:
    """Every gap of a group of the stream; those of the tasks are in their state. Raises `KafkaError`."""
    names = {topic.full_name(settings) for group in GROUPS for topic in group.topics}
    there = described_topics(settings, names)
    partitions = [
        TopicPartition(name, number) for name, one in there.items() for number in range(one.partitions)
    ]
    found = []
    with admin_client(settings) as admin:
        firsts = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
        for group in GROUPS:
            name = settings.topic_prefix + group.group
            wanted = {topic.full_name(settings) for topic in group.topics}
            own = [one for one in partitions if one.topic in wanted]
            committed = admin.list_group_offsets({name: own})[name] if own else {}
            for one in own:
                offset = committed[one].offset if one in committed else -1
                first = firsts[one].offset
                if 0 <= offset < first:
                    found.append(Gap(name, one.topic, one.partition, offset, first))
    return found


def accept(settings: Settings, accepted: list[Gap]) -> None:
    """Commit the first offset that is there. Raises `GroupBusyError` where the group has members."""
    for group in sorted({one.group for one in accepted}):
        offsets = {
            TopicPartition(one.topic, one.partition): one.first for one in accepted if one.group == group
        }
        set_offsets(settings, group, offsets)
