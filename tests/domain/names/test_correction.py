from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.names import (
    CorrectionCondition,
    SimilarCharacters,
    check_correction,
    default_similar_characters,
)
from tests.domain.names.strategies import legal_names

WRONG, RIGHT = "宁波佳尓灵气动机械有限公司", "宁波佳尔灵气动机械有限公司"
SIMILAR = default_similar_characters()
C, D = CorrectionCondition.AT_MOST_TWO_SUBSTITUTIONS, CorrectionCondition.VISUALLY_SIMILAR


def test_the_worked_example_passes_all_four_conditions() -> None:
    """E-05, N-03."""
    verdict = check_correction(WRONG, RIGHT, True, True, SIMILAR)
    assert verdict.accepted
    assert verdict.failed == ()
    assert [(pair.position, pair.old, pair.new, pair.similar) for pair in verdict.substitutions] == [
        (3, "尓", "尔", True)
    ]
    assert verdict.explanation() == "all four conditions hold; substituted: 尓 → 尔"


@pytest.mark.parametrize(("not_found", "confirmed"), list(product([True, False], repeat=2)))
def test_evidence_that_is_missing_is_named(not_found: bool, confirmed: bool) -> None:
    verdict = check_correction(WRONG, RIGHT, not_found, confirmed, SIMILAR)
    expected = []
    if not not_found:
        expected.append(CorrectionCondition.NOT_FOUND_UNDER_ORIGINAL)
    if not confirmed:
        expected.append(CorrectionCondition.CONFIRMED_LITTLE_GIANT)
    assert list(verdict.failed) == expected
    assert verdict.accepted == (not expected)


@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ("宁波己末土机械有限公司", "宁波已未土机械有限公司", ()),
        ("宁波己末土机械有限公司", "宁波已未士机械有限公司", (C,)),
        ("宁波佳尓灵气动机械有限公司", "宁波佳大灵气动机械有限公司", (D,)),
        ("宁波佳尓灵气动机械有限公司", "宁波佳灵气动机械有限公司", (C, D)),
        ("宁波佳灵气动机械有限公司", "宁波佳尔灵气动机械有限公司", (C, D)),
        ("宁波佳尓灵气动机械有限公司", "宁波佳尓灵气动机械有限公司", (C, D)),
        ("洛阳隆盛科技有限责任公司", "中航隆盛(洛阳)科技有限责任公司", (C, D)),
    ],
)
def test_conditions_of_shape(old: str, new: str, failed: tuple[CorrectionCondition, ...]) -> None:
    """Acceptance 8: three characters fail, an insertion or deletion is not a correction."""
    assert check_correction(old, new, True, True, SIMILAR).failed == failed


def test_a_refusal_says_what_is_missing() -> None:
    assert check_correction("甲乙", "甲丙", False, True, SIMILAR).explanation() == (
        "conditions that fail: not_found_under_original, visually_similar; substituted: 乙 → 丙"
    )
    assert "nothing that can be compared" in check_correction("甲", "甲乙", True, True, SIMILAR).explanation()


def test_brackets_do_not_count_as_characters() -> None:
    assert check_correction("佳尓灵(宁波)有限公司", "佳尔灵（宁波）有限公司", True, True, SIMILAR).accepted


@given(legal_names(), legal_names(), st.booleans(), st.booleans())
def test_an_accepted_correction_has_all_the_evidence_and_one_or_two_similar_pairs(
    old: str, new: str, not_found: bool, confirmed: bool
) -> None:
    verdict = check_correction(old, new, not_found, confirmed, SIMILAR)
    assert verdict.accepted == (not verdict.failed)
    if verdict.accepted:
        assert not_found
        assert confirmed
        assert 1 <= len(verdict.substitutions) <= 2


@given(legal_names(), st.data())
def test_one_or_two_similar_characters_pass_and_dissimilar_ones_never(name: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(name) - 1))
    changed = f"{name[:position]}龘{name[position + 1 :]}"
    table = SimilarCharacters([(name[position], "龘")])
    was_bracket = name[position] in "()（）"
    assert check_correction(name, changed, True, True, table).accepted == (not was_bracket)
    assert not check_correction(name, changed, True, True, SIMILAR).accepted
