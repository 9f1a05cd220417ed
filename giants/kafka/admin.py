"""Administration through kafka-python: topics that are missing are created, the others are checked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaAdminClient, OffsetAndMetadata, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import GroupIdNotFoundError, KafkaError, NoError, TopicAlreadyExistsError

from giants.kafka.connection import client_options, raise_refused_login
from giants.kafka.errors import GroupBusyError, WrongPartitionCountError
from giants.kafka.topics import ALL, BATCH_BYTES_MAX, INPUT_BATCH_BYTES_MAX, INTERNALS, Topic, TopicRole
from giants.settings import Settings

_REQUEST_MS_MAX: Final = 30_000
_BOOTSTRAP_MS_MAX: Final = 10_000
IN_SYNC_REPLICAS_MIN: Final = 2
# A worker that lost its partitions may still write for a while: its records must be there to be recognised.
_COMPACTION_LAG_MS: Final = 3_600_000
# Compaction leaves alone the segment that is written to: by the broker's default the last GiB of a changelog,
# all of which a worker would have to read when it starts.
_STATE_SEGMENT_BYTES: Final = 64 * 1024 * 1024


def admin_client(settings: Settings, bootstrap_ms_max: int = _BOOTSTRAP_MS_MAX) -> KafkaAdminClient:
    """Connect a client of kafka-python, a context manager.

    Raises `KafkaError`, and `AuthorizationLostError` where the broker refuses the login.
    """
    options = client_options(settings)
    try:
        return KafkaAdminClient(
            **options, request_timeout_ms=_REQUEST_MS_MAX, bootstrap_timeout_ms=bootstrap_ms_max
        )
    except KafkaError:
        raise_refused_login(settings)
        raise


def create_topics(settings: Settings) -> list[str]:
    """Create the topics that are missing and check the others; returns the names of those created.

    Raises `WrongPartitionCountError`.
    """
    with admin_client(settings) as admin:
        known = set(admin.list_topics())
        missing = [topic for topic in ALL if topic.full_name(settings) not in known]
        made = [topic.full_name(settings) for topic in missing if _create(admin, topic, settings)]
        _check(admin, [topic for topic in ALL if topic not in missing], settings)
    return made


@dataclass(frozen=True, slots=True)
class Described:
    """A topic as the broker has it; without an id where the broker gives none."""

    topic_id: str
    partitions: int


def described_topics(settings: Settings, names: Collection[str]) -> dict[str, Described]:
    """The topics of these full names that are there. Raises `KafkaError`."""
    with admin_client(settings) as admin:
        return described_by(admin, names)


def described_by(admin: KafkaAdminClient, names: Collection[str]) -> dict[str, Described]:
    """The same by a client that is connected already."""
    # Asked for by its name, a topic that is missing would be made by brokers that allow it.
    there = sorted(set(admin.list_topics()) & set(names))
    described = admin.describe_topics(there) if there else []
    found = {}
    for one in described:
        topic_id = str(one.get("topic_id") or "")
        if one["partitions"]:
            found[_name_of(one)] = Described(topic_id if topic_id.strip("0-") else "", len(one["partitions"]))
    return found


def internal_topic_ids(settings: Settings) -> dict[str, str]:
    """The ids that the broker gave the internal topics, by full name; without those that have none."""
    found = described_topics(settings, [topic.full_name(settings) for topic in INTERNALS])
    return {name: one.topic_id for name, one in found.items() if one.topic_id}


def cluster_id(settings: Settings) -> str:
    """What tells a cluster from others, whatever address it has. Raises the errors of the broker."""
    with admin_client(settings) as admin:
        return str(admin.describe_cluster()["cluster_id"])


def set_offsets(settings: Settings, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Commit offsets for a group, by its full name. Raises `GroupBusyError` where it has members."""
    commits = {place: OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()}
    with admin_client(settings) as admin:
        answers = admin.alter_group_offsets(group, commits)
    refused = {error.__name__ for error in answers.values() if error is not NoError}
    if refused:
        raise GroupBusyError(group, ", ".join(sorted(refused)))


def has_members(settings: Settings, group: str) -> bool:
    """Whether processes belong to a group, by its full name; those that were killed for some seconds more."""
    with admin_client(settings) as admin:
        try:
            return bool(admin.describe_groups([group])[group]["members"])
        except GroupIdNotFoundError:
            return False


def topic_configuration(topic: Topic, replicas: int = 1) -> dict[str, str]:
    """The configuration of a topic, but for partitions and replicas."""
    size_bytes_max = INPUT_BATCH_BYTES_MAX if topic.role is TopicRole.INPUT else BATCH_BYTES_MAX
    configuration = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "max.message.bytes": str(size_bytes_max),
        # Instants of changes are those of the records that caused them.
        "message.timestamp.type": "CreateTime",
        # Nothing is deleted, whatever the defaults of the cluster are.
        "retention.bytes": "-1",
        "retention.ms": "-1",
    }
    if topic.role is TopicRole.INPUT:
        # The broker unpacks what producers compressed, so that the limit above counts what consumers have to
        # hold in memory.
        configuration["compression.type"] = "uncompressed"
    if replicas > 1:
        # What is confirmed is on two brokers at least: with one copy the loss of a broker would take back
        # what agents have relied on.
        configuration["min.insync.replicas"] = str(IN_SYNC_REPLICAS_MIN)
    if topic.compacted and topic.role is TopicRole.INTERNAL:
        configuration["min.compaction.lag.ms"] = str(_COMPACTION_LAG_MS)
        configuration["segment.bytes"] = str(_STATE_SEGMENT_BYTES)
    return configuration


def _create(admin: KafkaAdminClient, topic: Topic, settings: Settings) -> bool:
    wanted = NewTopic(
        topic.full_name(settings),
        topic.partition_count(settings),
        settings.replication_factor,
        topic_configs=topic_configuration(topic, settings.replication_factor),
    )
    try:
        admin.create_topics([wanted])
    except TopicAlreadyExistsError:
        return False
    return True


def _check(admin: KafkaAdminClient, existing: list[Topic], settings: Settings) -> None:
    expected = {topic.full_name(settings): topic.partition_count(settings) for topic in existing}
    if not expected:
        return
    internal = {topic.full_name(settings) for topic in existing if topic.role is TopicRole.INTERNAL}
    for described in admin.describe_topics(list(expected)):
        name, got = _name_of(described), len(described["partitions"])
        # More partitions of other topics are read; the number of the internal ones belongs to the state.
        if got < expected[name] or (got > expected[name] and name in internal):
            raise WrongPartitionCountError(name, expected[name], got)


def _name_of(described: Mapping[str, Any]) -> str:
    """The name of a topic, under either key that the client knows."""
    return str(described["topic"] if "topic" in described else described["name"])
