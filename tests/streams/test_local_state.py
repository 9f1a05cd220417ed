"""Local stores: how far they are, when they are used, and when they are emptied."""

from collections.abc import Iterable, Mapping

import msgspec
import pytest

from giants.kafka.log import Record
from streams.changelog import Changelog
from streams.local_state import Checkpoint, LocalStateStore, StateDirectory
from tests.streams.disk import MemoryDisk
from tests.streams.memory import STATE, MemoryLog, run


class StateStore:
    """A dictionary that notes what came from a local store, and what from the changelog."""

    def __init__(self) -> None:
        self.now: dict[bytes, bytes] = {}
        self.loaded: dict[bytes, bytes] = {}
        self.restored: list[bytes] = []

    def restore(self, key: bytes, value: bytes) -> None:
        self.now[key] = value
        self.restored.append(key)

    def load(self, local_store: LocalStateStore) -> None:
        self.loaded = dict(local_store.scan(b"k"))
        self.now.update(self.loaded)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.now[key] for key in sorted(keys)}


def opened(log: MemoryLog, disk: MemoryDisk | None) -> tuple[Changelog, StateStore]:
    store = StateStore()
    local_store = StateDirectory(disk).of(STATE, 0) if disk is not None else None
    changes = Changelog(log, STATE, 0, store, local_store)
    run(changes.recover())
    return changes, store


def write(
    pair: tuple[Changelog, StateStore],
    processed_offset: int,
    entries: dict[bytes, bytes],
    checkpoint_metadata: bytes = b"",
) -> None:
    changes, store = pair
    store.now.update(entries)
    run(changes.write(processed_offset, entries, checkpoint_metadata))
    changes.write_checkpoint()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def disk(log: MemoryLog) -> MemoryDisk:
    """The disk of a worker that wrote three frames and was killed."""
    disk = MemoryDisk()
    owner = opened(log, disk)
    write(owner, 0, {b"k1": b"1", b"k2": b"2"})
    write(owner, 1, {b"k1": b"3"}, b"mark")
    return disk


def test_who_starts_again_reads_nothing_but_the_rest(log: MemoryLog, disk: MemoryDisk) -> None:
    write(opened(log, None), 2, {b"k3": b"4"})  # another worker, in the meantime
    changes, store = opened(log, disk)
    assert store.loaded == {b"k1": b"3", b"k2": b"2"}
    assert store.restored == [b"k3"]
    assert store.now == {b"k1": b"3", b"k2": b"2", b"k3": b"4"}
    assert (changes.processed_offset, changes.checkpoint_metadata) == (2, b"")
    assert opened(log, disk)[1].restored == [], "what was read is in the local store now"


def test_offset_and_metadata_come_from_the_local_store(log: MemoryLog, disk: MemoryDisk) -> None:
    changes, store = opened(log, disk)
    assert (changes.processed_offset, changes.checkpoint_metadata, store.restored) == (1, b"mark", [])
    assert changes.saw_foreign_write(), "the owner has to restore the metadata"


def test_a_local_store_that_is_gone_is_made_anew(log: MemoryLog, disk: MemoryDisk) -> None:
    before = dict(disk.contents)
    disk.contents.clear()
    assert opened(log, disk)[1].now == {b"k1": b"3", b"k2": b"2"}
    assert disk.contents == before


def test_a_local_store_of_another_partition_is_not_looked_at(log: MemoryLog, disk: MemoryDisk) -> None:
    other = StateDirectory(disk).of(STATE, 1)
    assert other.checkpoint is None
    assert other.get(b"k1") is None
    other.forget()
    assert opened(log, disk)[1].loaded


def refused(log: MemoryLog, disk: MemoryDisk) -> None:
    """The state comes from the changelog, and the next start uses the local store that was made of it."""
    _, store = opened(log, disk)
    assert store.loaded == {}
    expected = {
        stored.key: (stored.value or b"")[8:]
        for stored in log.broker[STATE, 0].records
        if stored.key and stored.key[0]
    }
    assert store.now == expected
    assert opened(log, disk)[1].loaded == expected


def test_a_local_store_of_a_topic_that_was_made_anew_is_emptied(log: MemoryLog, disk: MemoryDisk) -> None:
    log.broker.partitions.clear()
    log.broker.generation += 1
    write(opened(log, None), 0, {b"k1": b"x", b"k9": b"9", b"k7": b"7", b"k8": b"8"})
    write(opened(log, None), 1, {b"k6": b"6"})
    refused(log, disk)


