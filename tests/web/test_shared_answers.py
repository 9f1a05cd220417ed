"""Answers that are cached for seconds."""

import threading

import pytest

from giants.web.shared_answers import SharedAnswers
from tests.store.waiting import DEADLINE_SECONDS


def test_an_answer_is_asked_for_again_once_it_is_too_old() -> None:
    now, asked = [100.0], []

    def ask() -> int:
        asked.append(now[0])
        return len(asked)

    cache = SharedAnswers(ttl_seconds=2.0, clock=lambda: now[0])
    assert (cache.get("a", ask), cache.get("a", ask)) == (1, 1)
    now[0] = 101.9
    assert cache.get("a", ask) == 1
    now[0] = 102.0
    assert cache.get("a", ask) == 2
    assert cache.get("b", ask) == 3


def test_what_takes_long_is_cached_longer_within_a_limit() -> None:
    now, asked = [100.0], []

    def ask(seconds: float) -> int:
        asked.append(seconds)
        now[0] += seconds
        return len(asked)

    cache = SharedAnswers(ttl_seconds=2.0, clock=lambda: now[0])
    assert cache.get("a", lambda: ask(0.3)) == 1
    now[0] = 105.9
    assert cache.get("a", lambda: ask(0.3)) == 1
    now[0] = 106.0
    assert cache.get("a", lambda: ask(4.0)) == 2
    now[0] = 115.9
    assert cache.get("a", lambda: ask(4.0)) == 2
    now[0] = 116.0
    assert cache.get("a", lambda: ask(4.0)) == 3


def test_callers_who_come_at_once_share_one_question() -> None:
    asked = []
    started, go_on = threading.Event(), threading.Event()

    def ask() -> int:
        asked.append(1)
        started.set()
        go_on.wait(DEADLINE_SECONDS)
        return len(asked)

    cache = SharedAnswers(ttl_seconds=DEADLINE_SECONDS)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(cache.get("a", ask))) for _ in range(5)]
    for thread in threads:
        thread.start()
    started.wait(DEADLINE_SECONDS)
    go_on.set()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    assert answers == [1] * 5


def test_a_question_that_fails_is_asked_again() -> None:
    cache = SharedAnswers()

    def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        cache.get("a", fail)
    assert cache.get("a", lambda: 7) == 7
