"""Ratings, number by number, against exact fractions and literal values (X-03 … X-17)."""

import ast
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from giants.domain.exposure import alignment, confidence, rate, stands
from tests import oracles
from tests.oracles import exposure as oracle

FAMILIES_MAX = 105
PRODUCT = {"agents", "giants", "schemas", "streams"}
BANDS = ("very_weak", "weak", "moderate", "strong", "very_strong")
# Matching instances, instances and families at which the score is exactly the limit of a band.
ON_THE_LIMIT = [
    (1, 25, 100, "weak"),
    (4, 25, 100, "moderate"),
    (9, 25, 100, "strong"),
    (16, 25, 100, "very_strong"),
    (16, 325, 50, "weak"),
    (64, 325, 50, "moderate"),
    (144, 325, 50, "strong"),
    (256, 325, 50, "very_strong"),
    (2_000, 43_439, 55, "weak"),
    (8_000, 43_439, 55, "moderate"),
    (18_000, 43_439, 55, "strong"),
    (32_000, 43_439, 55, "very_strong"),
]

pairs = st.integers(0, 400).flatmap(
    lambda instances: st.tuples(st.integers(0, instances), st.just(instances))
)
families = st.integers(0, FAMILIES_MAX)


def test_the_oracle_imports_nothing_of_the_product() -> None:
    found = set()
    for path in Path(oracles.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    assert "fractions" in found
    assert not found & PRODUCT


def test_the_oracle_is_right_about_the_values_that_are_known() -> None:
    assert oracle.confidence(5) == Fraction("0.0225925")
    assert oracle.confidence(50) == Fraction(13, 16)
    assert (oracle.confidence(0), oracle.confidence(100), oracle.confidence(101)) == (
        Fraction(0),
        Fraction(1),
        Fraction(1),
    )
    assert oracle.rated(4, 25, 100) == (40.0, "moderate", "peripheral")


def test_confidence_is_the_beta_cdf_of_2_and_4() -> None:
    for number in range(FAMILIES_MAX + 1):
        assert confidence(number) == float(oracle.confidence(number))


def test_confidence_passes_one_half_between_31_and_32_families() -> None:
    assert confidence(31) == 0.4922564896
    assert confidence(32) == 0.5125046272


def test_confidence_of_fewer_than_no_families_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        confidence(-1)


def test_the_worked_example_has_the_scores_that_are_printed() -> None:
    assert confidence(5) == 0.0225925
    optical, quantum = rate(7, 12, 5), rate(2, 12, 5)
    assert optical is not None
    assert quantum is not None
    assert (round(optical.score, 2), optical.band, optical.profile) == (11.48, "very_weak", "tentative")
    assert (round(quantum.score, 2), quantum.band, quantum.profile) == (6.14, "very_weak", "sparse")


@pytest.mark.parametrize(("matching", "instances", "number", "band"), ON_THE_LIMIT)
def test_the_lower_limit_belongs_to_its_band(matching: int, instances: int, number: int, band: str) -> None:
    limit = 20 * BANDS.index(band)
    assert Fraction(matching, instances) * oracle.confidence(number) == Fraction(limit**2, 10_000)
    at, below = rate(matching, instances, number), rate(matching * 1_000, instances * 1_000 + 1, number)
    assert at is not None
    assert at.band == band
    assert at.score == pytest.approx(limit, abs=1e-9)
    assert below is not None
    assert below.band == BANDS[BANDS.index(band) - 1]


@pytest.mark.parametrize(("instances", "is_rated"), [(49, True), (50, True), (51, False)])
def test_one_match_is_rated_in_up_to_50_instances(instances: int, is_rated: bool) -> None:
    assert (rate(1, instances, 40) is not None) is is_rated
    assert (rate(1_000, 1_000 * instances, 40) is not None) is is_rated


def test_no_match_is_never_rated_and_neither_is_an_empty_portfolio() -> None:
    assert rate(0, 0, 0) is None
    assert rate(0, 10, 100) is None
    assert alignment(0, 0) is None


@pytest.mark.parametrize(
    ("matching", "instances", "number", "profile"),
    [
        (3, 10, 32, "established"),
        (299, 1_000, 32, "peripheral"),
        (3, 10, 31, "tentative"),
        (299, 1_000, 31, "sparse"),
        (300_000, 1_000_000, 100, "established"),
        (299_999, 1_000_000, 100, "peripheral"),
    ],
)
def test_the_profile_changes_at_alignment_three_tenths_and_confidence_one_half(
    matching: int, instances: int, number: int, profile: str
) -> None:
    rating = rate(matching, instances, number)
    assert rating is not None
    assert rating.profile == profile


@given(pairs, families)
def test_a_rating_is_what_the_oracle_says(pair: tuple[int, int], number: int) -> None:
    found, expected = rate(*pair, number), oracle.rated(*pair, number)
    assert (found is None) is (expected is None)
    if found is not None and expected is not None:
        assert (found.band, found.profile) == (expected.band, expected.profile)
        assert found.score == pytest.approx(expected.score, rel=1e-14)


@given(pairs, families, pairs, families)
@example((1, 50), 50, (1, 51), 50)  # over the floor
@example((3, 10), 40, (29, 100), 40)  # over the line of alignment
@example((16, 325), 50, (1, 25), 100)  # on the limit, with other numbers
@example((0, 0), 0, (0, 5), 3)
def test_a_rating_stands_where_band_and_profile_would_be_the_same(
    before: tuple[int, int], families_before: int, now: tuple[int, int], families_now: int
) -> None:
    last, expected = rate(*before, families_before), oracle.rated(*now, families_now)
    is_same = (last and (last.band, last.profile)) == (expected and (expected.band, expected.profile))
    assert stands(last, *now, families_now) == is_same
