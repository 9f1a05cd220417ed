"""Local stores: the state on the local disk, so that a worker which starts again reads little of a changelog.

The changelog decides. A local store holds what the changelog says up to one offset, and a *checkpoint* with
that offset; entries and checkpoint are written together, after the changelog has them. So a store is never
ahead of its changelog. One that is behind is brought on from it, and one that does not belong to it (another
cluster, a topic that was made anew) is emptied. A store that is lost costs time and nothing else.

Processors may leave entries there and read them when they need them (`LocalStateStore.get`, `.scan`). Readers
see what was put since the last write.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol
from zlib import crc32

import msgspec

from giants.kafka.log import Entry

# Rises whenever stores of earlier releases cannot be read any more.
FORMAT: Final = 1
_CHECKPOINT_KEY: Final = b"\x00standing"


class Checkpoint(msgspec.Struct, array_like=True, frozen=True):
    """How far a local store is: its changelog up to `next_offset`, and what a `Changelog` knew there."""

    format: int
    topic_id: str  # of the broker: a topic that was made anew under the same name has another
    next_offset: int
    last_digest: int  # of the record before `next_offset`: a changelog that lost its end may have got another
    source_offset: int
    processed_offset: int
    checkpoint_metadata: bytes
    stale: list[bytes]

    def follows(self, first: Entry) -> bool:
        """Whether the changelog goes on from here; `first` is its first record from `next_offset - 1` on.

        That may be a later one: compaction removes records, though never the newest of all.
        """
        offset, *record = first
        return offset >= self.next_offset or digest_of(*record) == self.last_digest


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Checkpoint).decode


def digest_of(key: bytes | None, value: bytes | None) -> int:
    """A checksum that tells a record from another at the same offset."""
    return crc32(value or b"", crc32(key or b""))


class Disk(Protocol):
    """The store below: keys in order, and writes that take effect wholly or not at all."""

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All pairs whose key begins with `prefix`, in the order of keys."""

    def write(self, entries: Mapping[bytes, bytes | None]) -> None:
        """Write all of it, or nothing; None deletes a key."""

    def clear(self, prefix: bytes) -> None:
        """Delete all whose key begins with `prefix`."""


class LocalStateStore:
    """The local store of one changelog, and the entries that were put since its last write."""

    def __init__(self, disk: Disk, topic: str, partition: int) -> None:
        self._disk, self._prefix = disk, f"{topic}/{partition}".encode() + b"\x00"
        self._put: dict[bytes, bytes | None] = {}
        self._when_written: list[Callable[[], None]] = []

    def __len__(self) -> int:
        """How many entries were put since the last write."""
        return len(self._put)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """How far the disk is; None where it has nothing that can be used."""
        value = self._disk.get(self._prefix + _CHECKPOINT_KEY)
        if value is None:
            return None
        try:
            checkpoint = _decode(value)
        except msgspec.DecodeError:  # of another release
            return None
        return checkpoint if checkpoint.format == FORMAT else None

    def get(self, key: bytes) -> bytes | None:
        """The value of an entry as it is now."""
        try:
            return self._put[key]
        except KeyError:
            return self._disk.get(self._prefix + key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The present entries whose key begins with `prefix`; nothing may be put meanwhile."""
        begin = len(self._prefix)
        for key, value in self._disk.scan(self._prefix + prefix):
            if key[begin:] not in self._put:
                yield key[begin:], value
        for key, put in self._put.items():
            if put is not None and key.startswith(prefix):
                yield key, put

    def put(self, key: bytes, value: bytes | None) -> None:
        """Change an entry, None to delete it; on the disk with the next write."""
        self._put[key] = value

    def when_written(self, callback: Callable[[], None]) -> None:
        """Call back after each write: from then on the disk has all entries, and caches may drop theirs."""
        self._when_written.append(callback)

    def write(self, checkpoint: Checkpoint) -> None:
        """Write what was put, and the checkpoint, as one."""
        entries = {self._prefix + key: value for key, value in self._put.items()}
        entries[self._prefix + _CHECKPOINT_KEY] = _encode(checkpoint)
        self._disk.write(entries)
        self._put.clear()
        for callback in self._when_written:
            callback()

    def forget(self) -> None:
        """Delete everything."""
        self._put.clear()
        self._disk.clear(self._prefix)


class StateDirectory:
    """The local stores of one worker."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def of(self, topic: str, partition: int) -> LocalStateStore:
        """The local store of a changelog, as it is on the disk."""
        return LocalStateStore(self._disk, topic, partition)
