"""CPC symbols: grammar, printed forms, normal form (C-07)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.cpc import (
    SYMBOL_TEXT_CHARACTERS_MAX,
    Symbol,
    SymbolError,
    is_indexing,
    is_whole_group,
    main_group_of,
    normalize_symbol,
    split_symbol,
)

SUBGROUPS = st.from_regex(r"[0-9]{2,6}", fullmatch=True)
SUBCLASSES = st.from_regex(r"[A-HY][0-9]{2}[A-Z]", fullmatch=True)
SYMBOLS = st.builds(lambda s, g, u: f"{s}{g}/{u}", SUBCLASSES, st.integers(1, 9999), SUBGROUPS)


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("H04B10/2519", "H04B10/2519"),
        ("F02B   3/06", "F02B3/06"),
        ("H01L2924/13091", "H01L2924/13091"),
        ("h04b10/25", "H04B10/25"),
        ("Ｈ０４Ｂ１０／２５", "H04B10/25"),
        (" H04B 10 / 25 ", "H04B10/25"),
        ("H 04 B 10/25", "H04B10/25"),
        ("H04B 10/25 (2013.01)", "H04B10/25"),
        ("G01S0013000000", "G01S13/00"),
        ("G01S0013882500", "G01S13/8825"),
        ("H01L2924130910", "H01L2924/13091"),
        ("H04B10/25*", "H04B10/25"),
        ("[H04B10/25]", "H04B10/25"),
        ("H04B10/25 [I,2013-01-01]", "H04B10/25"),
        ("H04B10/25[2013.01]", "H04B10/25"),
        ("H04B 10/2519 (2013.01) A I", "H04B10/2519"),
        ("A61P  31/04        (2018.01)", "A61P31/04"),
        ("H04B10/25 (EP,US)", "H04B10/25"),
        ("H04B  10/25       20130101AFI20130101BHEP", "H04B10/25"),
        ("H04B-0010/25", "H04B10/25"),
        ("G06F0017/30", "G06F17/30"),
        ("Y02E  60/10", "Y02E60/10"),
    ],
)
def test_every_form_that_sources_print_has_one_normal_form(printed: str, normal: str) -> None:
    assert normalize_symbol(printed) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H04B",
        "H04B10",
        "G01S00130000",
        "G01S0000000000",
        "*",
        "[]",
        "I04B10/25",
        "Z04B10/25",
        "H4B10/25",
        "H04b",
        "H04B10/2",
        "H04B10/2519000",
        "H04B12345/25",
        "H04B0/25",
        "H04B0000/25",
        "H04B10-25",
        "H04B10/25; H04J14/00",
        "H04B10/25|H04J14/00",
        "H04B10/25 and more",
        "٣04B10/25",
        "H04B١0/25",
    ],
)
def test_anything_else_is_refused_with_what_was_got_and_expected(text: str) -> None:
    with pytest.raises(SymbolError) as refused:
        normalize_symbol(text)
    assert refused.value.text == text
    assert repr(text) in str(refused.value)
    assert "expected section A–H or Y" in str(refused.value)


def test_a_long_text_is_refused_unread_and_not_repeated_in_full() -> None:
    text = "H04B10/25" + " " * SYMBOL_TEXT_CHARACTERS_MAX
    with pytest.raises(SymbolError, match=rf"{len(text)} characters") as refused:
        normalize_symbol(text)
    assert len(str(refused.value)) < 300


@given(SYMBOLS)
def test_a_normal_form_is_its_own_normal_form(symbol: str) -> None:
    assert normalize_symbol(symbol) == symbol


@given(
    SYMBOLS,
    st.sampled_from(["", " ", "  ", "\u3000", "-"]),
    st.sampled_from(["", " (2013.01)", "  20130101FI"]),
)
def test_padding_case_and_marks_do_not_make_a_difference(symbol: str, pad: str, marks: str) -> None:
    assert normalize_symbol(symbol[:4].lower() + pad + symbol[4:] + marks) == symbol


@given(st.text(max_size=40))
def test_any_text_is_normalised_or_refused(text: str) -> None:
    try:
        normal = normalize_symbol(text)
    except SymbolError:
        return
    assert normalize_symbol(normal) == normal
    assert str(split_symbol(normal)) == normal


def test_a_symbol_splits_into_subclass_main_group_and_subgroup() -> None:
    assert split_symbol("H04B 10/2519") == Symbol(subclass="H04B", main_group=10, subgroup="2519")


def test_a_subgroup_keeps_the_zeros_that_mean_something() -> None:
    assert split_symbol("A61K31/00").subgroup == "00"
    assert normalize_symbol("G01J3/0202") != normalize_symbol("G01J3/202")


@pytest.mark.parametrize(
    ("symbol", "indexing"), [("G08B2001/085", True), ("G08B1999/00", False), ("H04B10/00", False)]
)
def test_main_groups_from_2000_on_are_indexing_codes(symbol: str, indexing: bool) -> None:
    assert is_indexing(symbol) is indexing


def test_only_a_subgroup_of_two_zeros_stands_for_the_whole_group() -> None:
    assert is_whole_group("H04B10/00")
    assert not is_whole_group("H04B10/2500")
    assert main_group_of("H04B10/2519") == "H04B10"
