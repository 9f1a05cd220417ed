"""Forgetting what was derived: the first half of a rebuild on a broker that keeps its records.

Input topics stay as they are, but are not read again: the journal is published behind them, marked as
replayed, so that nobody is alerted twice. Logs and states of the agents are deleted and made anew.
"""

import time
from typing import Final

from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import GroupIdNotFoundError, NonEmptyGroupError, UnknownTopicOrPartitionError

from giants.errors import GiantsError
from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.clients import client_options
from giants.kafka.lag import INTAKE, REGISTRY
from giants.kafka.reading import ends_of
from giants.settings import Settings

DELETE_SECONDS_MAX: Final = 60.0
# Above the session timeout of workers.
SESSION_SECONDS_MAX: Final = 10.0
_POLL_SECONDS: Final = 0.1
_POLL_MS: Final = 200


class WorkersRunningError(GiantsError):
    """Workers still write what is to be forgotten."""

    def __init__(self, group: str, got: str) -> None:
        super().__init__(f"the group {group} cannot be deleted ({got}): stop all workers before a rebuild")


def forget_derived(settings: Settings) -> None:
    """Delete logs and states of the agents and make them anew; put intake behind all inputs.

    Everything that is on the input topics must be in the journal. Raises `WorkersRunningError` where the
    broker knows of running workers (the embedded one does not tell).
    """
    admin = KafkaAdminClient(**client_options(settings))
    try:
        for consumer in (REGISTRY, INTAKE):
            _delete_group(admin, settings.topic_prefix + consumer.group)
        _delete_topics(admin, [topic.full_name(settings) for topic in topics.INTERNALS])
    finally:
        admin.close()
    create_topics(settings)
    _skip_inputs(settings)


def _delete_group(admin: KafkaAdminClient, group: str) -> None:
    """Delete a group; a worker with a GIANTS_WORKER_ID counts as running for a session after its end."""
    deadline = time.monotonic() + SESSION_SECONDS_MAX
    while (got := admin.delete_groups([group])[group]) == NonEmptyGroupError.__name__:
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    if got not in {"OK", GroupIdNotFoundError.__name__}:
        raise WorkersRunningError(group, got)


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
    """Commit the end of every input partition for intake, as fetches tell them."""
    places = [
        TopicPartition(topic.full_name(settings), number)
        for topic in INTAKE.topics
        for number in range(topic.partition_count(settings))
    ]
    consumer = KafkaConsumer(
        **client_options(settings),
        group_id=settings.topic_prefix + INTAKE.group,
        enable_auto_commit=False,
        fetch_max_wait_ms=_POLL_MS,
    )
    try:
        consumer.assign(places)
        consumer.seek_to_end(*places)
        ends = ends_of(consumer, _POLL_MS)
        consumer.commit({place: OffsetAndMetadata(end, "", -1) for place, end in ends.items()})
    finally:
        consumer.close()
