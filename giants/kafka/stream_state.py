"""What the stream knows of itself, in an internal topic: its partition count, and how far watch is.

Kafka forgets the offsets of a group that was idle for seven days, and topics do not say by how many
partitions the state was made. One record a fact: its key says which, and the latest counts.

    key                           value
    partitions                    the count that the state was made with
    watch/TOPIC-ID/PARTITION      the offset that watch reads next
"""

from collections.abc import Mapping
from typing import Final

from giants.kafka.errors import StateCountError
from giants.kafka.log import Log, Record
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from giants.kafka.topics import STREAM_STATE
from giants.settings import Settings

_PARTITIONS: Final = b"partitions"
_WATCH: Final = "watch"

# By the id of a topic and the number of a partition.
Positions = Mapping[tuple[str, int], int]


def check_partition_count(settings: Settings) -> None:
    """Compare the partition count with that of the state, and note it where there is no state yet.

    Raises `StateCountError`, and the errors of the broker.
    """
    noted: int | None = None
    with Follower(settings, [STREAM_STATE]) as follower:
        for message in follower.to_end():
            if message.key == _PARTITIONS and message.value is not None:
                noted = int(message.value)
    if noted is None:
        with Publisher(settings) as publisher:
            value = str(settings.partitions).encode()
            publisher.send(STREAM_STATE.full_name(settings), _PARTITIONS, value)
    elif noted != settings.partitions:
        raise StateCountError(settings.topic_prefix, noted, settings.partitions)


async def read_watch_positions(log: Log, settings: Settings) -> Positions:
    """How far watch was when it last said so."""
    found: dict[tuple[str, int], int] = {}
    async for stored in log.read(STREAM_STATE.full_name(settings), 0, 0):
        kind, _, place = (stored.key or b"").decode().partition("/")
        topic_id, _, partition = place.rpartition("/")
        if kind == _WATCH and stored.value is not None:
            found[topic_id, int(partition)] = int(stored.value)
    return found


def watch_positions(positions: Positions, settings: Settings) -> list[Record]:
    """The records that say how far watch is."""
    topic = STREAM_STATE.full_name(settings)
    return [
        Record(topic, 0, f"{_WATCH}/{topic_id}/{partition}".encode(), str(offset).encode())
        for (topic_id, partition), offset in positions.items()
    ]
