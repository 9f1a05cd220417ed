"""The two formulas of statistics against the reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from giants.domain.prediction.exact import fisher_two_sided, wilson_interval

COUNTS = st.integers(0, 300)


@given(st.integers(0, 2_000), st.integers(1, 2_000), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_interval_of_a_share_is_the_reference_s(part: int, more: int, level: float) -> None:
    whole = part + more if part % 2 else max(part, 1)
    expected = stats.binomtest(part, whole).proportion_ci(level, method="wilson")
    assert wilson_interval(part, whole, level) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_the_exact_test_is_the_reference_s(a: int, b: int, c: int, d: int) -> None:
    table = (a, b), (c, d)
    assert fisher_two_sided(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6, abs=1e-12)


def test_as_many_companies_as_there_are_take_no_time_to_speak_of() -> None:
    assert fisher_two_sided(((9_000, 3_000), (5_000, 3_000))) < 1e-60
