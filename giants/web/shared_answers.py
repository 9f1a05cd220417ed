"""Answers that count everything, cached for seconds: they cost the same whoever asks and how often."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, TypeVar

from cachetools import TLRUCache, cachedmethod

ANSWERS_MAX: Final = 256
TTL_SECONDS: Final = 2.0
# What took long is cached longer, so that it takes a twentieth of a processor at most; up to this.
TTL_SECONDS_MAX: Final = 10.0
TTL_PER_SECOND_ASKED: Final = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Any
    expires_at: float


class SharedAnswers:
    """Answers by name. One caller computes an answer; those who come meanwhile wait for the same one."""

    def __init__(self, ttl_seconds: float = TTL_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl_seconds: Final = ttl_seconds
        self._clock: Final = clock
        self._cache: TLRUCache[str, _Answer] = TLRUCache(
            ANSWERS_MAX, ttu=lambda _, answer, __: answer.expires_at, timer=clock
        )
        self._condition = threading.Condition()

    def get(self, name: str, ask: Callable[[], T]) -> T:
        """The answer of that name, computed anew once it is too old."""
        answer: T = self._answer(name, ask).value
        return answer

    @cachedmethod(attrgetter("_cache"), key=lambda _, name, __: name, condition=attrgetter("_condition"))
    def _answer(self, _: str, ask: Callable[[], Any]) -> _Answer:
        # The age counts from the question: what happens while it is answered is not in it.
        asked_at = self._clock()
        value = ask()
        took = self._clock() - asked_at
        ttl = max(self._ttl_seconds, min(took * TTL_PER_SECOND_ASKED, TTL_SECONDS_MAX))
        return _Answer(value, asked_at + ttl)
