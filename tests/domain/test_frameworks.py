from datetime import date

import pytest

from giants.domain.frameworks import (
    FRAMEWORK_2018,
    FRAMEWORK_2022,
    FRAMEWORK_2026,
    FRAMEWORKS,
    Criterion,
    Framework,
    Threshold,
    Violation,
    framework_for_designation,
    framework_for_review,
)
from schemas.base import BATCH_MAX


def threshold(framework: Framework, item: str) -> Threshold:
    return next(each for each in framework.thresholds if each.item == item)


@pytest.mark.parametrize(
    ("batch", "framework"),
    [(1, FRAMEWORK_2018), (3, FRAMEWORK_2018), (4, FRAMEWORK_2022), (7, FRAMEWORK_2022), (8, FRAMEWORK_2026)],
)
def test_designations_follow_the_framework_of_their_batch(batch: int, framework: Framework) -> None:
    """P-05, Z-11."""
    assert framework_for_designation(batch) is framework


def test_reviews_of_2026_still_use_the_framework_of_2022() -> None:
    assert framework_for_review(2022) is FRAMEWORK_2022
    assert framework_for_review(2026) is FRAMEWORK_2022
    assert framework_for_designation(8) is FRAMEWORK_2026
    assert framework_for_review(2027) is FRAMEWORK_2026


def test_every_batch_of_the_contract_has_a_framework() -> None:
    assert {framework_for_designation(batch) for batch in range(1, BATCH_MAX + 1)} == set(FRAMEWORKS)


def test_what_never_was_is_refused() -> None:
    with pytest.raises(ValueError, match="got batch 0"):
        framework_for_designation(0)
    with pytest.raises(ValueError, match="got review year 2021"):
        framework_for_review(2021)


@pytest.mark.parametrize(
    ("item", "figures"),
    [
        ("main_business_share", (0.70, 0.70, 0.90)),
        ("years_in_niche", (3, 3, 3)),
        ("intellectual_property", (5, 2, 4)),
    ],
)
def test_thresholds_change_from_framework_to_framework(item: str, figures: tuple[float, ...]) -> None:
    assert tuple(threshold(framework, item).at_least for framework in FRAMEWORKS) == figures


def test_the_ratio_of_debt_is_a_ceiling() -> None:
    assert [threshold(framework, "debt_ratio").at_most for framework in FRAMEWORKS] == [0.70, 0.70, 0.75]


def test_growth_is_not_asked_of_reviews_since_2026() -> None:
    assert not threshold(FRAMEWORK_2026, "growth").in_reviews
    assert threshold(FRAMEWORK_2022, "growth").in_reviews


def test_gates_grow_with_the_frameworks() -> None:
    """P-07, P-09."""
    gates = [{gate.item for gate in framework.gates} for framework in FRAMEWORKS]
    assert gates[0] == {"clean_compliance"}
    assert gates[1] == {"clean_compliance", "provincial_specialised_sme"}
    assert gates[1] < gates[2]
    assert [gate.score_min for gate in FRAMEWORK_2026.gates if gate.item == "development_score"] == [60]
    assert len(Violation) == 5


def test_every_framework_speaks_of_all_five_criteria() -> None:
    """P-06."""
    for framework in FRAMEWORKS:
        assert {each.criterion for each in framework.thresholds} == set(Criterion)
        items = [each.item for each in framework.thresholds]
        assert len(set(items)) == len(items)


def test_frameworks_are_dated_and_only_the_later_ones_are_known_to_be_conjunctive() -> None:
    """P-08."""
    starts = [framework.in_force_from for framework in FRAMEWORKS]
    assert starts == sorted(starts)
    assert FRAMEWORK_2026.in_force_from == date(2026, 4, 1)
    assert [framework.conjunctive for framework in FRAMEWORKS] == [None, True, True]
    assert FRAMEWORK_2022.label == "2022 framework"