def test_a_local_store_that_is_ahead_of_its_changelog_is_emptied(log: MemoryLog, disk: MemoryDisk) -> None:
    changelog = log.broker[STATE, 0]
    for _ in range(2):  # the broker lost the last frame, then it is processed again
        changelog.records.pop()
    changelog.end = len(changelog.records)
    refused(log, disk)


def test_a_local_store_is_emptied_where_its_changelog_lost_a_record(log: MemoryLog, disk: MemoryDisk) -> None:
    log.broker[STATE, 0].records.pop()
    log.broker[STATE, 0].end -= 1
    refused(log, disk)


def test_a_local_store_is_emptied_where_another_end_grew(log: MemoryLog, disk: MemoryDisk) -> None:
    changelog = log.broker[STATE, 0]
    for _ in range(2):
        changelog.records.pop()
    changelog.end = len(changelog.records)
    write(opened(log, None), 1, {b"k1": b"other", b"k4": b"4", b"k5": b"5"})
    refused(log, disk)


def test_a_local_store_outlives_compaction(log: MemoryLog, disk: MemoryDisk) -> None:
    write(opened(log, None), 2, {b"k1": b"4"})
    log.broker[STATE, 0].compact(log.broker[STATE, 0].end)
    _, store = opened(log, disk)
    assert store.loaded == {b"k1": b"3", b"k2": b"2"}
    assert store.now == {b"k1": b"4", b"k2": b"2"}


@pytest.mark.parametrize("value", [b"", b"no message", msgspec.msgpack.encode([1, 2])])
def test_a_checkpoint_that_cannot_be_read_is_none(log: MemoryLog, disk: MemoryDisk, value: bytes) -> None:
    checkpoint = next(key for key in disk.contents if key.endswith(b"standing"))
    disk.contents[checkpoint] = value
    refused(log, disk)


def test_a_local_store_of_another_format_is_emptied(log: MemoryLog, disk: MemoryDisk) -> None:
    key = next(key for key in disk.contents if key.endswith(b"standing"))
    checkpoint = msgspec.msgpack.decode(disk.contents[key], type=Checkpoint)
    disk.contents[key] = msgspec.msgpack.encode(
        msgspec.structs.replace(checkpoint, format=checkpoint.format + 1)
    )
    refused(log, disk)


def test_no_local_store_is_used_where_the_broker_gives_topics_no_id(log: MemoryLog, disk: MemoryDisk) -> None:
    class Nameless(MemoryLog):
        async def topic_id(self, topic: str) -> str:
            return ""

    nameless = Nameless(log.broker)
    assert opened(nameless, disk)[1].loaded == {}
    assert opened(nameless, disk)[1].loaded == {}


def test_late_records_that_are_still_to_be_written_over_are_remembered(
    log: MemoryLog, disk: MemoryDisk
) -> None:
    late = Record(STATE, 0, b"k1", (0).to_bytes(8, "big") + b"late")
    run(log.append(STATE, 0, [late]))
    opened(log, disk)
    owner, store = opened(log, disk)
    assert store.now[b"k1"] == b"3"
    run(owner.rewrite_stale_entries())
    assert opened(log, None)[1].now[b"k1"] == b"3"


def test_readers_see_what_was_put_and_the_disk_only_what_was_written() -> None:
    disk = MemoryDisk()
    local_store = StateDirectory(disk).of(STATE, 0)
    sizes: list[int] = []
    local_store.when_written(lambda: sizes.append(len(local_store)))
    for key in (b"a1", b"a2", b"b1"):
        local_store.put(key, b"old")
    local_store.write(Checkpoint(1, "id", 3, 0, 0, 0, b"", []))
    local_store.put(b"a1", b"new")
    local_store.put(b"a2", None)
    local_store.put(b"a3", b"new")
    assert dict(local_store.scan(b"a")) == {b"a1": b"new", b"a3": b"new"}
    assert [local_store.get(key) for key in (b"a1", b"a2", b"b1")] == [b"new", None, b"old"]
    assert dict(StateDirectory(disk).of(STATE, 0).scan(b"a")) == {b"a1": b"old", b"a2": b"old"}
    assert sizes == [0]
