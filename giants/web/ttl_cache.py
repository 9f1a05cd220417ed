"""Answers that count everything, kept for a moment: they cost the same whoever asks, and many ask at once."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

KEPT_SECONDS: Final = 2.0
# What took long is kept longer, so that it takes a twentieth of a processor at most; up to this.
KEPT_SECONDS_MAX: Final = 10.0
KEPT_FOR_EACH_SECOND: Final = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Any
    until: float


class Kept:
    """A few answers by name. One caller asks; those who come meanwhile wait for the same answer."""

    def __init__(self, seconds: float = KEPT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds: Final = seconds
        self._clock: Final = clock
        self._answers: dict[str, _Answer] = {}
        self._locks: dict[str, threading.Lock] = {}

    def get(self, name: str, ask: Callable[[], T]) -> T:
        """The answer of that name, asked for anew once it is too old; names are few and fixed."""
        with self._locks.setdefault(name, threading.Lock()):
            kept = self._answers.get(name)
            if kept is None or kept.until <= self._clock():
                # The age counts from the question: what happens while it is answered is not in it.
                asked_at = self._clock()
                value = ask()
                took = self._clock() - asked_at
                seconds = max(self._seconds, min(took * KEPT_FOR_EACH_SECOND, KEPT_SECONDS_MAX))
                kept = self._answers[name] = _Answer(value, asked_at + seconds)
            answer: T = kept.value
            return answer
