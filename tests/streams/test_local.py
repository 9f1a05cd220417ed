"""Local copies: what they stand for, when they are believed, and when they are thrown away."""

from collections.abc import Iterable, Mapping

import msgspec
import pytest

from streams.local import LocalCopies, LocalCopy, Standing
from streams.log import Record
from streams.state import Changelog
from tests.streams.disk import MemoryDisk
from tests.streams.memory import STATE, MemoryLog, run


class Keeper:
    """A dictionary that notes what came from a copy, and what from the changelog."""

    def __init__(self) -> None:
        self.now: dict[bytes, bytes] = {}
        self.loaded: dict[bytes, bytes] = {}
        self.restored: list[bytes] = []

    def restore(self, key: bytes, value: bytes) -> None:
        self.now[key] = value
        self.restored.append(key)

    def load(self, copy: LocalCopy) -> None:
        self.loaded = dict(copy.scan(b"k"))
        self.now.update(self.loaded)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.now[key] for key in sorted(keys)}


def opened(log: MemoryLog, disk: MemoryDisk | None) -> tuple[Changelog, Keeper]:
    keeper = Keeper()
    copy = LocalCopies(disk).of(STATE, 0) if disk is not None else None
    changes = Changelog(log, STATE, 0, keeper, copy)
    run(changes.catch_up())
    return changes, keeper


def write(
    pair: tuple[Changelog, Keeper], position: int, entries: dict[bytes, bytes], mark: bytes = b""
) -> None:
    changes, keeper = pair
    keeper.now.update(entries)
    run(changes.write(position, entries, mark))


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
    changes, keeper = opened(log, disk)
    assert keeper.loaded == {b"k1": b"3", b"k2": b"2"}
    assert keeper.restored == [b"k3"]
    assert keeper.now == {b"k1": b"3", b"k2": b"2", b"k3": b"4"}
    assert (changes.position, changes.mark) == (2, b"")
    assert opened(log, disk)[1].restored == [], "what was read is in the copy now"


def test_position_and_mark_come_from_the_copy(log: MemoryLog, disk: MemoryDisk) -> None:
    changes, keeper = opened(log, disk)
    assert (changes.position, changes.mark, keeper.restored) == (1, b"mark", [])
    assert changes.was_contested(), "the owner has to take the mark over"


def test_a_copy_that_is_gone_is_made_anew(log: MemoryLog, disk: MemoryDisk) -> None:
    before = dict(disk.contents)
    disk.contents.clear()
    assert opened(log, disk)[1].now == {b"k1": b"3", b"k2": b"2"}
    assert disk.contents == before


def test_a_copy_of_another_partition_is_not_looked_at(log: MemoryLog, disk: MemoryDisk) -> None:
    other = LocalCopies(disk).of(STATE, 1)
    assert other.standing is None
    assert other.get(b"k1") is None
    other.forget()
    assert opened(log, disk)[1].loaded


def refused(log: MemoryLog, disk: MemoryDisk) -> None:
    """The copy is not used, the state comes from the changelog, and the next start uses the copy of that."""
    _, keeper = opened(log, disk)
    assert keeper.loaded == {}
    expected = {
        stored.key: (stored.value or b"")[8:]
        for stored in log.broker[STATE, 0].records
        if stored.key and stored.key[0]
    }
    assert keeper.now == expected
    assert opened(log, disk)[1].loaded == expected


def test_a_copy_of_a_topic_that_was_made_anew_is_thrown_away(log: MemoryLog, disk: MemoryDisk) -> None:
    log.broker.partitions.clear()
    log.broker.generation += 1
    write(opened(log, None), 0, {b"k1": b"x", b"k9": b"9", b"k7": b"7", b"k8": b"8"})
    write(opened(log, None), 1, {b"k6": b"6"})
    refused(log, disk)


def test_a_copy_that_is_ahead_of_its_changelog_is_thrown_away(log: MemoryLog, disk: MemoryDisk) -> None:
    changelog = log.broker[STATE, 0]
    for _ in range(2):  # the broker lost the last frame, then it is folded again
        changelog.records.pop()
    changelog.end = len(changelog.records)
    refused(log, disk)


def test_a_copy_is_thrown_away_where_the_changelog_lost_one_record(log: MemoryLog, disk: MemoryDisk) -> None:
    log.broker[STATE, 0].records.pop()
    log.broker[STATE, 0].end -= 1
    refused(log, disk)


def test_a_copy_is_thrown_away_where_another_end_grew(log: MemoryLog, disk: MemoryDisk) -> None:
    changelog = log.broker[STATE, 0]
    for _ in range(2):
        changelog.records.pop()
    changelog.end = len(changelog.records)
    write(opened(log, None), 1, {b"k1": b"other", b"k4": b"4", b"k5": b"5"})
    refused(log, disk)


def test_a_copy_outlives_compaction(log: MemoryLog, disk: MemoryDisk) -> None:
    write(opened(log, None), 2, {b"k1": b"4"})
    log.broker[STATE, 0].compact(log.broker[STATE, 0].end)
    _, keeper = opened(log, disk)
    assert keeper.loaded == {b"k1": b"3", b"k2": b"2"}
    assert keeper.now == {b"k1": b"4", b"k2": b"2"}


@pytest.mark.parametrize("value", [b"", b"no message", msgspec.msgpack.encode([1, 2])])
def test_a_standing_that_cannot_be_read_is_none(log: MemoryLog, disk: MemoryDisk, value: bytes) -> None:
    standing = next(key for key in disk.contents if key.endswith(b"standing"))
    disk.contents[standing] = value
    refused(log, disk)


def test_a_copy_of_another_format_is_thrown_away(log: MemoryLog, disk: MemoryDisk) -> None:
    key = next(key for key in disk.contents if key.endswith(b"standing"))
    standing = msgspec.msgpack.decode(disk.contents[key], type=Standing)
    disk.contents[key] = msgspec.msgpack.encode(msgspec.structs.replace(standing, format=standing.format + 1))
    refused(log, disk)


def test_no_copy_is_believed_where_the_broker_gives_topics_no_id(log: MemoryLog, disk: MemoryDisk) -> None:
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
    owner, keeper = opened(log, disk)
    assert keeper.now[b"k1"] == b"3"
    run(owner.mend())
    assert opened(log, None)[1].now[b"k1"] == b"3"


def test_readers_see_what_was_put_and_the_disk_only_what_was_written() -> None:
    disk = MemoryDisk()
    copy = LocalCopies(disk).of(STATE, 0)
    told: list[int] = []
    copy.when_written(lambda: told.append(len(copy)))
    for key in (b"a1", b"a2", b"b1"):
        copy.put(key, b"old")
    copy.write(Standing(1, "id", 3, 0, 0, 0, b"", []))
    copy.put(b"a1", b"new")
    copy.put(b"a2", None)
    copy.put(b"a3", b"new")
    assert dict(copy.scan(b"a")) == {b"a1": b"new", b"a3": b"new"}
    assert [copy.get(key) for key in (b"a1", b"a2", b"b1")] == [b"new", None, b"old"]
    assert dict(LocalCopies(disk).of(STATE, 0).scan(b"a")) == {b"a1": b"old", b"a2": b"old"}
    assert told == [0]
