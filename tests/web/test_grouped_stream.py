"""Event streams by cause: a run of changes of one list is one event, and nothing is lost or reordered."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import orjson

from giants.store.queries.feed import FeedItem, Position
from giants.web.grouped_stream import SAMPLE_MAX, gathered, group_event
from giants.web.hub import Begun, Change, Streamed

AT = datetime(2026, 3, 10, tzinfo=UTC)


def change(number: int, ref: str) -> Change:
    body = orjson.dumps({"id": f"c-{number}", "cause": {"kind": "designation", "ref": ref}})
    item = FeedItem(f"c-{number}", "designated", f"lg-{number}", "", False, body, "t/0", number, AT)
    return Change(Position(1, number, {"t/0": number + 1}), item)


def runs(news: list[Streamed | None]) -> list[list[str]]:
    """The ids of each run; None in what is streamed is a pause until nothing more is waited for."""

    async def streamed(pause: asyncio.Event) -> AsyncIterator[Streamed]:
        for one in news:
            if one is None:
                await pause.wait()
                pause.clear()
            else:
                yield one

    async def all_runs() -> list[list[str]]:
        pause = asyncio.Event()
        found = []
        async for run in gathered(streamed(pause), window_seconds=0.0 if None in news else 60.0):
            found.append([one.item.id if isinstance(one, Change) else "begin" for one in run])
            pause.set()
        return found

    return asyncio.run(all_runs())


def test_changes_of_one_cause_that_follow_each_other_are_one_run() -> None:
    changes = (change(1, "a@1"), change(2, "a@1"), change(3, "b@1"), change(4, "a@1"))
    news: list[Streamed | None] = [Begun(Position(1, 0, {})), *changes]
    assert runs(news) == [["begin"], ["c-1", "c-2"], ["c-3"], ["c-4"]]


def test_what_comes_after_the_window_is_another_run() -> None:
    found = runs([change(1, "a@1"), None, change(2, "a@1")])
    assert found == [["c-1"], ["c-2"]]


def test_a_group_has_counts_a_bounded_sample_and_a_link() -> None:
    found = orjson.loads(
        group_event([change(number, "l/ü@1") for number in range(384)], "https://g.example/")
    )
    assert (found["changes"], found["companies"], found["kinds"]) == (384, 384, {"designated": 384})
    assert [one["id"] for one in found["sample"]] == [f"c-{number}" for number in range(SAMPLE_MAX)]
    assert found["link"] == "https://g.example/documents/l%2F%C3%BC%401"
