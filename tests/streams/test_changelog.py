"""The changelog: atomic writes, quick catch-up, and what late workers leave behind."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.kafka.log import Record
from streams import changelog as changelog_module
from streams.changelog import BEFORE_ALL, Changelog
from streams.errors import StateLostError
from streams.local_state import LocalStateStore
from tests.streams.memory import STATE, MemoryLog, run


class Entries:
    """A state store that is a dictionary."""

    def __init__(self) -> None:
        self.now: dict[bytes, bytes] = {}

    def restore(self, key: bytes, value: bytes) -> None:
        self.now[key] = value

    def load(self, local_store: LocalStateStore) -> None:
        for key, value in local_store.scan(b""):
            if key[0]:
                self.restore(key, value)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.now[key] for key in sorted(keys)}


def changelog(log: MemoryLog) -> tuple[Changelog, Entries]:
    store = Entries()
    return Changelog(log, STATE, 0, store), store


async def write(
    pair: tuple[Changelog, Entries],
    processed_offset: int,
    entries: dict[bytes, bytes],
    *,
    resumable: bool = False,
) -> None:
    """Change the state and write it, as a task does."""
    changes, store = pair
    store.now.update(entries)
    await changes.write(processed_offset, entries, resumable=resumable)


def restored(log: MemoryLog) -> tuple[int, dict[bytes, bytes]]:
    changes, store = changelog(log)
    run(changes.recover())
    return changes.processed_offset, store.now


@given(
    st.lists(
        st.dictionaries(st.binary(min_size=1, max_size=2), st.binary(max_size=3), max_size=4), max_size=6
    )
)
def test_what_was_written_is_what_is_restored(writes: list[dict[bytes, bytes]]) -> None:
    log = MemoryLog()
    pair = changelog(log)
    for processed_offset, entries in enumerate(writes):
        run(write(pair, processed_offset, entries))
    assert restored(log) == (len(writes) - 1, pair[1].now)


def test_a_write_is_one_batch_that_ends_with_the_processed_offset() -> None:
    log = MemoryLog(batch_records_max=3)
    run(write(changelog(log), 4, {b"a": b"1", b"b": b"2"}))
    assert [stored.key for stored in log.broker[STATE, 0].records] == [b"a", b"b", b"\x00position"]
    assert restored(log) == (4, {b"a": b"1", b"b": b"2"})


def test_a_resumable_write_is_cut_and_ends_with_its_processed_offset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(changelog_module, "_ENTRIES_PER_BATCH", 2)
    log = MemoryLog(batch_records_max=3)
    entries = {b"%d" % number: b"x" for number in range(5)}
    run(write(changelog(log), 4, entries, resumable=True))
    assert restored(log) == (4, entries)
    log.broker[STATE, 0].records.pop()
    assert restored(log)[0] == BEFORE_ALL, "without its processed offset the frame is not in"


def test_a_resumable_write_is_cut_by_size_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog_module, "_BYTES_PER_BATCH", 10)
    log = MemoryLog(batch_records_max=2)
    run(write(changelog(log), 0, {b"a": b"x" * 9, b"b": b"x" * 9}, resumable=True))
    assert restored(log)[0] == 0


def test_checkpoint_metadata_comes_back_with_the_processed_offset() -> None:
    log = MemoryLog()
    run(changelog(log)[0].write(3, {}, b"as far as this"))
    again, _ = changelog(log)
    run(again.recover())
    assert (again.processed_offset, again.checkpoint_metadata) == (3, b"as far as this")


def test_stale_records_are_ignored_and_written_over() -> None:
    async def play() -> None:
        late, owner = changelog(log), changelog(log)
        await write(late, 1, {b"a": b"1"})
        await owner[0].recover()
        await write(owner, 3, {b"a": b"3", b"b": b"3"})
        late[1].now[b"a"] = b"2"
        await log.append(STATE, 0, late[0]._records(2, {b"a": b"2"}))
        await owner[0].recover()
        assert owner[1].now == {b"a": b"3", b"b": b"3"}
        await owner[0].rewrite_stale_entries()

    log = MemoryLog()
    run(play())
    assert restored(log) == (3, {b"a": b"3", b"b": b"3"})
    log.broker[STATE, 0].compact(log.broker[STATE, 0].end)
    assert restored(log) == (3, {b"a": b"3", b"b": b"3"}), "what counts is the latest of its key again"


def test_a_late_worker_finds_by_its_own_write_how_far_the_owner_is() -> None:
    async def play() -> None:
        late, owner = changelog(log), changelog(log)
        await write(late, 1, {b"a": b"1"})
        await owner[0].recover()
        await write(owner, 5, {b"a": b"5"})
        assert late[0].saw_foreign_write() is False
        await write(late, 2, {b"a": b"2"})
        assert late[0].saw_foreign_write() is True
        assert late[0].saw_foreign_write() is False, "the answer is reset"
        assert (late[0].processed_offset, late[1].now) == (5, {b"a": b"5"})

    log = MemoryLog()
    run(play())


def test_while_a_frame_is_partly_in_nothing_is_written_over() -> None:
    """Another worker may be writing the rest of it, and what that one writes must not be undone."""

    async def play() -> None:
        owner = changelog(log)
        await write(owner, 3, {b"a": b"3"})
        await log.append(STATE, 0, owner[0]._records(4, {b"b": b"4"}))
        await log.append(STATE, 0, owner[0]._records(2, {b"a": b"2"}))
        await owner[0].recover()
        end = log.broker[STATE, 0].end
        await owner[0].rewrite_stale_entries()
        assert log.broker[STATE, 0].end == end
        await write(owner, 4, {})
        await owner[0].rewrite_stale_entries()

    log = MemoryLog()
    run(play())
    assert log.latest(STATE)[b"a"] == b"\x00" * 7 + b"\x043", "written over once the frame was in"


def test_the_rest_of_a_resumable_write_is_taken_in_again_after_a_foreign_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What another wrote in the middle was read, and with it older values of what is written now."""

    class Interrupted(MemoryLog):
        interruption: list[list[Record]]

        async def append(self, topic: str, partition: int, records: Iterable[Record]) -> int:
            if self.interruption:
                self.broker.append((STATE, 0), self.interruption.pop())
            return await super().append(topic, partition, records)

    monkeypatch.setattr(changelog_module, "_ENTRIES_PER_BATCH", 1)
    log = Interrupted()
    log.interruption = []
    owner = changelog(log)
    run(write(owner, 0, {b"a": b"0", b"b": b"0"}))
    log.interruption = [owner[0]._records(0, {b"b": b"0"})]
    run(write(owner, 1, {b"a": b"1", b"b": b"1"}, resumable=True))
    assert owner[1].now == {b"a": b"1", b"b": b"1"} == restored(log)[1]


def test_state_that_was_compacted_away_is_an_error() -> None:
    log = MemoryLog()
    owner, _ = changelog(log)
    run(owner.write(3, {}))
    log.broker.append((STATE, 0), owner._records(2, {b"a": b"2"}))
    run(owner.recover())
    with pytest.raises(StateLostError, match="none that counts"):
        run(owner.rewrite_stale_entries())
