"""Rebalance: which tasks there are, in which state, and what they do with what others wrote meanwhile."""

import asyncio
from itertools import pairwise, product

import pytest

from giants.kafka.log import Record
from streams.errors import IllegalTransitionError
from streams.processor import StoredFrame
from streams.task import TRANSITIONS, PartitionTask, TaskState
from tests.streams.memory import LATEST, LOG, OUT, Driven, MemoryLog, new_task, rest, run, write_frames


def states(task: PartitionTask, monkeypatch: pytest.MonkeyPatch) -> list[TaskState]:
    """The states that a task goes through from here on."""
    through = [task.state]
    enter = task._enter

    def noting(target: TaskState) -> None:
        enter(target)
        through.append(target)

    monkeypatch.setattr(task, "_enter", noting)
    return through


def test_an_illegal_transition_is_refused() -> None:
    for state, target in product(TaskState, TaskState):
        task = new_task(MemoryLog())
        task._state = state
        if target in TRANSITIONS[state]:
            task._enter(target)
        else:
            with pytest.raises(IllegalTransitionError, match=f"{target.name} cannot follow {state.name}"):
                task._enter(target)


def test_a_closed_task_is_never_used_again() -> None:
    assert not TRANSITIONS[TaskState.CLOSED]
    reachable = {TaskState.CREATED}
    for _ in TaskState:
        reachable |= {target for state in reachable for target in TRANSITIONS[state]}
    assert reachable == set(TaskState)


def test_a_partition_is_recovering_until_its_state_is_read() -> None:
    async def play() -> None:
        tasks = Driven(MemoryLog())
        await tasks.begin()
        assert tasks.manager.recovering == {0}
        await rest()
        assert tasks.manager.recovering == set()

    run(play())


def test_tasks_that_are_assigned_before_the_start_wait_for_it() -> None:
    async def play() -> None:
        tasks = Driven(MemoryLog())
        await tasks.manager.assigned({0, 1})
        await rest()
        assert tasks.manager.recovering == {0, 1}
        await tasks.begin()
        await rest()
        assert tasks.manager.recovering == set()
        assert tasks.manager.processor_of(1) is None, "it went elsewhere in the meantime"

    run(play())


def test_partitions_that_went_elsewhere_are_closed_and_offer_nothing() -> None:
    log = MemoryLog()
    tasks, frames = Driven(log), write_frames(log, b"a1", b"a2")

    async def play() -> None:
        await tasks.handle(frames[:1])
        assert tasks.manager.committable_offset(0) == 1
        await tasks.manager.assigned({1})
        assert tasks.manager.processor_of(0) is None
        assert tasks.manager.committable_offset(0) is None
        await tasks.handle(frames[1:])

    run(play())
    assert log.values(OUT) == [b"a=1 by a1"]


def test_a_task_that_stays_is_suspended_and_reads_what_others_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MemoryLog()
    tasks, other, frames = Driven(log), Driven(log), write_frames(log, b"a1", b"a2", b"a3")

    async def play() -> list[TaskState]:
        await tasks.handle(frames[:1])
        through = states(tasks.manager._tasks[0], monkeypatch)
        tasks.manager.revoked()
        await tasks.handle(frames[1:2])
        assert log.values(OUT) == [b"a=1 by a1"], "nothing is begun during a rebalance"
        assert tasks.manager.committable_offset(0) == 1
        await other.handle(frames[:2])
        await tasks.manager.assigned({0})
        await tasks.handle(frames[2:])
        return through

    through = run(play())
    assert through == [TaskState.RUNNING, TaskState.SUSPENDED, TaskState.RESTORING, TaskState.RUNNING]
    assert all(after in TRANSITIONS[before] for before, after in pairwise(through))
    assert log.values(OUT) == [b"a=1 by a1", b"a=2 by a2", b"a=3 by a3"]
    assert tasks.counts == {b"a": b"3"}


def test_a_rebalance_during_a_restore_asks_for_another_look() -> None:
    log = MemoryLog()
    write_frames(log, b"a1")

    async def play() -> None:
        tasks, other = Driven(log), Driven(log)
        await tasks.begin()
        await asyncio.sleep(0)  # it reads
        tasks.manager.revoked()
        await other.handle([StoredFrame(0, b"a1")])
        await tasks.manager.assigned({0})
        await rest()
        assert tasks.counts == {b"a": b"1"}
        assert tasks.manager.recovering == set()

    run(play())


def test_what_a_task_raises_closes_it_and_is_reported() -> None:
    log = MemoryLog(batch_records_max=1)
    tasks = Driven(log)
    with pytest.raises(Exception, match="do not fit one batch"):
        run(tasks.handle(write_frames(log, b"a1")))
    assert tasks.manager.recovering == {0}
    assert tasks.manager.committable_offset(0) is None


def test_a_partition_whose_queue_is_full_is_reported_until_it_is_processed() -> None:
    log = MemoryLog()

    async def play() -> None:
        tasks = Driven(log)
        await tasks.manager.assigned({0})
        frames = write_frames(log, *[b"a"] * 1_000)
        for frame in frames:
            tasks.manager.put(0, frame)
        assert tasks.manager.is_full(0)
        assert not tasks.manager.is_full(1), "another worker's"
        await tasks.handle([])
        await tasks.handle([])
        assert not tasks.manager.is_full(0)

    run(play())
    assert len(log.values(OUT)) == 1_000


def test_a_partition_that_is_stuck_holds_up_no_other() -> None:
    log = MemoryLog()
    log.broker.append((LOG, 1), [Record(LOG, 1, None, b"b1")])

    class Stuck(MemoryLog):
        async def append(self, topic: str, partition: int, records: list[Record]) -> int:  # type: ignore[override]
            if partition == 0:
                await asyncio.Event().wait()
            return await super().append(topic, partition, records)

    async def play() -> None:
        tasks = Driven(Stuck(log.broker))
        await tasks.begin()
        await tasks.manager.assigned({0, 1})
        await tasks.handle(write_frames(log, b"a1"))
        await tasks.handle([StoredFrame(0, b"b1")], partition=1)
        await asyncio.wait_for(tasks.manager.assigned({1}), 5)  # nor does it hold up a rebalance

    run(play())
    assert log.latest(LATEST, 1) == {b"b": b"1"}
    assert log.latest(LATEST, 0) == {}
