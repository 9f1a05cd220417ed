"""The schedule is drawn from its seed alone, and keeps its promises."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos.schedule import DOWN_SECONDS, QUIET_SECONDS, Cast, Means, schedule

BROKERS = ("broker-1", "broker-2", "broker-3")
CAST = Cast(
    {("worker", Means.KILL): 3.0, ("store", Means.KILL): 1.0, ("worker", Means.FREEZE): 1.0}
    | {(broker, Means.KILL): 1.0 for broker in BROKERS},
    apart=[frozenset(BROKERS)],
)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32))
def test_a_seed_gives_the_same_schedule_with_the_numbers_asked_for(seed: int) -> None:
    steps = schedule(seed, 600.0, kills=55, others=5, cast=CAST)
    assert steps == schedule(seed, 600.0, kills=55, others=5, cast=CAST)
    assert sum(step.means is Means.KILL for step in steps) == 55
    assert len(steps) == 60
    for step in steps:
        shortest, longest = DOWN_SECONDS[step.means]
        assert 0 <= step.at_seconds <= 600
        assert shortest <= step.down_seconds <= longest


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32))
def test_nobody_goes_down_twice_at_a_time_and_brokers_one_after_the_other(seed: int) -> None:
    steps = schedule(seed, 600.0, kills=55, others=5, cast=CAST)
    for crowd in ({"worker"}, {"store"}, set(BROKERS)):
        for one, other in pairwise(step for step in steps if step.victim in crowd):
            assert one.until_seconds + QUIET_SECONDS <= other.at_seconds


def test_a_schedule_that_does_not_fit_its_time_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit 10 seconds"):
        schedule(1, 10.0, kills=50, others=0, cast=CAST)
