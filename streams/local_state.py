"""A copy of the state on the local disk: a worker that starts again reads only what its changelogs got since.

The changelog stays what counts. A copy holds exactly what the changelog says up to one offset, and says up to
which: entries and offset are written together, after the changelog has them. So a copy is never ahead; one
that is behind is brought on from the changelog, and one that does not belong to it is thrown away. Whatever
happens to a copy, nothing is lost but time.

Entries can also stay there and be read when they are needed (`LocalStateStore.get`, `LocalStateStore.scan`).
Readers see what was put since the last write.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol
from zlib import crc32

import msgspec

from giants.kafka.log import Entry

# Counts up whenever copies of before cannot be read any more.
FORMAT: Final = 1
_CHECKPOINT_KEY: Final = b"\x00standing"


class Checkpoint(msgspec.Struct, array_like=True, frozen=True):
    """What a copy stands for: the changelog of a topic up to an offset."""

    format: int
    topic_id: str  # tells the topic from any other of its name
    next_offset: int
    last_digest: int  # of the record before `next_offset`: a changelog that lost its end may have got another
    source_offset: int
    processed_offset: int
    checkpoint_metadata: bytes
    stale: list[bytes]

    def follows(self, first: Entry) -> bool:
        """Say whether the copy fits a changelog with this first record from `next_offset - 1` on.

        A later one may come: compaction takes records away, and the newest of all is never among them.
        """
        offset, *record = first
        return offset >= self.next_offset or digest_of(*record) == self.last_digest


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Checkpoint).decode


def digest_of(key: bytes | None, value: bytes | None) -> int:
    """What tells a record from another that could stand in its place."""
    return crc32(value or b"", crc32(key or b""))


class Disk(Protocol):
    """Where copies lie: keys in order, and writes that take effect wholly or not at all."""

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Everything whose key begins so, in the order of keys."""

    def write(self, entries: Mapping[bytes, bytes | None]) -> None:
        """Write all of it, or nothing; None deletes a key."""

    def clear(self, prefix: bytes) -> None:
        """Delete everything whose key begins so."""


class LocalStateStore:
    """The copy of one changelog, and what was put over it since the last write."""

    def __init__(self, disk: Disk, topic: str, partition: int) -> None:
        self._disk, self._prefix = disk, f"{topic}/{partition}".encode() + b"\x00"
        self._put: dict[bytes, bytes | None] = {}
        self._when_written: list[Callable[[], None]] = []

    def __len__(self) -> int:
        """How many entries were put since the last write."""
        return len(self._put)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What is on the disk stands for this; None where nothing usable is there."""
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
        """The entries as they are now whose key begins so; nothing may be put meanwhile."""
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

    def when_written(self, told: Callable[[], None]) -> None:
        """Let somebody know after each write: nothing but the disk needs to hold entries then."""
        self._when_written.append(told)

    def write(self, checkpoint: Checkpoint) -> None:
        """Write what was put, and what the copy stands for now."""
        entries = {self._prefix + key: value for key, value in self._put.items()}
        entries[self._prefix + _CHECKPOINT_KEY] = _encode(checkpoint)
        self._disk.write(entries)
        self._put.clear()
        for told in self._when_written:
            told()

    def forget(self) -> None:
        """Throw everything away."""
        self._put.clear()
        self._disk.clear(self._prefix)


class StateDirectory:
    """The copies of one worker."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def of(self, topic: str, partition: int) -> LocalStateStore:
        """The copy of a changelog as it is on the disk."""
        return LocalStateStore(self._disk, topic, partition)
