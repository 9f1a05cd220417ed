"""The protocol of a task: what is sent and stored, whoever works, however often, from wherever it begins."""

import asyncio
import threading
from collections.abc import Iterable
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.kafka.errors import BatchTooLargeError, LogLostError
from giants.kafka.log import Record
from streams import task as task_module
from streams.processor import Agent, ProcessingResult, StoredFrame
from streams.task_manager import TaskManager
from tests.simulation.broker import Crash
from tests.streams.memory import (
    LATEST,
    LOG,
    OUT,
    STATE,
    Counting,
    Driven,
    MemoryLog,
    rest,
    run,
    write_frames,
)
from tests.waiting import wait_for


def test_outputs_are_sent_before_the_changelog_is_written() -> None:
    log = MemoryLog()
    run(Driven(log).handle(write_frames(log, b"a1", b"b1", b"a2")))
    assert log.values(OUT) == [b"a=1 by a1", b"b=1 by b1", b"a=2 by a2"]
    assert log.latest(LATEST) == {b"a": b"2", b"b": b"1"}
    assert [stored.key for stored in log.broker[STATE, 0].records] == [b"a", b"b", b"\x00position"]


def test_a_frame_that_comes_again_changes_nothing() -> None:
    log = MemoryLog()
    tasks, frames = Driven(log), write_frames(log, b"a1", b"a2")
    run(tasks.handle(frames))
    run(tasks.handle(frames))
    run(Driven(log).handle(frames))
    assert log.values(OUT) == [b"a=1 by a1", b"a=2 by a2"]


def test_what_came_while_others_had_their_turn_is_of_the_group() -> None:
    log = MemoryLog()
    frames = write_frames(log, b"a1", b"a2", b"a3")

    async def play() -> None:
        tasks = Driven(log)
        await tasks.begin()
        await rest()
        async with tasks.manager._turn:
            await tasks.handle(frames[:1])
            await tasks.handle(frames[1:])
            assert log.values(OUT) == []
        await rest()

    run(play())
    assert log.values(OUT) == [b"a=1 by a1", b"a=2 by a2", b"a=3 by a3"]
    assert log.values(LATEST) == [b"3"], "the latest is sent once"


class Held(Counting):
    """Goes on with a frame once the event loop has told it to."""

    told = threading.Event()

    def apply(self, offset: int, frame: bytes) -> ProcessingResult:
        assert self.told.wait(60), "the event loop stands still"
        return super().apply(offset, frame)


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_event_loop_goes_on_beside_a_slow_frame_and_a_task_that_is_closed_in_one_sends_nothing(
    is_closed: bool,
) -> None:
    log, raised = MemoryLog(), list[BaseException]()
    Held.told.clear()

    async def fail(error: BaseException) -> None:
        raised.append(error)

    async def play() -> None:
        tasks = TaskManager(log, Agent("agent", LOG, STATE, Held, is_slow=True))
        tasks.start(fail)
        await tasks.assigned({0})
        for frame in write_frames(log, b"a1", b"b1", b"a2"):
            tasks.put(0, frame)
        await rest()
        assert log.values(OUT) == []
        if is_closed:
            await tasks.stop()
        Held.told.set()
        changelog = log.broker[STATE, 0].records
        await asyncio.to_thread(wait_for, "the end", lambda: is_closed or raised or len(changelog) == 3)
        await rest()
        await tasks.stop()

    run(play())
    assert raised == []
    assert log.values(OUT) == ([] if is_closed else [b"a=1 by a1", b"b=1 by b1", b"a=2 by a2"])


def test_one_partition_processes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    log, processed = MemoryLog(), []
    apply = Counting.apply

    def noting(processor: Counting, offset: int, frame: bytes) -> ProcessingResult:
        processed.append(processor.partition)
        return apply(processor, offset, frame)

    monkeypatch.setattr(Counting, "apply", noting)
    tasks, frames = Driven(log), write_frames(log, b"a1", b"a2", b"a3")
    log.broker.append((LOG, 1), [Record(LOG, 1, None, frame.value) for frame in frames])

    async def both() -> None:
        await tasks.begin()
        await tasks.manager.assigned({0, 1})
        await asyncio.gather(*(tasks.handle(frames, partition) for partition in (0, 1)))

    run(both())
    assert [partition for partition, _ in groupby(processed)] in ([0, 1], [1, 0])


