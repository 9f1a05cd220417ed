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

from giants.kafka.errors import BrokerError, LogLostError
from giants.kafka.log import Entry, Log, Record
from streams.local_state import FORMAT, Checkpoint, LocalStateStore, digest_of

_logger = structlog.get_logger(__name__)

_OFFSET: Final = struct.Struct(">q")
_PROCESSED_OFFSET_KEY: Final = b"\x00position"
BEFORE_ALL: Final = -1
# One batch where a write may be cut: the recount of every company under a new taxonomy.
_ENTRIES_PER_BATCH: Final = 500
_BYTES_PER_BATCH: Final = 4_000_000
# Entries that are read before they are restored and written to the local copy.
_ENTRIES_AT_ONCE: Final = 100_000
# Entries that are restored before others get a turn: heartbeats must not wait.
_ENTRIES_A_TURN: Final = 2_000


class StateStore(Protocol):
    """What a changelog restores into."""

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one entry of the state; the later of a key wins."""

    def entries(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """The entries of these keys as they are now, in the order in which they are to be written.

        Raises KeyError for one that is not there.
        """

    def load(self, local_store: LocalStateStore) -> None:
        """Take in what of a local copy has to be in memory, before the rest of the changelog comes."""


class StateLostError(BrokerError):
    """A changelog lacks an entry that was written to it."""

    def __init__(self, topic: str, partition: int, key: KeyError) -> None:
        super().__init__(
            f"{topic}/{partition} has a late record of {key} but none that counts: it was compacted before "
            "its owner could look at it; rebuild the state from the journal"
        )


class Changelog:
    """The changelog of one partition, the state that it restores, and its local copy where there is one."""

    def __init__(
        self,
        log: Log,
        topic: str,
        partition: int,
        store: StateStore,
        local_store: LocalStateStore | None = None,
    ) -> None:
        self._log, self._topic, self._partition, self._store = log, topic, partition, store
        self._local_store = local_store
        self._topic_id: str | None = None  # asked for where there is a copy, when it is opened
        self._last_digest = 0
        self._source_offset = BEFORE_ALL
        self._stale: set[bytes] = set()  # keys of which the latest record fell in rank
        self._saw_foreign_records = False
        self._unrestored: dict[
            bytes, bytes
        ] = {}  # records of which the entries are to be given to the keeper
        self.next_offset = 0  # offset up to which the changelog is read
        self.processed_offset = BEFORE_ALL  # offset of the last frame whose state is wholly in
        self.checkpoint_metadata = b""  # what the owner noted beside the position

    @property
    def place(self) -> tuple[str, int]:
        """Topic and partition of the changelog."""
        return self._topic, self._partition

    async def recover(self) -> None:
        """Read what is not read yet; cheap where nobody else wrote since the last write from here."""
        local_store = self._local_store
        if local_store is None or self._topic_id is not None or not await self._resume(local_store):
            await self._read_on(checkpointing=True)
        self.write_checkpoint()

    def saw_foreign_write(self) -> bool:
        """Say whether anything was read that is not known to be from here, since this was last asked."""
        was_read, self._saw_foreign_records = self._saw_foreign_records, False
        return was_read

    async def rewrite_stale_entries(self) -> None:
        """Write over the records that fell in rank. While a frame is partly in, that waits for its rest."""
        if not self._stale or self._source_offset != self.processed_offset:
            return
        await self._append([*self._restated(self._stale), self._processed_offset_record()])

    async def write(
        self,
        processed_offset: int,
        entries: Mapping[bytes, bytes],
        checkpoint_metadata: bytes = b"",
        *,
        resumable: bool = False,
    ) -> None:
        """Write the state after the frame at `processed_offset`, and wait until it is durable.

        One batch, unless it is divisible: then a crash may leave a part of it, and the frame is folded again.
        `checkpoint_metadata` is kept beside the position.
        """
        pieces = _pieces(entries) if resumable else [entries]
        was_alone = True
        for piece in pieces[:-1]:
            was_alone &= await self._append(self._records(processed_offset, piece), take_in=not was_alone)
        last = self._records(processed_offset, pieces[-1])
        await self._append(
            [*last, self._processed_offset_record(processed_offset, checkpoint_metadata)],
            take_in=not was_alone,
        )

    async def _resume(self, local_store: LocalStateStore) -> bool:
        """Stand on the local copy and read on, or throw it away where it is none of this changelog."""
        self._topic_id = await self._log.topic_id(self._topic)
        checkpoint = local_store.checkpoint
        if checkpoint is not None:
            if await self._read_on_from(local_store, checkpoint):
                return True
            _logger.warning("local copy thrown away: it is none of its changelog", changelog=self.place)
        local_store.forget()
        return False

    async def _read_on_from(self, local_store: LocalStateStore, checkpoint: Checkpoint) -> bool:
        """Read the last record of the copy and what comes after; says whether it is the copy's.

        In one go: to ask a broker for what is not there yet takes longer than all the rest, and there are
        many partitions.
        """
        entries = self._log.read_entries(self._topic, self._partition, checkpoint.next_offset - 1)
        async with aclosing(entries) as batches:
            try:
                first = await anext(batches, list[Entry]())
            except LogLostError:
                first = []
            if not self._is_checkpoint_of(checkpoint, first):
                return False
            self._resume_from(local_store, checkpoint)
            await self._read_batch(
                [one for one in first if one[0] >= checkpoint.next_offset], checkpointing=True
            )
            await self._read_batches(batches, checkpointing=True)
        return True

    def _is_checkpoint_of(self, checkpoint: Checkpoint, first: Sequence[Entry]) -> bool:
        """Say whether the changelog is the one that was copied, and still has what was."""
        is_known = bool(self._topic_id) and checkpoint.topic_id == self._topic_id
        return is_known and bool(first) and checkpoint.follows(first[0])

    def _resume_from(self, local_store: LocalStateStore, checkpoint: Checkpoint) -> None:
        self._source_offset, self._stale = checkpoint.source_offset, set(checkpoint.stale)
        self.next_offset, self._last_digest = checkpoint.next_offset, checkpoint.last_digest
        self.processed_offset, self.checkpoint_metadata = (
            checkpoint.processed_offset,
            checkpoint.checkpoint_metadata,
        )
        self._store.load(local_store)
        self._saw_foreign_records = True

    async def _read_on(self, *, checkpointing: bool) -> None:
        """Take in what is not read yet."""
        entries = self._log.read_entries(self._topic, self._partition, self.next_offset)
        async with aclosing(entries) as batches:
            await self._read_batches(batches, checkpointing=checkpointing)

    async def _read_batches(self, batches: AsyncIterable[Sequence[Entry]], *, checkpointing: bool) -> None:
        """Take in what is left to read, and give all of it to the keeper."""
        async for batch in batches:
            await self._read_batch(batch, checkpointing=checkpointing)
        await self._restore_entries()

    async def _read_batch(self, batch: Sequence[Entry], *, checkpointing: bool) -> None:
        """Take records in, and their entries once there are many.

        Of a key that is written again and again only the latest is restored, and a long changelog goes to the
        copy in parts, since a copy may stand for any offset; but nothing while the state is ahead of the
        changelog.
        """
        if not batch:
            return
        self._saw_foreign_records = True
        self._note_records(batch)
        if len(self._unrestored) >= _ENTRIES_AT_ONCE:
            await self._restore_entries()
            if checkpointing:
                self.write_checkpoint()

    async def _restore_entries(self) -> None:
        """Restore what was read, in the order in which its keys first came, and let others run meanwhile."""
        read, self._unrestored = self._unrestored, {}
        restore, local_store, begin = self._store.restore, self._local_store, _OFFSET.size
        for number, (key, value) in enumerate(read.items(), 1):
            if key == _PROCESSED_OFFSET_KEY:
                (self.processed_offset,) = _OFFSET.unpack_from(value, begin)
                self.checkpoint_metadata = value[2 * begin :]
                continue
            body = value[begin:]
            restore(key, body)
            if local_store is not None:
                local_store.put(key, body)
            if number % _ENTRIES_A_TURN == 0:
                await asyncio.sleep(0)

    def write_checkpoint(self) -> None:
        """Let the copy on the disk be what the changelog says up to here."""
        if self._local_store is None or self._topic_id is None or not self.next_offset:
            return
        self._local_store.write(
            Checkpoint(
                FORMAT,
                self._topic_id,
                self.next_offset,
                self._last_digest,
                self._source_offset,
                self.processed_offset,
                self.checkpoint_metadata,
                sorted(self._stale),
            )
        )

    def _note_records(self, records: Sequence[Entry]) -> None:
        """Take records in, or note that they are stale; their entries are given to the keeper later."""
        offset, *last = records[-1]
        self.next_offset = offset + 1
        if self._local_store is not None:
            self._last_digest = digest_of(*last)
        # Millions of records go through here before a worker is ready.
        highest, stale, read, source_offset_of = (
            self._source_offset,
            self._stale,
            self._unrestored,
            _OFFSET.unpack_from,
        )
        for _, key, value in records:
            if key is None or value is None:
                continue
            source_offset = source_offset_of(value)[0]
            if source_offset < highest:
                stale.add(key)
                continue
            highest = source_offset
            if stale:
                stale.discard(key)
            read[key] = value
        self._source_offset = highest

    async def _append(self, records: list[Record], *, take_in: bool = False) -> bool:
        """Append a batch; says whether nobody else wrote since the last one.

        The keeper has what it writes, unless what another wrote was read in the middle of a divisible write:
        then the rest of it has to be taken in again.
        """
        first = await self._log.append(self._topic, self._partition, records)
        if first != self.next_offset:  # somebody else wrote, or the broker took a batch twice
            await self._read_on(checkpointing=False)
            return False
        self.next_offset = first + len(records)
        (source_offset,) = _OFFSET.unpack_from(records[0].value or b"")
        if not take_in and source_offset >= self._source_offset:
            self._source_offset = source_offset
            if self._stale:
                self._stale.difference_update(record.key for record in records if record.key is not None)
            self._store_appended(records)
            records = records[-1:] if records[-1].key == _PROCESSED_OFFSET_KEY else []
        if records:
            start = self.next_offset - len(records)
            self._note_records([(offset, one.key, one.value) for offset, one in enumerate(records, start)])
            await self._restore_entries()
        return True

    def _store_appended(self, records: list[Record]) -> None:
        if self._local_store is None:
            return
        self._last_digest = digest_of(records[-1].key, records[-1].value)
        for record in records:
            if record.key not in {None, _PROCESSED_OFFSET_KEY} and record.value is not None:
                self._local_store.put(record.key or b"", record.value[_OFFSET.size :])

    def _restated(self, keys: set[bytes]) -> list[Record]:
        try:
            entries = self._store.entries(sorted(keys - {_PROCESSED_OFFSET_KEY}))
        except KeyError as error:
            raise StateLostError(self._topic, self._partition, error) from error
        return self._records(self.processed_offset, entries)

    def _records(self, source_offset: int, entries: Mapping[bytes, bytes]) -> list[Record]:
        prefix = _OFFSET.pack(source_offset)
        return [Record(self._topic, self._partition, key, prefix + value) for key, value in entries.items()]

    def _processed_offset_record(
        self, processed_offset: int | None = None, checkpoint_metadata: bytes | None = None
    ) -> Record:
        processed_offset = self.processed_offset if processed_offset is None else processed_offset
        checkpoint_metadata = self.checkpoint_metadata if checkpoint_metadata is None else checkpoint_metadata
        value = _OFFSET.pack(processed_offset) + _OFFSET.pack(processed_offset) + checkpoint_metadata
        return Record(self._topic, self._partition, _PROCESSED_OFFSET_KEY, value)


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
