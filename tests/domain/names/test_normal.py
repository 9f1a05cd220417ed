import unicodedata

import pytest
from hypothesis import given

from giants.domain.names import is_chinese, name_problem, normal_form
from giants.domain.names.normal import NORMAL_FORM_CHARACTERS_MAX
from schemas.base import NAME_CHARACTERS_MAX
from tests.domain.names.strategies import any_text, hostile_text


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [
        ("中航隆盛(洛阳)科技有限责任公司", "中航隆盛（洛阳）科技有限责任公司"),
        ("中航隆盛(洛阳)科技有限责任公司", "中航隆盛〔洛阳〕科技有限责任公司"),
        ("中航隆盛(洛阳)科技有限责任公司", " 中航 隆盛 洛阳科技\u3000有限责任公司\n"),
        ("ＴＣＬ科技集团股份有限公司", "tcl科技集团股份有限公司"),
        ("舟山市7412工厂", "舟山市７４１２工厂"),
        ("阿尔法·贝塔科技有限公司", "阿尔法．贝塔科技有限公司"),
        ("中兴-沈阳商业大厦", "中兴—沈阳商业大厦"),
        ("⼤连科技有限公司", "大连科技有限公司"),
    ],
)
def test_spellings_of_one_name_have_one_normal_form(written: str, otherwise: str) -> None:
    assert normal_form(written) == normal_form(otherwise)


def test_unicode_compatibility_does_not_merge_the_two_characters_of_the_worked_example() -> None:
    assert unicodedata.normalize("NFKC", "尓") != unicodedata.normalize("NFKC", "尔")
    assert normal_form("宁波佳尓灵气动机械有限公司") != normal_form("宁波佳尔灵气动机械有限公司")


def test_signs_of_a_brand_are_kept() -> None:
    assert normal_form("Ａ＆Ｂ科技") == "a&b科技"


@pytest.mark.parametrize(
    "invisible", ["\u202e", "\u2066", "\u200b", "\ufeff", "\0", "\x1b", "\u00ad", "\ufe0f", "\U000e0101"]
)
def test_invisible_characters_are_removed(invisible: str) -> None:
    assert normal_form(f"洛阳{invisible}隆盛{invisible}") == "洛阳隆盛"


def test_private_use_characters_tell_names_apart() -> None:
    assert normal_form("洛阳\ue001盛") != normal_form("洛阳\ue002盛")


def test_every_character_of_the_basic_plane_has_a_stable_normal_form() -> None:
    characters = (chr(code) for code in range(0x10000))
    unstable = [
        character for character in characters if normal_form(normal_form(character)) != normal_form(character)
    ]
    assert unstable == []


@given(any_text)
def test_normal_form_is_idempotent_for_any_text(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)


@given(hostile_text)
def test_normal_form_of_hostile_text_is_bounded_and_idempotent(text: str) -> None:
    form = normal_form(text)
    assert len(form) <= NORMAL_FORM_CHARACTERS_MAX
    assert normal_form(form) == form


def test_a_text_that_grows_under_normalisation_stays_bounded() -> None:
    assert len(normal_form("ﷺ" * NAME_CHARACTERS_MAX)) == NORMAL_FORM_CHARACTERS_MAX


@pytest.mark.parametrize("name", ["洛阳隆盛", "TCL科技", "\U00020000", "㈱ABC", "⼤ABC"])
def test_names_with_chinese_characters_are_chinese(name: str) -> None:
    assert is_chinese(name)


@pytest.mark.parametrize("name", ["", "SZ DJI TECHNOLOGY CO LTD", "Société", "한국전자", "ソニー"])
def test_names_without_chinese_characters_are_not_chinese(name: str) -> None:
    assert not is_chinese(name)


@pytest.mark.parametrize("name", ["", "()", "\u202e\u200b", "---", "123", "&&"])
def test_a_text_without_a_letter_is_refused_as_a_name(name: str) -> None:
    problem = name_problem(name)
    assert problem is not None
    assert "expected a name with at least one letter" in problem


def test_a_name_that_is_too_long_is_refused_with_both_lengths() -> None:
    assert (
        name_problem("长" * (NAME_CHARACTERS_MAX + 1)) == "the name has 301 characters, expected at most 300"
    )
    assert name_problem("长" * NAME_CHARACTERS_MAX) is None
