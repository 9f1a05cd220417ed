"""The queue between consumer and task: what is polled together, and how long a backfill waits for more."""

import asyncio
from collections.abc import Sequence

import pytest

from streams import record_queue
from streams.processor import StoredFrame
from streams.record_queue import QUEUE_BYTES_MAX, QUEUE_FRAMES_MAX, RecordQueue

ALL = QUEUE_BYTES_MAX


def live(offset: int, size_bytes: int = 0) -> StoredFrame:
    return StoredFrame(offset, b" " * size_bytes)


def backfill(offset: int, size_bytes: int = 0) -> StoredFrame:
    return StoredFrame(offset, b" " * size_bytes, is_backfill=True)


def queue_of(*frames: StoredFrame) -> RecordQueue:
    queue = RecordQueue()
    for frame in frames:
        queue.put(frame)
    return queue


def offsets(frames: Sequence[StoredFrame]) -> list[int]:
    return [frame.offset for frame in frames]


def test_a_poll_ends_at_a_gap_and_nothing_is_lost() -> None:
    queue = queue_of(live(1), live(2), live(3), live(7))
    assert offsets(queue.poll(ALL)) == [1, 2, 3]
    assert queue.next_offset == 7
    assert offsets(queue.poll(ALL)) == [7]
    assert queue.poll(ALL) == []


def test_a_poll_is_bounded_by_bytes_but_gives_at_least_one() -> None:
    queue = queue_of(live(1, 10), live(2, 2), live(3, 2), live(4, 2))
    assert offsets(queue.poll(1)) == [1]
    assert offsets(queue.poll(4)) == [2, 3]


def test_frames_that_are_delivered_again_are_dropped() -> None:
    queue = queue_of(live(1), live(2))
    queue.poll(ALL)
    for offset in (1, 2, 3, 3):
        queue.put(live(offset))
    assert offsets(queue.poll(ALL)) == [3]


def test_only_the_next_frame_is_put_ahead_of_its_fetch_and_the_fetch_brings_it_in_vain() -> None:
    queue = queue_of(live(1))
    for offset in (3, 1, 2, 3, 5):
        queue.put_ahead(live(offset))
    assert offsets(queue.poll(ALL)) == [1, 2, 3]
    for offset in (2, 3, 4, 5):
        queue.put(live(offset))
    assert offsets(queue.poll(ALL)) == [4, 5]


def test_nothing_is_put_ahead_into_a_full_queue_or_into_the_middle_of_a_log_that_was_not_read_yet() -> None:
    queue = RecordQueue()
    queue.put_ahead(live(7))
    assert not queue, "frames before it may wait to be processed"
    queue.put_ahead(live(0, QUEUE_BYTES_MAX))
    queue.put_ahead(live(1))
    assert offsets(queue.poll(ALL)) == [0]


@pytest.mark.parametrize(("frames", "size_bytes"), [(QUEUE_FRAMES_MAX, 0), (2, QUEUE_BYTES_MAX // 2)])
def test_a_queue_is_full_by_number_or_bytes_until_it_is_polled(frames: int, size_bytes: int) -> None:
    queue = queue_of(*(live(offset, size_bytes) for offset in range(1, frames)))
    assert not queue.is_full
    queue.put(live(frames, size_bytes))
    assert queue.is_full
    queue.put(live(frames + 1))  # was fetched already
    queue.poll(ALL)
    assert not queue.is_full


def polled_after_waiting(*waves: Sequence[StoredFrame]) -> list[int]:
    """Put waves of frames, each while the task waits; gives what it polls once the wait is over."""

    async def play() -> list[int]:
        queue = RecordQueue()
        waiting = asyncio.create_task(queue.wait())
        for wave in waves:
            for _ in range(10):
                await asyncio.sleep(0)
            assert not waiting.done()
            for frame in wave:
                queue.put(frame)
        await asyncio.wait_for(waiting, 5)
        return offsets(queue.poll(ALL))

    return asyncio.run(play())


def test_frames_of_a_backfill_wait_until_no_more_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_queue, "BACKFILL_PAUSE_SECONDS_MAX", 0.05)
    assert polled_after_waiting([backfill(1)], [backfill(2)], [backfill(3)]) == [1, 2, 3]


def test_a_backfill_that_goes_on_waits_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_queue, "BACKFILL_PAUSE_SECONDS_MAX", 3_600)
    monkeypatch.setattr(record_queue, "BACKFILL_WAIT_SECONDS_MAX", 0.05)
    assert polled_after_waiting([backfill(1)], [backfill(2)]) == [1, 2]


def test_a_live_frame_ends_the_wait_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_queue, "BACKFILL_PAUSE_SECONDS_MAX", 3_600)
    monkeypatch.setattr(record_queue, "BACKFILL_WAIT_SECONDS_MAX", 3_600)
    assert polled_after_waiting([backfill(1)], [live(2)]) == [1, 2]
    assert polled_after_waiting([backfill(1)], [live(2), backfill(3)]) == [1, 2, 3]


def test_a_backfill_that_fills_a_group_waits_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_queue, "BACKFILL_PAUSE_SECONDS_MAX", 3_600)
    monkeypatch.setattr(record_queue, "BACKFILL_WAIT_SECONDS_MAX", 3_600)
    assert polled_after_waiting([backfill(1, 1)], [backfill(2, QUEUE_BYTES_MAX)]) == [1]


def test_an_interruption_ends_a_wait_once() -> None:
    async def play() -> None:
        queue = RecordQueue()
        queue.interrupt()
        await asyncio.wait_for(queue.wait(), 5)
        waiting = asyncio.create_task(queue.wait())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        queue.interrupt()
        await asyncio.wait_for(waiting, 5)

    asyncio.run(play())
