"""Frames: one record of an internal log holds up to some hundred events for one partition.

Frames make the stream fast, since Kafka and Faust are paid once a frame, and replays exact, since a frame's
boundaries stand in the log. MessagePack by msgspec.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec
from aiokafka.partitioner import murmur2

from giants.domain.events import Delta, DeltaLogEvent, Family, FamilyLogEvent

# A frame's state must fit one record batch (streams.state): 500 companies of some kilobytes and 10,000
# tallies do.
FRAME_EVENTS_MAX: Final = 500
FRAME_SYMBOLS_MAX: Final = 10_000
# Lookup keys in one assignment event.
ASSIGNMENTS_MAX: Final = 5_000


class Position(msgspec.Struct, array_like=True, frozen=True, order=True):
    """Where a frame stands in what its source sends: `offset` in the source's own log, then the chunk."""

    offset: int
    chunk: int


class FamilyFrame(msgspec.Struct, array_like=True, frozen=True):
    """A frame of the family log. The registry's carry a position; intake's rely on versions instead."""

    events: list[FamilyLogEvent]
    source: str | None = None
    position: Position | None = None


class DeltaFrame(msgspec.Struct, array_like=True, frozen=True):
    """A frame of the delta log. The portfolio's carry a position; intake's rely on versions instead."""

    events: list[DeltaLogEvent]
    source: str | None = None
    position: Position | None = None


class ProgrammeFrame(msgspec.Struct, array_like=True, frozen=True):
    """One programme fact, as the canonical JSON of its model, with where it came from."""

    kind: str  # topic of the contract, without prefix
    document: bytes
    at_ms: int
    replayed: bool


encode: Final = msgspec.msgpack.Encoder().encode
decode_family_frame: Final = msgspec.msgpack.Decoder(FamilyFrame).decode
decode_delta_frame: Final = msgspec.msgpack.Decoder(DeltaFrame).decode
decode_programme_frame: Final = msgspec.msgpack.Decoder(ProgrammeFrame).decode

E = TypeVar("E", Family, Delta)


def partition_of(key: str, partitions: int) -> int:
    """The partition that Java's default partitioner chooses, whatever the producer did."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


def split(events: Iterable[E]) -> Iterator[list[E]]:
    """Cut events into frames by number and by symbols; the same events are always cut the same way."""
    frame: list[E] = []
    symbols = 0
    for event in events:
        weight = _symbols(event)
        if frame and (len(frame) == FRAME_EVENTS_MAX or symbols + weight > FRAME_SYMBOLS_MAX):
            yield frame
            frame, symbols = [], 0
        frame.append(event)
        symbols += weight
    if frame:
        yield frame


def _symbols(event: Family | Delta) -> int:
    if isinstance(event, Family):
        return len(event.symbols)
    return len(event.before or ()) + len(event.after or ())
