"""The changelog: the state of one partition in a compacted topic, restored quickly, safe from late writers.

A group of frames leads to one batch of records, one for each entry that changed, and the batch ends with the
*processed offset*: the last frame whose changes are all in. Kafka takes a batch wholly or not at all, so a
state that is read is always that after whole groups. A *resumable* frame is the exception: its entries may
take several batches, of which only the last has the processed offset.

Every record begins with its *source offset*: the offset of the last frame that led to it. Within what one
owner writes it never falls. After a rebalance a worker that was thought dead may still write; its frames are
older than those of the new owner, so its source offsets fall. Such records are *stale*: they are ignored
when read, and the owner writes the right entries over them, since compaction would else keep the stale ones
as the latest of their keys. Entries are written over only while no resumable frame is partly in: another
worker may be writing the rest of it, and nothing of that may be undone.

    record     key                 value
    entry      key of the entry    source offset, 8 bytes big-endian; then the entry
    offset     b"\\x00position"     processed offset, twice; then the metadata of the checkpoint
"""

import asyncio
import struct
from collections.abc import AsyncIterable, Collection, Mapping, Sequence
from contextlib import aclosing
from typing import Final, Protocol

import structlog

from giants.kafka.errors import LogLostError
from giants.kafka.log import Entry, Log, Record
from streams.errors import StateLostError
from streams.local_state import FORMAT, Checkpoint, LocalStateStore, digest_of

_logger = structlog.get_logger(__name__)

_OFFSET: Final = struct.Struct(">q")
_PROCESSED_OFFSET_KEY: Final = b"\x00position"
BEFORE_ALL: Final = -1
# Bounds of one batch where a write may be cut: the recount of every company under a new taxonomy.
_ENTRIES_PER_BATCH: Final = 500
_BYTES_PER_BATCH: Final = 4_000_000
# Entries that are read before they are restored and written to the local store.
_ENTRIES_AT_ONCE: Final = 100_000
# Entries that are restored before other coroutines run: heartbeats must not wait.
_ENTRIES_A_TURN: Final = 2_000


class StateStore(Protocol):
    """The entries of one partition, as the changelog restores and reads them."""

    def restore(self, key: bytes, value: bytes) -> None:
        """Set one entry; the later of a key wins."""

    def entries(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """The present entries of these keys, in the order in which they have to be written.

        Raises KeyError where there is none.
        """

    def load(self, local_store: LocalStateStore) -> None:
        """Read what has to be in memory from the local store; newer entries of the changelog follow."""


class Changelog:
    """The changelog of one partition with its state store, and its local store where there is one."""

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
        self._topic_id: str | None = None  # read from the broker when a local store is opened
        self._last_digest = 0
        self._source_offset = BEFORE_ALL
        self._stale: set[bytes] = set()  # keys of which the latest record is stale
        self._saw_foreign_records = False
        self._unrestored: dict[bytes, bytes] = {}  # records that were read and not restored yet
        self.next_offset = 0  # of the changelog: everything before it was read
        self.processed_offset = BEFORE_ALL  # of the source: the last frame whose changes are all in
        self.checkpoint_metadata = b""  # what the owner wrote with the processed offset

    @property
    def place(self) -> tuple[str, int]:
        """Topic and partition of the changelog."""
        return self._topic, self._partition

    async def recover(self) -> None:
        """Read and restore what was not read yet; cheap where no other worker wrote since the last write."""
        local_store = self._local_store
        if local_store is None or self._topic_id is not None or not await self._resume(local_store):
            await self._read_on(checkpointing=True)
        self.write_checkpoint()

    def saw_foreign_write(self) -> bool:
        """Whether records were read since the last call that may be another worker's; resets the answer."""
        saw, self._saw_foreign_records = self._saw_foreign_records, False
        return saw

    async def rewrite_stale_entries(self) -> None:
        """Write the right entries over stale records; not while a resumable frame is only partly in."""
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
        """Append the entries that changed up to the frame at `processed_offset`; returns once durable.

        They are one batch, unless the frame is `resumable`: then a crash may leave a part, and the frame is
        processed again. `checkpoint_metadata` comes back with the processed offset when the state is read.
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
        """Go on from the local store; returns False, and empties it, where it is not of this changelog."""
        self._topic_id = await self._log.topic_id(self._topic)
        checkpoint = local_store.checkpoint
        if checkpoint is not None:
            if await self._read_on_from(local_store, checkpoint):
                return True
            _logger.warning("local store emptied: it does not belong to its changelog", changelog=self.place)
        local_store.forget()
        return False

    async def _read_on_from(self, local_store: LocalStateStore, checkpoint: Checkpoint) -> bool:
        """Read the last record that the store includes and what follows; returns whether that one fits.

        One read does both: to ask a broker for what is not there yet takes longer than all the rest, and
        there are many partitions.
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
        """Whether the checkpoint was taken of this changelog, and the changelog still has what it had."""
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
        """Read from `next_offset` to the end."""
        entries = self._log.read_entries(self._topic, self._partition, self.next_offset)
        async with aclosing(entries) as batches:
            await self._read_batches(batches, checkpointing=checkpointing)

    async def _read_batches(self, batches: AsyncIterable[Sequence[Entry]], *, checkpointing: bool) -> None:
        """Note all batches and restore their entries."""
        async for batch in batches:
            await self._read_batch(batch, checkpointing=checkpointing)
        await self._restore_entries()

    async def _read_batch(self, batch: Sequence[Entry], *, checkpointing: bool) -> None:
        """Note records, and restore their entries once there are many.

        So of a key that is written again and again only the latest is restored. A long changelog goes to the
        local store in parts: a checkpoint may be of any offset. `checkpointing` is off while the state in
        memory is ahead of the changelog.
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
        """Restore what was read, in the order in which its keys first came."""
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
        """Bring the local store to `next_offset`: entries and checkpoint in one write to the disk."""
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
        """Sort records that were read into those to restore and those that are stale."""
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
        """Append a batch; returns whether no other worker wrote since the last one.

        The state store has what it writes already. Only where records of another worker were read in the
        middle of a resumable write (`take_in`) the rest has to be restored again, over them.
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
