"""Commits in the background: one at a time, in order, and what fails is raised by the next call."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from agents.background_commit import BackgroundCommit

PLACE = TopicPartition("t", 0)


class Consumer:
    """Commits once it is let; `refuses` raises instead."""

    def __init__(self) -> None:
        self.committed: list[Mapping[Any, int]] = []
        self.under_way = 0
        self.lets = asyncio.Event()
        self.refuses = False

    async def commit(self, offsets: Mapping[Any, int]) -> None:
        self.under_way += 1
        assert self.under_way == 1, "one at a time"
        try:
            await self.lets.wait()
            if self.refuses:
                raise CommitFailedError
            self.committed.append(offsets)
        finally:
            self.under_way -= 1


def of(consumer: Consumer) -> BackgroundCommit:
    return BackgroundCommit(consumer.commit)


def test_nobody_waits_for_a_commit_but_the_next_one() -> None:
    async def play() -> list[Mapping[Any, int]]:
        consumer = Consumer()
        commit = of(consumer)
        await commit.begin({PLACE: 1})
        assert consumer.committed == []
        second = asyncio.create_task(commit.begin({PLACE: 2}))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not second.done()
        consumer.lets.set()
        await second
        await commit.end()
        await commit.end()
        return consumer.committed

    assert asyncio.run(play()) == [{PLACE: 1}, {PLACE: 2}]


def test_a_commit_that_failed_is_raised_once_by_what_comes_next() -> None:
    async def play() -> list[Mapping[Any, int]]:
        consumer = Consumer()
        consumer.refuses = True
        consumer.lets.set()
        commit = of(consumer)
        await commit.begin({PLACE: 1})
        with pytest.raises(CommitFailedError):
            await commit.begin({PLACE: 2})
        consumer.refuses = False
        await commit.begin({PLACE: 3})
        await commit.end()
        return consumer.committed

    assert asyncio.run(play()) == [{PLACE: 3}]


def test_a_commit_that_is_under_way_can_be_given_up() -> None:
    async def play() -> int:
        consumer = Consumer()
        commit = of(consumer)
        await commit.begin({PLACE: 1})
        await asyncio.sleep(0)
        await commit.cancel()
        return consumer.under_way

    assert asyncio.run(play()) == 0