def test_frames_that_were_skipped_are_read_from_the_log() -> None:
    log = MemoryLog()
    frames = write_frames(log, b"a1", b"a2", b"a3", b"a4", b"a5")
    run(Driven(log).handle([frames[1], frames[4]]))
    assert log.values(OUT) == [b"a=%d by a%d" % (number, number) for number in range(1, 6)]


def test_many_skipped_frames_are_read_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "_SKIPPED_FRAMES_MAX", 2)
    log = MemoryLog()
    frames = write_frames(log, *[b"a"] * 9)
    run(Driven(log).handle(frames[8:]))
    assert log.latest(LATEST) == {b"a": b"9"}


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_whatever_is_delivered_every_frame_counts_once(delivered: list[int]) -> None:
    log = MemoryLog()
    frames = write_frames(log, *[b"a%d" % number for number in range(7)])
    tasks = Driven(log)
    for offset in delivered:
        run(tasks.handle([frames[offset]]))
    assert tasks.counts == {b"a": b"%d" % (max(delivered) + 1)}
    assert len(log.values(OUT)) == max(delivered) + 1


def test_frames_that_wait_are_one_group_but_their_outputs_are_their_own() -> None:
    log = MemoryLog()
    run(Driven(log).handle(write_frames(log, b"a1", b"a2", b"a3")))
    assert len(log.values(OUT)) == 3
    assert len(log.values(LATEST)) == 1
    assert len(log.values(STATE)) == 2


def test_a_group_is_bounded_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "GROUP_BYTES_MAX", 4)
    log = MemoryLog()
    run(Driven(log).handle(write_frames(log, b"a1", b"a2", b"a3")))
    assert log.values(LATEST) == [b"2", b"3"]


def test_a_group_that_is_too_large_is_committed_frame_by_frame() -> None:
    log = MemoryLog(batch_records_max=2)
    tasks = Driven(log)
    run(tasks.handle(write_frames(log, b"a1")))
    log.batch_records_max = 2
    run(tasks.handle(write_frames(log, b"a2", b"b1", b"c1")))
    assert tasks.counts == {b"a": b"2", b"b": b"1", b"c": b"1"} == restarted(log).counts


def test_one_frame_that_is_too_large_is_an_error() -> None:
    log = MemoryLog(batch_records_max=1)
    with pytest.raises(BatchTooLargeError):
        run(Driven(log).handle(write_frames(log, b"a1")))


def restarted(log: MemoryLog) -> Driven:
    """A new worker on the same broker that has read the state."""
    tasks = Driven(log)
    run(tasks.check())
    return tasks


class Dying(MemoryLog):
    """Ends the worker at one append, to a topic or to any, before or after it took effect."""

    def __init__(self, log: MemoryLog, dies_at: int, *, after: bool, topic: str | None = None) -> None:
        super().__init__(log.broker)
        self._left, self._after, self._topic = dies_at, after, topic

    async def append(self, topic: str, partition: int, records: Iterable[Record]) -> int:
        if self._topic in {None, topic}:
            self._left -= 1
        if self._left < 0 and not self._after:
            raise Crash
        first = await super().append(topic, partition, records)
        if self._left < 0:
            raise Crash
        return first


async def handle_all(driven: Driven, batches: Iterable[list[StoredFrame]]) -> None:
    for batch in batches:
        await driven.handle(batch)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", range(6))
def test_after_a_crash_at_any_append_the_same_bytes_are_sent_again(dies_at: int, *, after: bool) -> None:
    whole, log = MemoryLog(), MemoryLog()
    frames = write_frames(log, b"a1", b"b1"), write_frames(log, b"a2")
    for one in frames:
        write_frames(whole, *(frame.value for frame in one))
    last = [write_frames(log, b"c1"), write_frames(log, b"c2")]
    with pytest.raises(Crash):
        run(handle_all(Driven(Dying(log, dies_at, after=after)), [*frames, *last]))
    survivor = Driven(log)
    for one in frames:
        run(survivor.handle(one))
        run(Driven(whole).handle(one))
    sent = [value for value in log.values(OUT) if value and not value.startswith(b"c")]
    assert list(dict.fromkeys(sent)) == whole.values(OUT)
    assert {key: value for key, value in log.latest(LATEST).items() if key != b"c"} == whole.latest(LATEST)


