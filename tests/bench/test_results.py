"""Figures that several benchmarks take from their measurements."""

import pytest

from bench.results import percentile


@pytest.mark.parametrize(
    ("count", "percent", "rank"), [(1, 95, 1), (20, 95, 19), (100, 95, 95), (100, 99, 99)]
)
def test_a_percentile_is_a_value_by_its_rank(count: int, percent: int, rank: int) -> None:
    assert percentile([float(value) for value in range(count, 0, -1)], percent) == rank
