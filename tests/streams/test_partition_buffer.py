"""Lanes: one partition does not hold up another, and none holds up a rebalance."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest

import streams.partition_buffer as lanes_module
from giants.decoding.frames import BACKFILL_HEADER
from streams.partition_buffer import QUEUE_BYTES_MAX, QUEUE_FRAMES_MAX, PartitionBuffer
from streams.task_manager import More, StoredFrame, TaskManager


@dataclass(frozen=True)
class FakeMessage:
    partition: int
    offset: int
    value: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class FakeEvent:
    message: FakeMessage


class NotingStage:
    """Notes which frames it was given together."""

    def __init__(self) -> None:
        self.together: list[list[int]] = []
        self.came = asyncio.Event()

    async def handle(self, partition: int, frames: Sequence[StoredFrame], more: More) -> None:
        together = [*frames, *more(frames[-1].offset, QUEUE_BYTES_MAX)]
        self.together.append([frame.offset for frame in together])
        self.came.set()


class StuckStage:
    """Never gets through partition 0; notes what it was given of the others."""

    def __init__(self) -> None:
        self.handled: list[tuple[int, int]] = []
        self.came = asyncio.Event()

    async def handle(self, partition: int, frames: Sequence[StoredFrame], more: More) -> None:
        if partition == 0:
            await asyncio.Event().wait()
        self.handled += [(partition, frame.offset) for frame in frames]
        self.came.set()


def event(partition: int, offset: int, *headers: tuple[str, bytes], size_bytes: int = 0) -> Any:
    return FakeEvent(FakeMessage(partition, offset, b" " * size_bytes, headers))


async def crash(error: BaseException) -> None:
    raise AssertionError from error


async def fill(lanes: PartitionBuffer, frames: int, size_bytes: int) -> "asyncio.Task[None]":
    """Fill the lane of partition 0; returns the put that finds no place any more."""
    await lanes.put(event(0, 0))
    await asyncio.sleep(0)  # the lane takes it and is stuck
    for offset in range(1, frames + 1):
        await lanes.put(event(0, offset, size_bytes=size_bytes))
    waiting = asyncio.create_task(lanes.put(event(0, frames + 1)))
    await asyncio.sleep(0)
    assert not waiting.done()
    return waiting


@pytest.mark.parametrize(("frames", "size_bytes"), [(QUEUE_FRAMES_MAX, 0), (2, QUEUE_BYTES_MAX // 2)])
def test_an_agent_that_waits_for_a_place_in_a_lane_goes_on_when_its_partition_goes_elsewhere(
    frames: int, size_bytes: int
) -> None:
    async def play() -> list[tuple[int, int]]:
        stage = StuckStage()
        lanes = PartitionBuffer(cast("TaskManager", stage), crash)
        waiting = await fill(lanes, frames, size_bytes)
        await lanes.close(keep={1})
        await asyncio.wait_for(waiting, 5)
        await lanes.put(event(1, 7))
        await asyncio.wait_for(stage.came.wait(), 5)
        await lanes.close()
        return stage.handled

    assert asyncio.run(play()) == [(1, 7)]


def test_a_partition_that_is_stuck_holds_up_no_other() -> None:
    async def play() -> list[tuple[int, int]]:
        stage = StuckStage()
        lanes = PartitionBuffer(cast("TaskManager", stage), crash)
        await lanes.put(event(0, 0))
        await lanes.put(event(1, 3))
        await asyncio.wait_for(stage.came.wait(), 5)
        await lanes.close()
        return stage.handled

    assert asyncio.run(play()) == [(1, 3)]


def folded_together(*waves: Sequence[Any]) -> list[list[int]]:
    """Put waves of events into a lane, each when those before were taken; gives what was folded together."""

    async def play() -> list[list[int]]:
        stage = NotingStage()
        lanes = PartitionBuffer(cast("TaskManager", stage), crash)
        for wave in waves:
            for one in wave:
                await lanes.put(one)
            for _ in range(10):
                await asyncio.sleep(0)
        await asyncio.wait_for(stage.came.wait(), 5)
        await lanes.close()
        return stage.together

    return asyncio.run(play())


def test_frames_of_a_load_are_waited_for_until_no_more_come() -> None:
    assert folded_together(
        [event(0, 1, BACKFILL_HEADER)], [event(0, 2, BACKFILL_HEADER)], [event(0, 3, BACKFILL_HEADER)]
    ) == [[1, 2, 3]]


def test_news_ends_the_wait_for_more_of_a_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_module, "BACKFILL_PAUSE_SECONDS_MAX", 3_600)
    assert folded_together([event(0, 1, BACKFILL_HEADER)], [event(0, 2)]) == [[1, 2]]
    assert folded_together([event(0, 1, BACKFILL_HEADER)], [event(0, 2), event(0, 3, BACKFILL_HEADER)]) == [
        [1, 2, 3]
    ]


def test_a_load_is_folded_once_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_module, "BACKFILL_PAUSE_SECONDS_MAX", 3_600)
    large = event(0, 2, BACKFILL_HEADER, size_bytes=QUEUE_BYTES_MAX)
    assert folded_together([event(0, 1, BACKFILL_HEADER, size_bytes=1)], [large]) == [[1, 2]]


def test_what_waits_is_given_as_far_as_it_follows() -> None:
    async def play() -> list[list[int]]:
        stage = NotingStage()
        lanes = PartitionBuffer(cast("TaskManager", stage), crash)
        for offset in (1, 2, 2, 3, 7):
            await lanes.put(event(0, offset))
        async with asyncio.timeout(5):
            while len(stage.together) < 3:
                stage.came.clear()
                await stage.came.wait()
        await lanes.close()
        return stage.together

    # One that came twice, and one after a gap, wait for the next turn.
    assert asyncio.run(play()) == [[1, 2], [2, 3], [7]]
