"""What titles and headings say: real wordings of notices, number words, days, totals."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.sources.lists.headings import Meaning, guessed_layout, layout_of, meaning_of
from giants.sources.lists.titles import (
    ListKind,
    Mention,
    batch_of,
    gave_up,
    mentions,
    number_of,
    outcome_of,
    signed_on,
    stage_of,
    total_of,
)
from schemas.base import BATCH_MAX, Stage

NEW, PASSED, FAILED = ListKind.DESIGNATION, ListKind.REVIEW_PASSED, ListKind.REVIEW_FAILED


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("第七批专精特新“小巨人”企业名单", [Mention(NEW, 7)]),
        ("第 十 二 批专精特新“小巨人”企业", [Mention(NEW, 12)]),
        (
            "关于浙江省第七批专精特新“小巨人”企业和2025年专精特新“小巨人”复核通过企业名单的公示",
            [Mention(NEW, 7), Mention(PASSED, None, 2025)],
        ),
        (
            "关于印发第四批专精特新“小巨人”企业和通过复核的第一批专精特新“小巨人”企业名单的通知",
            [Mention(NEW, 4), Mention(PASSED)],
        ),
        ("2025年专精特新“小巨人”企业复核未通过名单", [Mention(FAILED, None, 2025)]),
        ("主动放弃复核企业名单", [Mention(FAILED)]),
        ("不推荐企业名单", [Mention(ListKind.DECLINED)]),
        ("关于取消甲公司等企业专精特新“小巨人”称号的公告", [Mention(ListKind.REVOCATION)]),
        ("第九批制造业单项冠军企业名单", [Mention(ListKind.ELEVATION, 9)]),
        ("企业名称", []),
        ("杭州市", []),
        ("工作简报", []),
    ],
)
def test_titles_say_which_lists_follow(title: str, expected: list[Mention]) -> None:
    assert list(mentions(title)) == expected


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("一", 1),
        ("十", 10),
        ("十一", 11),
        ("二十", 20),
        ("六十", 60),
        ("7", 7),
        ("12", 12),
        ("百", None),
        ("一二", None),
    ],
)
def test_number_words_are_read(numeral: str, number: int | None) -> None:
    assert number_of(numeral) == number


def test_a_batch_beyond_any_is_none() -> None:
    assert batch_of("第九十批") is None
    assert batch_of("第0批") is None


def test_stage_day_and_total_are_read_from_headings() -> None:
    assert stage_of("名单的公示") is Stage.PUBLIC_NOTICE
    assert stage_of("关于公布名单的通知") is Stage.FINAL
    assert stage_of("名单") is None
    assert signed_on("2025 年 10 月 20 日") == date(2025, 10, 20)
    assert signed_on("发布时间：2025-10-20 09:30") == date(2025, 10, 20)
    assert signed_on("公示期为2025年10月20日至10月24日") is None
    assert total_of("浙江省（共384家）") == 384
    assert total_of("浙江省") is None


def test_result_words_divide_companies() -> None:
    assert outcome_of("通 过") is PASSED
    assert outcome_of("未通过") is outcome_of("撤销") is FAILED
    assert outcome_of("主动放弃") is ListKind.DECLINED
    assert outcome_of("新增") is None
    assert gave_up("未提出复核申请")
    assert not gave_up("主营业务变化")


@given(st.text(max_size=80))
def test_any_text_can_be_asked(text: str) -> None:
    for mention in mentions(text):
        assert mention.batch is None or 1 <= mention.batch <= BATCH_MAX
        assert mention.review_year is None or 2019 <= mention.review_year <= 2100
    assert (total_of(text) or 0) < 100_000
    day = signed_on(text)
    assert day is None or str(day.year) in unicodedata.normalize("NFKC", text).replace(" ", "")


def test_headings_are_known_with_spaces_brackets_and_width() -> None:
    assert meaning_of("企 业 名 称") is Meaning.NAME
    assert meaning_of("企业名称（全称）") is Meaning.NAME
    assert meaning_of("省（区、市）") is Meaning.REGION
    assert meaning_of("Company Name") is Meaning.NAME
    assert meaning_of("法定代表人") is None


def test_a_row_of_companies_is_no_heading() -> None:
    assert layout_of(["1", "杭州天工光电科技有限公司"]) is None
    assert layout_of(["企业", "杭州天工光电科技有限公司"]) is None


def test_blocks_side_by_side_are_told_apart() -> None:
    layout = layout_of(["序号", "企业名称", "序号", "企业名称"])
    assert layout is not None
    assert layout.blocks == ({Meaning.SEQ: 0, Meaning.NAME: 1}, {Meaning.SEQ: 2, Meaning.NAME: 3})


def test_columns_that_are_not_companies_are_not_guessed() -> None:
    assert guessed_layout([["红", "1"], ["绿", "2"]]) is None
    assert guessed_layout([]) is None
