"""A file of record batches: appended before the embedded broker gets them, and read back for the next one.

An entry is a batch or several of one partition, as the broker has them, with their offset and a checksum. An
entry whose offset is not behind the one before it in its partition replaces that one: the broker refused it.
"""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from aiokafka import TopicPartition
from aiokafka.record.util import calc_crc32c

from giants.embedded.errors import TopicFilesError

# Checksum of all that follows; length of the batches, offset of the first record, partition, length of the
# name.
_ENTRY: Final = struct.Struct(">IIQHH")
_CHECKSUM: Final = struct.Struct(">I")
DATA_BYTES_MAX: Final = 100_000_000

# A batch begins with its base offset and the length of what follows. Its own checksum covers what stands
# behind the checksum: attributes, the distance of the last record, instants, and who produced it.
_BATCH_HEAD: Final = struct.Struct(">qi")
_BASE_OFFSET: Final = struct.Struct(">q")
_BATCH_CHECKSUM_AT: Final = 17
_CHECKED_FROM: Final = 21
_LAST_OFFSET_DELTA: Final = struct.Struct(">i")
_LAST_OFFSET_DELTA_AT: Final = 23
_PRODUCER: Final = struct.Struct(">qhi")
_PRODUCER_AT: Final = 43
_NO_PRODUCER: Final = (-1, -1, -1)
_BATCH_BYTES_MIN: Final = 61


@dataclass(frozen=True, slots=True)
class Entry:
    """Batches of one partition; `offset` is that of the first record, `end` that after the last."""

    partition: TopicPartition
    offset: int
    end: int
    data: bytes


def placed(partition: TopicPartition, offset: int, records: bytes | memoryview) -> Entry | None:
    """Batches as the broker has them from an offset on; None where it is no sequence of whole batches."""
    data, start, offset_next = bytearray(records), 0, offset
    while start < len(data):
        if start + _BATCH_BYTES_MIN > len(data):
            return None
        (_, length) = _BATCH_HEAD.unpack_from(data, start)
        (delta,) = _LAST_OFFSET_DELTA.unpack_from(data, start + _LAST_OFFSET_DELTA_AT)
        size = _BATCH_HEAD.size + length
        if length < _BATCH_BYTES_MIN - _BATCH_HEAD.size or start + size > len(data) or delta < 0:
            return None
        _BASE_OFFSET.pack_into(data, start, offset_next)
        offset_next += delta + 1
        start += size
    return Entry(partition, offset, offset_next, bytes(data)) if data else None


def without_producer(data: bytes) -> bytes:
    """Batches without their producer, whose numbers another broker would not know."""
    changed, start = bytearray(data), 0
    while start < len(changed):
        (_, length) = _BATCH_HEAD.unpack_from(changed, start)
        end = start + _BATCH_HEAD.size + length
        if _PRODUCER.unpack_from(changed, start + _PRODUCER_AT) != _NO_PRODUCER:
            _PRODUCER.pack_into(changed, start + _PRODUCER_AT, *_NO_PRODUCER)
            checksum = calc_crc32c(bytes(changed[start + _CHECKED_FROM : end]))
            _CHECKSUM.pack_into(changed, start + _BATCH_CHECKSUM_AT, checksum)
        start = end
    return bytes(changed)


class RecordLog:
    """The end of a file. What is appended survives the process, what is synced the machine."""

    def __init__(self, file: Path) -> None:
        """Open or make the file, which has to end with a whole entry (see `read_entries`)."""
        self._descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._size = os.fstat(self._descriptor).st_size
        self._synced = self._size

    def append(self, entries: Iterable[Entry]) -> None:
        """Append all of the entries or none. Raises `OSError`."""
        data = b"".join(piece for entry in entries for piece in _encoded(entry))
        written = 0
        try:
            while written < len(data):
                written += os.write(self._descriptor, memoryview(data)[written:])
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += written

    def sync(self) -> None:
        """Return when what was appended before is on the disk; from any thread. Raises `OSError`."""
        size = self._size
        if size != self._synced:
            os.fdatasync(self._descriptor)
            self._synced = size

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        os.close(self._descriptor)


def read_entries(file: Path) -> Iterator[Entry]:
    """All entries of a file. One that is cut off at its end was confirmed to nobody, and is removed.

    Raises `TopicFilesError` where the file is damaged elsewhere.
    """
    try:
        source = file.open("r+b")
    except FileNotFoundError:
        return
    with source:
        whole = 0
        while True:
            entry = _read_entry(source, file, whole)
            if entry is None:
                break
            whole += sum(len(piece) for piece in _encoded(entry))
            yield entry
        source.truncate(whole)


def _encoded(entry: Entry) -> tuple[bytes, bytes, bytes]:
    topic = entry.partition.topic.encode()
    head = _ENTRY.pack(0, len(entry.data), entry.offset, entry.partition.partition, len(topic))
    checksum = zlib.crc32(entry.data, zlib.crc32(topic, zlib.crc32(head[_CHECKSUM.size :])))
    return _CHECKSUM.pack(checksum) + head[_CHECKSUM.size :], topic, entry.data


def _read_entry(source: BinaryIO, file: Path, at: int) -> Entry | None:
    """The entry at a byte; None at the end, or where the file was cut off within the last."""
    head = source.read(_ENTRY.size)
    if len(head) < _ENTRY.size or not any(head):  # a machine that lost power may leave zeros
        return None
    checksum, length, offset, partition, name_length = _ENTRY.unpack(head)
    if length > DATA_BYTES_MAX:
        raise TopicFilesError(file, f"it is damaged at byte {at:,}: an entry of {length:,} bytes")
    rest = source.read(name_length + length)
    if len(rest) < name_length + length:
        return None
    if zlib.crc32(rest, zlib.crc32(head[_CHECKSUM.size :])) != checksum:
        raise TopicFilesError(file, f"it is damaged at byte {at:,}: the checksum does not fit")
    entry = placed(TopicPartition(rest[:name_length].decode(), partition), offset, rest[name_length:])
    if entry is None:
        raise TopicFilesError(file, f"it is damaged at byte {at:,}: no whole batches")
    return entry
