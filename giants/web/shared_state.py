"""What replicas of the API know together: how often callers asked, and which sign-ins were ended.

Both are in a Redis server where `GIANTS_API_SHARED_STATE` names one. While it does not answer, each process
counts for itself and knows its own sign-outs alone, and tells the others of these once it is back: requests
are answered all the same. Without such a server one process is all there is.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final, TypeVar

from cachetools import TTLCache
from limits import RateLimitItem
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter as SharedLimiter
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr

from giants.health import Dependencies
from giants.web.errors import SharedStateError

SHARED_STATE: Final = "the shared state of the API"
# A request is held up no longer than this by a server that does not answer, and one a second is.
ANSWER_SECONDS_MAX: Final = 0.25
PAUSE_SECONDS: Final = 1.0
CONNECTIONS_MAX: Final = 20
ENDED_MAX: Final = 100_000
# What is published at once, so that it does not take longer than an answer may.
PUBLISHED_MAX: Final = 100
_KEY_PREFIX: Final = "giants"
_ENDED: Final = "signed-out"

T = TypeVar("T")


class SharedState:
    """Counts requests and remembers ended sign-ins; for one event loop."""

    def __init__(self, url: SecretStr | None, ended_seconds: int, dependencies: Dependencies) -> None:
        """`ended_seconds` is how long an ended sign-in is remembered. Raises `SharedStateError`."""
        self._dependencies: Final = dependencies
        self._ended_seconds: Final = ended_seconds
        self._limiter: Final = MovingWindowRateLimiter(MemoryStorage())
        self._ended: Final[TTLCache[str, bool]] = TTLCache(ENDED_MAX, ended_seconds)
        self._unpublished: Final[TTLCache[str, bool]] = TTLCache(ENDED_MAX, ended_seconds)
        self._pool: Final = None if url is None else _pool(url.get_secret_value())
        self._shared: Final = None if url is None else _storage(url.get_secret_value(), self._pool)
        self._asked_again_at = 0.0

    @property
    def waits_for(self) -> str | None:
        """Why the processes of the API know nothing of each other; None where they do, or there is one."""
        return self._dependencies.reasons.get(SHARED_STATE)

    async def seconds_to_wait(self, limit: RateLimitItem, caller: str) -> float:
        """Count a request; 0 where it is within the limit, else when the caller may ask again."""
        answer = await self._asked(lambda shared: _waits(SharedLimiter(shared), limit, caller))
        if answer is not None:
            return answer
        if self._limiter.hit(limit, caller):
            return 0.0
        return _seconds_until(self._limiter.get_window_stats(limit, caller).reset_time)

    async def end(self, sign_in: str) -> None:
        """Let a sign-in not be taken any more, at any replica."""
        self._ended[sign_in] = self._unpublished[sign_in] = True
        await self._asked(_nothing)

    async def has_ended(self, sign_in: str) -> bool:
        """Whether a sign-in was ended."""
        return sign_in in self._ended or bool(await self._asked(lambda shared: shared.get(_key(sign_in))))

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _asked(self, question: Callable[[RedisStorage], Awaitable[T]]) -> T | None:
        """What the server answers; None where it is away, or there is none."""
        shared = self._shared
        if shared is None or time.monotonic() < self._asked_again_at:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                await self._publish_ended(shared)
                answer = await question(shared)
        except (StorageError, TimeoutError) as error:
            self._asked_again_at = time.monotonic() + PAUSE_SECONDS
            self._dependencies.waits(SHARED_STATE, _reason(error))
            return None
        self._dependencies.is_there(SHARED_STATE)
        return answer

    async def _publish_ended(self, shared: RedisStorage) -> None:
        """Tell the other replicas which sign-ins ended here, also while the server was away."""
        for sign_in in list(self._unpublished)[:PUBLISHED_MAX]:
            await shared.incr(_key(sign_in), self._ended_seconds)
            self._unpublished.pop(sign_in, None)


async def _waits(limiter: SharedLimiter, limit: RateLimitItem, caller: str) -> float:
    if await limiter.hit(limit, caller):
        return 0.0
    return _seconds_until((await limiter.get_window_stats(limit, caller)).reset_time)


async def _nothing(_: RedisStorage) -> None:
    """Ask nothing: what is not published yet is, before any question."""


def _seconds_until(instant: float) -> float:
    return max(instant - time.time(), 1.0)


def _key(sign_in: str) -> str:
    return f"{_ENDED}/{sign_in}"


def _reason(error: Exception) -> str:
    if isinstance(error, StorageError):
        return f"requests are counted by this process alone: {error.storage_error}"
    return f"requests are counted by this process alone: no answer within {ANSWER_SECONDS_MAX} s"


def _pool(url: str) -> Any:
    try:
        redis: Any = import_module("redis.asyncio")
    except ImportError as error:
        reason = "it needs the extra `redis`: pip install 'little-giants-stream[redis]'"
        raise SharedStateError(reason) from error
    try:
        return redis.BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS_MAX, timeout=ANSWER_SECONDS_MAX
        )
    except (ValueError, TypeError) as error:
        raise SharedStateError("it is no address of a Redis server") from error


def _storage(url: str, pool: Any) -> RedisStorage:
    return RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix=_KEY_PREFIX,
        connection_pool=pool,
    )
