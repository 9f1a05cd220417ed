"""State of one partition, kept in a changelog topic: atomic writes, quick catch-up, proof against zombies.

Frames of a log lead to one batch of its changelog, and the batch ends with a record that says which frame the
state now stands after: a partition's state is always that after a whole frame.

Every record begins with its *rank*, the offset of the last frame that it came from. What one owner writes
never falls in rank. After a rebalance a worker that was thought dead may still write: its frames lie behind
those of the new owner, so its records fall in rank. They are recognised, ignored, and written over, lest
compaction keep them as the latest of their keys. What is written over them is the state after a whole frame:
while a divisible frame is only partly in, another worker may be writing the rest of it, and nothing that it
writes may be undone.
"""

import asyncio
import struct
from collections.abc import AsyncIterable, Collection, Mapping, Sequence
from contextlib import aclosing
from typing import Final, Protocol

import structlog

from streams.local import FORMAT, LocalCopy, Standing, digest_of
from streams.log import Entry, Log, LogError, LogLostError, Record

_logger = structlog.get_logger(__name__)

_OFFSET: Final = struct.Struct(">q")
_POSITION_KEY: Final = b"\x00position"
BEFORE_ALL: Final = -1
# One batch where a write may be cut: the recount of every company under a new taxonomy.
_ENTRIES_PER_BATCH: Final = 500
_BYTES_PER_BATCH: Final = 4_000_000
# Entries that are read before they are restored and written to the local copy.
_ENTRIES_AT_ONCE: Final = 100_000
# Entries that are restored before others get a turn: heartbeats must not wait.
_ENTRIES_A_TURN: Final = 2_000


