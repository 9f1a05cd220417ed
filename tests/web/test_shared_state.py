"""What two replicas of the API know together by a real Redis server, and what each does without it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from limits import RateLimitItemPerMinute
from pydantic import SecretStr

from giants.health import Dependencies
from giants.web.errors import SharedStateError
from giants.web.shared_state import SHARED_STATE, SharedState
from tests.redis_server import RedisServer

LIMIT = RateLimitItemPerMinute(4)
HOUR = 3_600
Two = tuple[SharedState, SharedState]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as running:
        yield running


def replica(url: str | None) -> SharedState:
    """The shared state as one process has it."""
    return SharedState(SecretStr(url) if url else None, HOUR, Dependencies(SHARED_STATE))


def play(url: str | None, scene: Callable[[SharedState, SharedState], Awaitable[None]]) -> None:
    """Play a scene with two replicas."""

    async def played() -> None:
        one, other = replica(url), replica(url)
        try:
            await scene(one, other)
        finally:
            await one.close()
            await other.close()

    asyncio.run(played())


async def taken(state: SharedState, requests: int, caller: str = "desk") -> int:
    """How many of some requests are within the limit."""
    return sum([not await state.seconds_to_wait(LIMIT, caller) for _ in range(requests)])


async def when_shared(state: SharedState) -> None:
    """Ask until the server answers."""
    async with asyncio.timeout(60):
        for number in count():
            await state.seconds_to_wait(LIMIT, f"probe {number}")
            if state.waits_for is None:
                return
            await asyncio.sleep(0.05)


def test_requests_are_counted_together_and_each_caller_for_itself(server: RedisServer) -> None:
    async def scene(one: SharedState, other: SharedState) -> None:
        assert await taken(one, 3) == 3
        assert await taken(other, 3) == 1
        assert 1 <= await one.seconds_to_wait(LIMIT, "desk") <= 60
        assert await taken(other, 1, "another desk") == 1

    play(server.url, scene)


def test_who_signs_out_at_one_is_signed_out_at_the_other(server: RedisServer) -> None:
    async def scene(one: SharedState, other: SharedState) -> None:
        await one.end("nonce")
        assert await one.has_ended("nonce")
        assert await other.has_ended("nonce")
        assert not await other.has_ended("another")

    play(server.url, scene)


@pytest.mark.parametrize("fault", ["killed", "silent"])
def test_without_the_server_each_counts_alone_and_tells_its_sign_outs_later(
    server: RedisServer, fault: str
) -> None:
    async def scene(one: SharedState, other: SharedState) -> None:
        assert await taken(one, 4) == 4
        server.kill() if fault == "killed" else server.freeze()
        assert await taken(other, 5) == 4
        assert other.waits_for is not None
        assert other.waits_for.startswith("requests are counted by this process alone")
        await one.end("nonce")
        assert await one.has_ended("nonce")
        assert not await other.has_ended("nonce")
        server.start() if fault == "killed" else server.thaw()
        await when_shared(one)
        await when_shared(other)
        assert await other.has_ended("nonce")

    play(server.url, scene)


def test_without_a_setting_nothing_is_shared_or_waited_for() -> None:
    async def scene(one: SharedState, other: SharedState) -> None:
        assert await taken(one, 5) == 4
        assert await taken(other, 5) == 4
        await one.end("nonce")
        assert await one.has_ended("nonce")
        assert not await other.has_ended("nonce")
        assert one.waits_for is None

    play(None, scene)


def test_an_address_that_is_none_is_refused_in_one_line() -> None:
    pytest.importorskip("redis")
    with pytest.raises(SharedStateError, match="it is no address of a Redis server"):
        replica("memcached://127.0.0.1")
