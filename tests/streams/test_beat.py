"""The beat: at once after a pause, together in a hurry."""

import asyncio

import pytest

from streams.beat import Beat

BEAT_SECONDS = 10.0


def test_who_comes_after_a_pause_begins_at_once_and_those_who_follow_begin_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play() -> list[tuple[str, float]]:
        now = 100.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
        beat, began, tasks = Beat(BEAT_SECONDS), list[tuple[str, float]](), list[asyncio.Task[None]]()

        async def begin(name: str) -> None:
            await beat.wait()
            began.append((name, now))

        for at, names in ((100.0, "a"), (101.0, "b"), (109.9, "c"), (110.0, ""), (110.1, "d"), (120.0, "")):
            now = at
            tasks += [asyncio.create_task(begin(name)) for name in names]
            for _ in range(3):
                await asyncio.sleep(0)
        now = 200.0
        await asyncio.gather(begin("e"), *tasks)
        return began

    expected = [("a", 100.0), ("b", 110.0), ("c", 110.0), ("d", 120.0), ("e", 200.0)]
    assert asyncio.run(play()) == expected
