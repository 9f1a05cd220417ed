"""Encodings, names, days: what is cleaned, what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.sources import UnreadableFileError
from giants.sources.errors import HostileTextError
from giants.sources.text import clean_cell, clean_name, decoded, detect_encoding, parse_date

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=12, max_size=60)


@given(CHINESE, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
def test_text_comes_back_from_every_encoding(text: str, encoding: str) -> None:
    content = f"序号,企业名称\r\n1,{text}\r\n".encode(encoding)
    found = detect_encoding("x", content, None, whole=True)
    # Some GB18030 is UTF-8 too; where a file is both, it is UTF-8.
    if encoding != "gb18030" or found == "gb18030":
        assert text in decoded("x", content, None)


def test_a_character_cut_off_at_the_end_of_the_head_is_no_damage() -> None:
    content = "企业".encode()
    assert detect_encoding("x", content[:-1], None, whole=False) == "utf-8"
    with pytest.raises(UnreadableFileError):
        decoded("x", content[:-1] + b"\xff", None)


@pytest.mark.parametrize("declared", ["klingon", "base64", "utf\x008"])
def test_encodings_that_are_none_are_refused(declared: str) -> None:
    with pytest.raises(UnreadableFileError, match="encoding"):
        decoded("x", b"abc", declared)


def test_names_lose_what_copying_and_wrapping_left_in_them() -> None:
    assert clean_name(" 杭州\u200b天工\n光电　有限公司\ufeff ") == "杭州天工光电有限公司"
    assert clean_name("ACME  Photonics\nCo., Ltd.") == "ACME Photonics Co., Ltd."
    assert clean_name("天工 Photonics（中国） 有限公司") == "天工Photonics（中国）有限公司"
    assert clean_cell("a\xa0 b\t\r\n") == "a b"


def test_names_with_hidden_characters_or_beyond_any_length_are_refused() -> None:
    with pytest.raises(HostileTextError, match=r"U\+202E \(RIGHT-TO-LEFT OVERRIDE\)"):
        clean_name("甲\u202e")
    with pytest.raises(ValueError, match="has 301 characters, more than the 300"):
        clean_name("甲" * 301)


@given(st.text(max_size=60))
def test_cleaning_a_name_twice_changes_nothing(text: str) -> None:
    try:
        name = clean_name(text)
    except HostileTextError:
        return
    assert clean_name(name) == name
    assert "\n" not in name


@pytest.mark.parametrize(
    "text", ["2024-05-01", "20240501", "2024/5/1", "2024.05.01", "2024年5月1日", "2024-05-01T00:00:00"]
)
def test_days_are_read_as_sources_write_them(text: str) -> None:
    assert parse_date(text) == date(2024, 5, 1)


@pytest.mark.parametrize("text", ["", "0", "2024", "20241301", "99991231", "05/01/2024", "soon"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert parse_date(text) is None