class Keeper(Protocol):
    """What a changelog restores into."""

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one entry of the state; the later of a key wins."""

    def entries(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """The entries of these keys as they are now, in the order in which they are to be written.

        Raises KeyError for one that is not there.
        """

    def load(self, copy: LocalCopy) -> None:
        """Take in what of a local copy has to be in memory, before the rest of the changelog comes."""


class StateLostError(LogError):
    """A changelog lacks an entry that was written to it."""

    def __init__(self, topic: str, partition: int, key: KeyError) -> None:
        super().__init__(
            f"{topic}/{partition} has a late record of {key} but none that counts: it was compacted before "
            "its owner could look at it; rebuild the state from the journal"
        )


class Changelog:
    """The changelog of one partition, the state that it restores, and its local copy where there is one."""

    def __init__(
        self, log: Log, topic: str, partition: int, keeper: Keeper, copy: LocalCopy | None = None
    ) -> None:
        self._log, self._topic, self._partition, self._keeper = log, topic, partition, keeper
        self._copy = copy
        self._topic_id: str | None = None  # asked for where there is a copy, when it is opened
        self._last_digest = 0
        self._rank = BEFORE_ALL
        self._stale: set[bytes] = set()  # keys of which the latest record fell in rank
        self._was_read = False
        self._read: dict[bytes, bytes] = {}  # records of which the entries are to be given to the keeper
        self.next_offset = 0  # offset up to which the changelog is read
        self.position = BEFORE_ALL  # offset of the last frame whose state is wholly in
        self.mark = b""  # what the owner noted beside the position

    @property
    def place(self) -> tuple[str, int]:
        """Topic and partition of the changelog."""
        return self._topic, self._partition

    async def catch_up(self) -> None:
        """Read what is not read yet; cheap where nobody else wrote since the last write from here."""
        copy = self._copy
        if copy is None or self._topic_id is not None or not await self._resume(copy):
            await self._read_on(copying=True)
        self._write_copy()

    def was_contested(self) -> bool:
        """Say whether anything was read that is not known to be from here, since this was last asked."""
        was_read, self._was_read = self._was_read, False
        return was_read

    async def mend(self) -> None:
        """Write over the records that fell in rank. While a frame is partly in, that waits for its rest."""
        if not self._stale or self._rank != self.position:
            return
        await self._append([*self._restated(self._stale), self._position_record()])

    async def write(
        self, position: int, entries: Mapping[bytes, bytes], mark: bytes = b"", *, divisible: bool = False
    ) -> None:
        """Write the state after the frame at `position`, and wait until it is durable.

        One batch, unless it is divisible: then a crash may leave a part of it, and the frame is folded again.
        `mark` is kept beside the position.
        """
        pieces = _pieces(entries) if divisible else [entries]
        was_alone = True
        for piece in pieces[:-1]:
            was_alone &= await self._append(self._records(position, piece), take_in=not was_alone)
        last = self._records(position, pieces[-1])
        await self._append([*last, self._position_record(position, mark)], take_in=not was_alone)
        self._write_copy()

    async def _resume(self, copy: LocalCopy) -> bool:
        """Stand on the local copy and read on, or throw it away where it is none of this changelog."""
        self._topic_id = await self._log.topic_id(self._topic)
        standing = copy.standing
        if standing is not None:
            if await self._read_on_from(copy, standing):
                return True
            _logger.warning("local copy thrown away: it is none of its changelog", changelog=self.place)
        copy.forget()
        return False

    async def _read_on_from(self, copy: LocalCopy, standing: Standing) -> bool:
        """Read the last record of the copy and what comes after; says whether it is the copy's.

        In one go: to ask a broker for what is not there yet takes longer than all the rest, and there are
        many partitions.
        """
        entries = self._log.read_entries(self._topic, self._partition, standing.next_offset - 1)
        async with aclosing(entries) as batches:
            try:
                first = await anext(batches, list[Entry]())
            except LogLostError:
                first = []
            if not self._belongs(standing, first):
                return False
            self._stand_on(copy, standing)
            await self._take_in([one for one in first if one[0] >= standing.next_offset], copying=True)
            await self._take_all(batches, copying=True)
        return True

    def _belongs(self, standing: Standing, first: Sequence[Entry]) -> bool:
        """Say whether the changelog is the one that was copied, and still has what was."""
        is_known = bool(self._topic_id) and standing.topic_id == self._topic_id
        return is_known and bool(first) and standing.follows(first[0])

    def _stand_on(self, copy: LocalCopy, standing: Standing) -> None:
        self._rank, self._stale = standing.rank, set(standing.stale)
        self.next_offset, self._last_digest = standing.next_offset, standing.last_digest
        self.position, self.mark = standing.position, standing.mark
        self._keeper.load(copy)
        self._was_read = True

    async def _read_on(self, *, copying: bool) -> None:
        """Take in what is not read yet."""
        entries = self._log.read_entries(self._topic, self._partition, self.next_offset)
        async with aclosing(entries) as batches:
            await self._take_all(batches, copying=copying)

    async def _take_all(self, batches: AsyncIterable[Sequence[Entry]], *, copying: bool) -> None:
        """Take in what is left to read, and give all of it to the keeper."""
        async for batch in batches:
            await self._take_in(batch, copying=copying)
        await self._give()

    async def _take_in(self, batch: Sequence[Entry], *, copying: bool) -> None:
        """Take records in, and their entries once there are many.

        Of a key that is written again and again only the latest is restored, and a long changelog goes to the
        copy in parts, since a copy may stand for any offset; but nothing while the state is ahead of the
        changelog.
        """
        if not batch:
            return
        self._was_read = True
        self._take(batch)
        if len(self._read) >= _ENTRIES_AT_ONCE:
            await self._give()
            if copying:
                self._write_copy()

    async def _give(self) -> None:
        """Restore what was read, in the order in which its keys first came, and let others run meanwhile."""
        read, self._read = self._read, {}
        restore, copy, begin = self._keeper.restore, self._copy, _OFFSET.size
        for number, (key, value) in enumerate(read.items(), 1):
            if key == _POSITION_KEY:
                (self.position,) = _OFFSET.unpack_from(value, begin)
                self.mark = value[2 * begin :]
                continue
            body = value[begin:]
            restore(key, body)
            if copy is not None:
                copy.put(key, body)
            if number % _ENTRIES_A_TURN == 0:
                await asyncio.sleep(0)

    def _write_copy(self) -> None:
        """Let the copy on the disk be what the changelog says up to here."""
        if self._copy is None or self._topic_id is None or not self.next_offset:
            return
        self._copy.write(
            Standing(
                FORMAT,
                self._topic_id,
                self.next_offset,
                self._last_digest,
                self._rank,
                self.position,
                self.mark,
                sorted(self._stale),
            )
        )

    def _take(self, records: Sequence[Entry]) -> None:
        """Take records in, or note that they are stale; their entries are given to the keeper later."""
        offset, *last = records[-1]
        self.next_offset = offset + 1
        if self._copy is not None:
            self._last_digest = digest_of(*last)
        # Millions of records go through here before a worker is ready.
        highest, stale, read, rank_of = self._rank, self._stale, self._read, _OFFSET.unpack_from
        for _, key, value in records:
            if key is None or value is None:
                continue
            rank = rank_of(value)[0]
            if rank < highest:
                stale.add(key)
                continue
            highest = rank
            if stale:
                stale.discard(key)
            read[key] = value
        self._rank = highest

    async def _append(self, records: list[Record], *, take_in: bool = False) -> bool:
        """Append a batch; says whether nobody else wrote since the last one.

        The keeper has what it writes, unless what another wrote was read in the middle of a divisible write:
        then the rest of it has to be taken in again.
        """
        first = await self._log.append(self._topic, self._partition, records)
        if first != self.next_offset:  # somebody else wrote, or the broker took a batch twice
            await self._read_on(copying=False)
            return False
        self.next_offset = first + len(records)
        (rank,) = _OFFSET.unpack_from(records[0].value or b"")
        if not take_in and rank >= self._rank:
            self._rank = rank
            if self._stale:
                self._stale.difference_update(record.key for record in records if record.key is not None)
            self._copy_appended(records)
            records = records[-1:] if records[-1].key == _POSITION_KEY else []
        if records:
            start = self.next_offset - len(records)
            self._take([(offset, one.key, one.value) for offset, one in enumerate(records, start)])
            await self._give()
        return True

    def _copy_appended(self, records: list[Record]) -> None:
        if self._copy is None:
            return
        self._last_digest = digest_of(records[-1].key, records[-1].value)
        for record in records:
            if record.key not in {None, _POSITION_KEY} and record.value is not None:
                self._copy.put(record.key or b"", record.value[_OFFSET.size :])

    def _restated(self, keys: set[bytes]) -> list[Record]:
        try:
            entries = self._keeper.entries(sorted(keys - {_POSITION_KEY}))
        except KeyError as error:
            raise StateLostError(self._topic, self._partition, error) from error
        return self._records(self.position, entries)

    def _records(self, rank: int, entries: Mapping[bytes, bytes]) -> list[Record]:
        prefix = _OFFSET.pack(rank)
        return [Record(self._topic, self._partition, key, prefix + value) for key, value in entries.items()]

    def _position_record(self, position: int | None = None, mark: bytes | None = None) -> Record:
        position = self.position if position is None else position
        mark = self.mark if mark is None else mark
        value = _OFFSET.pack(position) + _OFFSET.pack(position) + mark
        return Record(self._topic, self._partition, _POSITION_KEY, value)


def _pieces(entries: Mapping[bytes, bytes]) -> list[dict[bytes, bytes]]:
    """Cut by number and size; one empty piece where there is nothing."""
    pieces: list[dict[bytes, bytes]] = [{}]
    size_bytes = 0
    for key, value in entries.items():
        size_bytes += len(key) + len(value)
        if pieces[-1] and (len(pieces[-1]) == _ENTRIES_PER_BATCH or size_bytes > _BYTES_PER_BATCH):
            pieces.append({})
            size_bytes = len(key) + len(value)
        pieces[-1][key] = value
    return pieces
