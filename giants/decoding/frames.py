"""Frames: one record of an internal log holds up to some hundred events for one partition.

Frames make the stream fast, since Kafka and Faust are paid once a frame, and replays exact, since a frame's
boundaries stand in the log. MessagePack by msgspec.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar
from zlib import crc32

import msgspec

from giants.domain.events import Delta, DeltaLogEvent, Family, FamilyLogEvent, NewProgrammeStatus

# A frame's state must fit one record batch (streams.changelog): 500 companies of some kilobytes and 10,000
# tallies do.
FRAME_EVENTS_MAX: Final = 500
FRAME_SYMBOLS_MAX: Final = 10_000
# Characters of lookup keys, four bytes each at most: 200 assignees with the longest names are one frame.
FRAME_CHARACTERS_MAX: Final = 500_000
# The header of a frame of deltas that nobody is alerted of.
BACKFILL_HEADER: Final = ("giants-load", b"1")
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
    """A frame of the delta log.

    Those of the portfolio and the registry carry a position; intake's rely on versions instead.
    """

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

E = TypeVar("E", Family, Delta, NewProgrammeStatus)


def shard_of(family_id: str, partitions: int) -> int:
    """The partition of the family log that a family goes to, whatever its producer did.

    Nobody else reads that log, so a hash is enough that costs nothing.
    """
    return crc32(family_id.encode()) % partitions


def split(events: Iterable[E]) -> Iterator[list[E]]:
    """Cut events into frames by number, symbols and characters; the same events are always cut the same way.

    What is cut otherwise by another release cannot be told from what was sent before, so a limit may only
    change while the logs are drained.
    """
    frame: list[E] = []
    symbols = characters = 0
    for event in events:
        more_symbols, more_characters = _weight(event)
        symbols += more_symbols
        characters += more_characters
        is_full = len(frame) == FRAME_EVENTS_MAX
        if frame and (is_full or symbols > FRAME_SYMBOLS_MAX or characters > FRAME_CHARACTERS_MAX):
            yield frame
            frame, symbols, characters = [], more_symbols, more_characters
        frame.append(event)
    if frame:
        yield frame


def cut_assignments(assignments: Mapping[str, str | None]) -> Iterator[dict[str, str | None]]:
    """Cut assignments into events by number and characters; the same are always cut the same way."""
    piece: dict[str, str | None] = {}
    characters = 0
    for key, company_id in assignments.items():
        characters += len(key)
        if piece and (len(piece) == ASSIGNMENTS_MAX or characters > FRAME_CHARACTERS_MAX):
            yield piece
            piece, characters = {}, len(key)
        piece[key] = company_id
    if piece:
        yield piece


def _weight(event: Family | Delta | NewProgrammeStatus) -> tuple[int, int]:
    """Symbols, and characters of lookup keys."""
    if isinstance(event, Delta):
        return len(event.before or ()) + len(event.after or ()), 0
    if isinstance(event, Family):
        return len(event.symbols), sum([len(key) for keys in event.assignees for key in keys])
    return 0, 0
