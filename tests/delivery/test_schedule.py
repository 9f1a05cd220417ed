"""When an alert is tried again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from giants.delivery.schedule import (
    ATTEMPTS_MAX,
    FIRST_RETRY_SECONDS,
    IMMEDIATE_WINDOW_SECONDS,
    JITTER_PART,
    RETRY_SECONDS_MAX,
    next_digest,
    next_window,
    retry_seconds,
)

instants = st.integers(0, 80 * 365 * 86_400_000).map(
    lambda milliseconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


def waits(seed: str) -> list[float]:
    return [
        wait for attempts in range(1, ATTEMPTS_MAX) if (wait := retry_seconds(attempts, seed)) is not None
    ]


@given(seed=st.text(max_size=20))
def test_waits_grow_from_seconds_to_days_and_then_end(seed: str) -> None:
    seconds = waits(seed)
    assert len(seconds) == ATTEMPTS_MAX - 1
    assert abs(seconds[0] - FIRST_RETRY_SECONDS) <= FIRST_RETRY_SECONDS * JITTER_PART
    assert max(seconds) <= RETRY_SECONDS_MAX * (1 + JITTER_PART)
    assert 2 * 86_400 < sum(seconds) < 5 * 86_400
    assert retry_seconds(ATTEMPTS_MAX, seed) is None


def test_what_failed_together_is_not_tried_again_together() -> None:
    assert len({retry_seconds(3, f"alert-{number}") for number in range(100)}) == 100


@given(asked=st.floats(0, 1e9), attempts=st.integers(1, ATTEMPTS_MAX - 1))
def test_a_receiver_may_ask_for_more_time_but_not_for_ever(asked: float, attempts: int) -> None:
    plain, wait = retry_seconds(attempts, "a"), retry_seconds(attempts, "a", asked)
    assert plain is not None
    assert wait == max(plain, min(asked, RETRY_SECONDS_MAX))


@given(now=instants, hour=st.integers(0, 23))
def test_a_digest_leaves_at_its_hour_within_a_day(now: datetime, hour: int) -> None:
    leaves_at = next_digest(now, hour)
    assert timedelta() < leaves_at - now <= timedelta(days=1)
    assert (leaves_at.hour, leaves_at.minute, leaves_at.second) == (hour, 0, 0)


@given(now=instants)
def test_immediate_mail_leaves_within_its_window(now: datetime) -> None:
    assert timedelta() < next_window(now) - now <= timedelta(seconds=IMMEDIATE_WINDOW_SECONDS)