def test_a_resumable_frame_goes_on_where_it_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.changelog._ENTRIES_PER_BATCH", 1)
    log = MemoryLog()
    run(Driven(log).handle(write_frames(log, b"a", b"b", b"c")))
    recount = write_frames(log, b"*")
    with pytest.raises(Crash):
        run(Driven(Dying(log, 1, after=True, topic=STATE)).handle(recount))
    run(Driven(log).handle(recount))
    assert set(log.latest(LATEST).values()) == {b"2@3"}
    assert restarted(log).counts == {b"a": b"2@3", b"b": b"2@3", b"c": b"2@3"}


def test_a_replayable_processor_sends_nothing_up_to_the_processed_offset() -> None:
    log = MemoryLog()
    run(Driven(log, replays=True).handle(write_frames(log, b"a1", b"a2")))
    run(Driven(log, replays=True).handle(write_frames(log, b"a3")))
    assert log.values(OUT) == [b"a=1 by a1", b"a=2 by a2", b"a=3 by a3"]


def test_a_replayable_processor_follows_another_that_was_first() -> None:
    log = MemoryLog()
    one, other = Driven(log, replays=True), Driven(log, replays=True)
    frames = write_frames(log, b"a1", b"a2", b"a3")
    run(one.handle(frames[:1]))
    run(other.handle(frames))
    run(one.handle(frames[1:2]))
    run(one.handle(write_frames(log, b"a4")))
    assert log.values(OUT)[-1] == b"a=4 by a4"


def test_a_log_that_lost_its_journal_is_refused() -> None:
    log = MemoryLog()
    run(Driven(log, replays=True).handle(write_frames(log, b"a1")))
    log.broker[LOG, 0].records.clear()
    with pytest.raises(LogLostError):
        run(Driven(log, replays=True).handle([StoredFrame(1, b"a2")]))


def test_a_stale_snapshot_is_sent_again_by_the_next_frame_of_the_owner() -> None:
    log = MemoryLog()
    owner = Driven(log)
    run(owner.handle(write_frames(log, b"a1", b"a2")))
    log.broker.append((LATEST, 0), [Record(LATEST, 0, b"a", b"1")])
    run(owner.handle(write_frames(log, b"b1")))
    assert log.latest(LATEST) == {b"a": b"2", b"b": b"1"}


def test_a_stale_snapshot_is_sent_again_while_the_owner_has_nothing_to_do() -> None:
    log = MemoryLog()
    owner = Driven(log)
    run(owner.handle(write_frames(log, b"a1", b"a2")))
    log.broker.append((LATEST, 0), [Record(LATEST, 0, b"a", b"1")])
    for _ in range(2):  # the first finds that the partition has been busy
        run(owner.check())
    assert log.latest(LATEST) == {b"a": b"2"}


def test_a_worker_that_was_behind_puts_right_what_it_sent_itself() -> None:
    log = MemoryLog()
    slow, quick = Driven(log), Driven(log)
    frames = write_frames(log, b"a1", b"a2", b"a3")
    run(slow.handle(frames[:1]))
    run(quick.handle(frames))
    run(slow.handle(frames[1:2]))
    assert log.latest(LATEST) == {b"a": b"3"}


def test_how_far_snapshots_were_verified_survives_a_restart() -> None:
    log = MemoryLog()
    run(Driven(log).handle(write_frames(log, b"a1", b"a2")))
    log.broker[LATEST, 0].records[0] = log.broker[LATEST, 0].records[0].__class__(0, b"a", b"unseen", 0)
    for _ in range(3):
        run(restarted(log).check())
    assert log.latest(LATEST) == {b"a": b"unseen"}, "what was verified once is not read again"


def test_a_committed_frame_that_nobody_processed_is_processed_once_its_partition_is_idle() -> None:
    log = MemoryLog()
    tasks = Driven(log)
    run(tasks.handle(write_frames(log, b"a1")))
    write_frames(log, b"a2")
    run(tasks.check())
    assert tasks.counts == {b"a": b"1"}, "its frames may still be on their way"
    run(tasks.check())
    assert tasks.counts == {b"a": b"2"}
