"""Ratings: what stands is what would be rated the same again."""

from hypothesis import example, given
from hypothesis import strategies as st

from giants.domain.exposure import METHODOLOGY, confidence, rate, stands

pairs = st.integers(0, 400).flatmap(
    lambda instances: st.tuples(st.integers(0, instances), st.just(instances))
)
families = st.integers(0, METHODOLOGY.confidence_families + 5)


@given(pairs, families, pairs, families)
@example((1, 50), 50, (1, 51), 50)  # over the floor
@example((3, 10), 40, (29, 100), 40)  # over the line of alignment
@example((0, 0), 0, (0, 5), 3)
def test_a_rating_stands_where_band_and_profile_would_be_the_same(
    before: tuple[int, int], families_before: int, now: tuple[int, int], families_now: int
) -> None:
    last, current = rate(*before, confidence(families_before)), rate(*now, confidence(families_now))
    is_same = (last and (last.band, last.profile)) == (current and (current.band, current.profile))
    assert stands(last, *now, confidence(families_now)) == is_same
