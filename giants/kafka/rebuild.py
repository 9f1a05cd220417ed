"""Forgetting what was derived: the first half of a rebuild on a broker that keeps its records.

Input topics stay as they are, but are not read again: the journal is published behind them, marked as
replayed, so that nobody is alerted twice. Logs and states of the agents are deleted and made anew.
"""

import time
from typing import Final

from kafka import KafkaAdminClient, OffsetAndMetadata, TopicPartition
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFoundError,
    NoError,
    NonEmptyGroupError,
    NotCoordinatorError,
    UnknownTopicOrPartitionError,
)

from giants.kafka import topics
from giants.kafka.admin import admin_client, create_topics, described_by
from giants.kafka.errors import WorkersRunningError
from giants.kafka.lag import INTAKE, REGISTRY, ends_of
from giants.settings import Settings

DELETE_SECONDS_MAX: Final = 60.0
# Above the session timeout of workers.
SESSION_SECONDS_MAX: Final = 10.0
_POLL_SECONDS: Final = 0.1
# Raised by the client, or told of the group where its coordinator is found and does not know it yet.
_COORDINATOR_NOT_READY: Final = (
    CoordinatorNotAvailableError,
    CoordinatorLoadInProgressError,
    NotCoordinatorError,
)


def forget_derived(settings: Settings) -> None:
    """Delete logs and states of the agents and make them anew; put intake behind all inputs.

    Everything that is on the input topics must be in the journal. Raises `WorkersRunningError` where the
    broker knows of running workers (the embedded one does not tell).
    """
    with admin_client(settings) as admin:
        for consumer in (REGISTRY, INTAKE):
            _delete_group(admin, settings.topic_prefix + consumer.group)
        _delete_topics(admin, [topic.full_name(settings) for topic in topics.DERIVED])
    create_topics(settings)
    _skip_inputs(settings)


def _delete_group(admin: KafkaAdminClient, group: str) -> None:
    """Delete a group; a worker with a GIANTS_WORKER_ID counts as running for a session after its end."""
    deadline = time.monotonic() + SESSION_SECONDS_MAX
    while (got := _deleted(admin, group)) == NonEmptyGroupError.__name__:
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    if got not in {"OK", GroupIdNotFoundError.__name__}:
        raise WorkersRunningError(group, got)


def _deleted(admin: KafkaAdminClient, group: str) -> str:
    """What the broker says; a new one makes the topic of its groups when it is first asked for one."""
    deadline = time.monotonic() + DELETE_SECONDS_MAX
    while True:
        try:
            got = str(admin.delete_groups([group])[group])
        except _COORDINATOR_NOT_READY as error:
            got = type(error).__name__
        if got not in {one.__name__ for one in _COORDINATOR_NOT_READY} or time.monotonic() > deadline:
            return got
        time.sleep(_POLL_SECONDS)


def _delete_topics(admin: KafkaAdminClient, names: list[str]) -> None:
    there = set(admin.list_topics()) & set(names)
    for name in sorted(there):
        try:
            admin.delete_topics([name])
        except UnknownTopicOrPartitionError:
            continue
    deadline = time.monotonic() + DELETE_SECONDS_MAX
    while (left := there & set(admin.list_topics())) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    if left:
        raise TimeoutError(f"after {DELETE_SECONDS_MAX:.0f} s still there: {', '.join(sorted(left))}")


def _skip_inputs(settings: Settings) -> None:
    """Commit the end of every input partition for intake."""
    with admin_client(settings) as admin:
        described = described_by(admin, [topic.full_name(settings) for topic in INTAKE.topics])
        partitions = [
            TopicPartition(name, number)
            for name, one in described.items()
            for number in range(one.partitions)
        ]
        ends = ends_of(settings, dict.fromkeys(partitions, 0))
        offsets = {TopicPartition(*one): OffsetAndMetadata(end, "", -1) for one, end in ends.items()}
        answers = admin.alter_group_offsets(f"{settings.topic_prefix}{INTAKE.group}", offsets)
    refused = {one: error for one, error in answers.items() if error is not NoError}
    if refused:
        raise WorkersRunningError(INTAKE.group, str(refused))
