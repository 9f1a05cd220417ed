"""One policy for what a process waits for."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from giants import retry
from giants.retry import RETRIES, Backoff, retried, retrying, retrying_async


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry.Backoff.__init__, "__defaults__", (0.0001, 0.0002))


def retries() -> float:
    samples = next(iter(RETRIES.collect())).samples
    asked = {"dependency": "it", "error": "ConnectionError"}
    return sum(one.value for one in samples if one.name.endswith("_total") and one.labels == asked)


def test_an_attempt_is_repeated_until_it_succeeds() -> None:
    failures = [ConnectionError("1"), ConnectionError("2")]
    noted: list[str] = []
    before = retries()
    for attempt in retrying(ConnectionError, "it", notify=lambda error, _: noted.append(str(error))):
        with attempt:
            if failures:
                raise failures.pop(0)
    assert noted == ["1", "2"]
    assert retries() - before == 2


def attempts_at(action: Callable[[int], None], on: retry.Failures, seconds_max: float | None = None) -> None:
    """Try `action`, which is given the number of the attempt."""
    for attempt in retrying(on, "it", seconds_max=seconds_max):
        with attempt:
            action(attempt.retry_state.attempt_number)


def refuse(number: int) -> None:
    raise ConnectionError(number)


def test_another_error_leaves_at_once() -> None:
    with pytest.raises(ConnectionError, match="1"):
        attempts_at(refuse, (KeyError, TimeoutError))


def test_which_failures_pass_can_be_a_question() -> None:
    with pytest.raises(ConnectionError, match="2"):
        attempts_at(refuse, lambda error: str(error) == "1")


def test_the_last_failure_is_raised_after_the_longest_time() -> None:
    with pytest.raises(ConnectionError):
        attempts_at(refuse, ConnectionError, seconds_max=0.01)


def test_stop_ends_the_attempts_without_an_error() -> None:
    stop, attempts = threading.Event(), 0
    for attempt in retrying(ConnectionError, "it", stop=stop, notify=lambda *_: stop.set()):
        with attempt:
            attempts += 1
            raise ConnectionError
    assert attempts == 1
    assert list(retrying(ConnectionError, "it", stop=stop)) == []


def test_a_coroutine_waits_by_the_same_rules() -> None:
    async def attempts_until_stop() -> int:
        stop, attempts = threading.Event(), 0
        async for attempt in retrying_async(ConnectionError, "it", stop=stop):
            with attempt:
                attempts += 1
                if attempts == 3:
                    stop.set()
                raise ConnectionError
        return attempts

    async def attempts_until_success() -> int:
        async for attempt in retrying_async(ConnectionError, "it"):
            with attempt:
                if attempt.retry_state.attempt_number < 3:
                    raise ConnectionError
                return attempt.retry_state.attempt_number
        return 0

    assert asyncio.run(attempts_until_stop()) == 3
    assert asyncio.run(attempts_until_success()) == 3


def test_pauses_double_up_to_a_maximum_and_begin_anew_after_a_healthy_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr("giants.retry.time.monotonic", lambda: now)
    monkeypatch.setattr("giants.retry.random.random", lambda: 0.0)
    backoff = Backoff(0.5, 3.0)
    assert [backoff.next_seconds() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    now += retry.HEALTHY_SECONDS + 4
    assert backoff.next_seconds() == 0.5
    assert backoff.failures == 1


def test_a_call_is_made_again_until_it_succeeds_and_each_failure_is_counted() -> None:
    failures: list[Exception] = [ConnectionError("1"), ConnectionError("2")]

    async def call() -> str:
        if failures:
            raise failures.pop(0)
        return "done"

    before = retries()
    assert asyncio.run(retried(call, ConnectionError, "it")) == "done"
    assert retries() - before == 2
    failures.append(KeyError("3"))
    with pytest.raises(KeyError, match="3"):
        asyncio.run(retried(call, ConnectionError, "it"))
    assert retries() - before == 2
