"""Frames: one record of an internal log holds up to some hundred events for one partition.

Frames make the stream fast, since Kafka and Faust are paid once a frame, and replays exact, since a frame's
boundaries stand in the log. MessagePack by msgspec.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar
from zlib import crc32

import msgspec

from giants.domain.events import (
    Claims,
    CountedUnder,
    Delta,
    DeltaLogEvent,
    Family,
    FamilyLogEvent,
    NewProgrammeStatus,
    SharedClaim,
)
from schemas.codes import Status, Tier

# A frame's state must fit one record batch (streams.changelog): 500 companies of some kilobytes and 10,000
# tallies do.
FRAME_EVENTS_MAX: Final = 500
FRAME_SYMBOLS_MAX: Final = 10_000
# Characters of lookup keys, four bytes each at most: 200 assignees with the longest names are one frame.
FRAME_CHARACTERS_MAX: Final = 500_000
# The header of a frame of deltas that nobody is alerted of.
BACKFILL_HEADER: Final = ("giants-load", b"1")
# What events of inventions weigh in symbols, by the entries that they may change and the length of ids: a
# publication; a claim to a shared one, which may change what is told of all families of two inventions; and a
# family that counts under another, whose whole record is written.
CLAIM_WEIGHT: Final = 20
SHARED_CLAIM_WEIGHT: Final = 400
COUNTED_UNDER_WEIGHT: Final = 500
# Publications in one event of claims.
CLAIM_PUBLICATIONS_MAX: Final = 500
# Lookup keys in one assignment event.
ASSIGNMENTS_MAX: Final = 5_000


class Position(msgspec.Struct, array_like=True, frozen=True, order=True):
    """Where a frame stands in what its source sends: `offset` in the source's own log, then the chunk."""

    offset: int
    chunk: int


class FamilyFrame(msgspec.Struct, array_like=True, frozen=True):
    """A frame of the family log. Those of agents carry a position; intake's rely on versions instead."""

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


class InventionFrame(msgspec.Struct, array_like=True, frozen=True):
    """A frame of the invention log, of one partition of the portfolio."""

    events: list[SharedClaim]
    source: str
    position: Position


class ProgrammeFrame(msgspec.Struct, array_like=True, frozen=True):
    """One programme fact, as the canonical JSON of its model, with where it came from.

    Or what a rebuild tells the registry, by its `kind`: that it begins and ends, with its epoch in the
    document; and `ProgrammeHeads`.
    """

    kind: str  # topic of the contract, without prefix
    document: bytes
    at_ms: int
    replayed: bool


class CompanyHead(msgspec.Struct, array_like=True, frozen=True):
    """The last link of the chain of a company that was ever said; without a state its id is gone."""

    company_id: str
    seq: int
    state: tuple[Status, Tier | None, str] | None


class ListHead(msgspec.Struct, array_like=True, frozen=True):
    """How many pieces of news there are of a list."""

    list_id: str
    seq: int


class ProgrammeHeads(msgspec.Struct, array_like=True, frozen=True):
    """Where chains of the registry end that were said in an epoch before."""

    companies: list[CompanyHead]
    lists: list[ListHead]


# Kinds of frames of the programme log that are no facts.
REBUILD_BEGIN: Final = "rebuild.begin"
REBUILD_HEADS: Final = "rebuild.heads"
REBUILD_END: Final = "rebuild.end"

encode: Final = msgspec.msgpack.Encoder().encode
decode_family_frame: Final = msgspec.msgpack.Decoder(FamilyFrame).decode
decode_delta_frame: Final = msgspec.msgpack.Decoder(DeltaFrame).decode
decode_invention_frame: Final = msgspec.msgpack.Decoder(InventionFrame).decode
decode_programme_heads: Final = msgspec.msgpack.Decoder(ProgrammeHeads).decode
decode_programme_frame: Final = msgspec.msgpack.Decoder(ProgrammeFrame).decode

E = TypeVar("E", Family, Delta, NewProgrammeStatus, Claims, SharedClaim, CountedUnder)


def shard_of(id_: str, partitions: int) -> int:
    """The partition of the family log that a family goes to, whatever its producer did; so do publications.

    Nobody else reads that log, so a hash is enough that costs nothing.
    """
    return crc32(id_.encode()) % partitions


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


def claims_by_shard(event: Claims, partitions: int) -> Iterator[tuple[int, Claims]]:
    """Cut what a family claims by the partition of the publication, and by number; always the same way."""
    shards: dict[int, tuple[list[str], list[str]]] = {}
    for side, publications in enumerate((event.taken, event.left)):
        for publication in publications:
            shards.setdefault(shard_of(publication, partitions), ([], []))[side].append(publication)
    for partition, (taken, left) in shards.items():
        for start in range(0, max(len(taken), len(left)), CLAIM_PUBLICATIONS_MAX):
            piece = slice(start, start + CLAIM_PUBLICATIONS_MAX)
            yield (
                partition,
                msgspec.structs.replace(event, taken=tuple(taken[piece]), left=tuple(left[piece])),
            )


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


def _weight(
    event: Family | Delta | NewProgrammeStatus | Claims | SharedClaim | CountedUnder,
) -> tuple[int, int]:
    """Symbols, or what weighs as much, and characters of lookup keys and publications."""
    if isinstance(event, Delta):
        return len(event.before or ()) + len(event.after or ()), 0
    if isinstance(event, Family):
        characters = sum([len(key) for keys in event.assignees for key in keys])
        return len(event.symbols), characters + sum(map(len, event.publications))
    if isinstance(event, Claims):
        return CLAIM_WEIGHT * (len(event.taken) + len(event.left)), 0
    if isinstance(event, SharedClaim):
        return SHARED_CLAIM_WEIGHT, 0
    if isinstance(event, CountedUnder):
        return COUNTED_UNDER_WEIGHT, 0
    return 0, 0
