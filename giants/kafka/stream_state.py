"""What the stream knows of itself, in an internal topic: its partition count, how far watch is, and whether
its facts are forwarded to topics of another prefix.

Kafka forgets the offsets of a group that was idle for seven days, and topics do not say by how many
partitions the state was made. One record a fact: its key says which, and the latest counts.

    key                           value
    partitions                    the count that the state was made with
    watch/TOPIC-ID/PARTITION      the offset that watch reads next
    forwarded                     the prefix that intake leaves its facts to, and the epoch before
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from giants.kafka.admin import described_topics
from giants.kafka.errors import StateCountError
from giants.kafka.log import Log, Record
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from giants.kafka.topics import STREAM_STATE
from giants.settings import Settings

FORWARDED: Final = b"forwarded"
_PARTITIONS: Final = b"partitions"
_WATCH: Final = "watch"

# By the id of a topic and the number of a partition.
Positions = Mapping[tuple[str, int], int]


class Forwarded(msgspec.Struct, frozen=True):
    """Intake is stopped: facts of these topics are those of the topics of `prefix` since a switch.

    `epoch` is the one that these topics led to.
    """

    prefix: str
    epoch: int


_decode_forwarded: Final = msgspec.json.Decoder(Forwarded).decode


def check_partition_count(settings: Settings) -> None:
    """Compare the partition count with that of the state, and note it where there is no state yet.

    Raises `StateCountError`, and the errors of the broker.
    """
    noted = noted_partition_count(settings)
    if noted is None:
        with Publisher(settings) as publisher:
            value = str(settings.partitions).encode()
            publisher.send(STREAM_STATE.full_name(settings), _PARTITIONS, value)
    elif noted != settings.partitions:
        raise StateCountError(settings.topic_prefix, noted, settings.partitions)


def noted_partition_count(settings: Settings) -> int | None:
    """The partition count that the state was made with; None where there is no state yet."""
    noted = _latest(settings, _PARTITIONS)
    return None if noted is None else int(noted)


def forwarded(settings: Settings) -> Forwarded | None:
    """Where the facts of these topics are forwarded to; None where intake takes them in."""
    return decode_forwarded(_latest(settings, FORWARDED))


def decode_forwarded(value: bytes | None) -> Forwarded | None:
    """What a record with the key `FORWARDED` says."""
    return _decode_forwarded(value) if value else None


def note_forwarded(settings: Settings, to: Forwarded | None) -> None:
    """Stop intake in all workers of these topics, or let it go on. They follow it, and need no restart."""
    value = b"" if to is None else msgspec.json.encode(to)
    with Publisher(settings) as publisher:
        publisher.send_record(Record(STREAM_STATE.full_name(settings), 0, FORWARDED, value))


def _latest(settings: Settings, key: bytes) -> bytes | None:
    if not described_topics(settings, [STREAM_STATE.full_name(settings)]):
        return None
    latest: bytes | None = None
    with Follower(settings, [STREAM_STATE]) as follower:
        for message in follower.to_end():
            if message.key == key and message.value is not None:
                latest = message.value
    return latest


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
