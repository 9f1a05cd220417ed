import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.names import (
    Share,
    attribution_share,
    consistent_name_share,
    correction_share,
    unknown_share,
)


def test_consistency_counts_companies_with_one_name_whatever_its_spelling() -> None:
    """N-11."""
    share = consistent_name_share(
        [
            ["英飞特电子（杭州）股份有限公司", "英飞特电子(杭州)股份有限公司"],
            ["宝鸡市赛孚石油机械有限公司", "宝鸡赛孚石油机械有限公司"],
            ["河南中原辊轴有限公司"],
            [],
        ]
    )
    assert (share.count, share.total) == (2, 3)
    assert share.target is None
    assert share.met is None


@pytest.mark.parametrize(("corrected", "met"), [(0, True), (19, True), (20, False)])
def test_corrections_stay_below_one_in_a_thousand(corrected: int, met: bool) -> None:
    """N-04: at most 19 of 19,444."""
    share = correction_share(corrected, 19_444)
    assert share.met is met
    assert share.target == "below 0.1 %"


@pytest.mark.parametrize(("unattributed", "met"), [(0, True), (72, True), (73, False)])
def test_attribution_leaves_at_most_72_of_batches_4_to_7(unattributed: int, met: bool) -> None:
    """P-14: 4,357 + 3,671 + 3,012 + 3,482 designations."""
    designations = 4_357 + 3_671 + 3_012 + 3_482
    rows = [(4 + number % 4, number >= unattributed) for number in range(designations)]
    share = attribution_share([*rows, (1, False), (3, False)])
    assert share.total == designations
    assert share.met is met
    assert share.target == "above 99.5 %"


def test_unknown_status_is_below_three_in_a_hundred_and_exactly_three_is_not() -> None:
    """S-08."""
    assert unknown_share(2, 100).met is True
    assert unknown_share(3, 100).met is False
    assert unknown_share(3, 100).value == 0.03


def test_a_share_of_nothing_has_no_figure_and_no_verdict() -> None:
    share = unknown_share(0, 0)
    assert share.value is None
    assert share.met is None


def test_a_part_larger_than_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="got 2 of 1, expected a part of the whole"):
        correction_share(2, 1)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_share_lies_between_0_and_1(a: int, b: int) -> None:
    share = Share("x", "N-11", min(a, b), max(a, b))
    assert share.value is None or 0 <= share.value <= 1
