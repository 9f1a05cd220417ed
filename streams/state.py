"""State of one partition, kept in a changelog topic: atomic writes, quick catch-up, and proof against zombies.

Each frame of a log leads to one batch of its changelog, and the batch ends with a record that says which frame
the state now stands after: a partition's state is always that after a whole frame.

Every record begins with its *rank*, the offset of the frame that it came from. What one owner writes never falls
in rank. After a rebalance a worker that was thought dead may still write: its frames lie behind those of the new
owner, so its records fall in rank. They are recognised, ignored, and written over, lest compaction keep them as
the latest of their keys.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, Protocol

from streams.log import Log, Record, Stored

_OFFSET: Final = struct.Struct(">q")
_POSITION_KEY: Final = b"\x00position"
BEFORE_ALL: Final = -1
# Entries in one batch where a write may be cut: the recount of every company under a new taxonomy.
_ENTRIES_PER_BATCH: Final = 500


class Keeper(Protocol):
    """What a changelog restores into."""

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one entry of the state; the later of a key wins."""

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """The entries of these keys as they are now; empty bytes for one that is not there."""


class Changelog:
    """The changelog of one partition and the state that it restores."""

    def __init__(self, log: Log, topic: str, partition: int, keeper: Keeper) -> None:
        self._log, self._topic, self._partition, self._keeper = log, topic, partition, keeper
        self._next_offset = 0
        self._rank = BEFORE_ALL
        self.position = BEFORE_ALL  # offset of the last frame whose state is wholly in

    async def catch_up(self) -> None:
        """Read what is not read yet; cheap where nobody else wrote since the last write from here."""
        stale: set[bytes] = set()
        async for stored in self._log.read(self._topic, self._partition, self._next_offset):
            self._next_offset = stored.offset + 1
            stale_key = self._restore(stored)
            if stale_key is not None:
                stale.add(stale_key)
        if stale:
            await self._overwrite(stale)

    async def write(self, position: int, entries: Mapping[bytes, bytes], *, divisible: bool = False) -> None:
        """Write the state after the frame at `position`, and wait until it is durable.

        One batch, unless it is divisible: then a crash may leave a part of it, and the frame is folded again.
        """
        pieces = list(_pieces(entries)) if divisible else [entries]
        for piece in pieces[:-1]:
            await self._append(self._records(position, piece))
        await self._append([*self._records(position, pieces[-1]), self._position_record(position, position)])

    def _restore(self, stored: Stored) -> bytes | None:
        """Take a record in; returns its key where it is stale."""
        if stored.key is None or stored.value is None:
            return None
        (rank,) = _OFFSET.unpack_from(stored.value)
        if rank < self._rank:
            return stored.key
        self._rank = rank
        body = stored.value[_OFFSET.size :]
        if stored.key == _POSITION_KEY:
            (self.position,) = _OFFSET.unpack(body)
        else:
            self._keeper.restore(stored.key, body)
        return None

    async def _overwrite(self, stale: set[bytes]) -> None:
        records = self._records(self._rank, self._keeper.entries(stale - {_POSITION_KEY}))
        if _POSITION_KEY in stale:
            records.append(self._position_record(self._rank, self.position))
        await self._append(records)

    async def _append(self, records: list[Record]) -> None:
        first = await self._log.append(self._topic, self._partition, records)
        if first != self._next_offset:  # somebody else wrote, or the broker took the batch twice
            await self.catch_up()
            return
        self._next_offset = first + len(records)
        for offset, record in enumerate(records, first):
            if record.key == _POSITION_KEY:
                self._restore(Stored(offset, record.key, record.value, 0))
        self._rank = max(self._rank, _OFFSET.unpack_from(records[-1].value or b"")[0])

    def _records(self, rank: int, entries: Mapping[bytes, bytes]) -> list[Record]:
        prefix = _OFFSET.pack(rank)
        return [Record(self._topic, self._partition, key, prefix + value) for key, value in entries.items()]

    def _position_record(self, rank: int, position: int) -> Record:
        value = _OFFSET.pack(rank) + _OFFSET.pack(position)
        return Record(self._topic, self._partition, _POSITION_KEY, value)


def _pieces(entries: Mapping[bytes, bytes]) -> Iterator[Mapping[bytes, bytes]]:
    items = iter(entries.items())
    while piece := dict(islice(items, _ENTRIES_PER_BATCH)):
        yield piece
    if not entries:
        yield {}
