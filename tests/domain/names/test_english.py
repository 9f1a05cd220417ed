import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.names.english_form import BRAND_LETTERS_MAX, derived_forms, english_form, plain_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SZ DJI TECHNOLOGY CO LTD", "Shenzhen DJI Technologies Inc."),
        ("XI AN HUAXIA OPTOELECTRONICS", "Xi'an Huaxia Photoelectric Co., Ltd."),
        ("INNER MONGOLIA LANTAI INDUSTRIAL CO", "Neimenggu Lantai Industry Ltd"),
        ("HARBIN AGREE AUTOMATION EQPT", "Haerbin Agree Automation Equipments Co., Ltd."),
        ("Huaxia Science & Technology", "HUAXIA SCI AND TECH"),
        ("Huaxia Biotech Co.", "Huaxia Bio-Technology Co."),
    ],
)
def test_spellings_of_one_company_have_one_form(one: str, other: str) -> None:
    first, second = english_form(one), english_form(other)
    assert (first.places, first.brand, first.trade, first.structure) == (
        second.places,
        second.brand,
        second.trade,
        second.structure,
    )


def test_shanxi_and_shaanxi_are_two_places() -> None:
    assert english_form("Shanxi Huaxia Co").places == {"山西"}
    assert english_form("Shaanxi Huaxia Co").places == {"陕西"}


def test_a_derived_form_has_pinyin_places_and_translated_trades() -> None:
    form, other = derived_forms("宁波佳尔灵气动机械有限公司")
    assert (form.brand, other.brand) == ("jiaerling", "chiaerhling")
    assert form.places == {"宁波"}
    assert form.trade == {"pneumatic", "machinery"}
    moved, _ = derived_forms("中航隆盛(洛阳)科技集团有限公司")
    assert moved.brand == "zhonghanglongsheng"
    assert moved.places == {"洛阳"}
    assert moved.structure == {"group"}
    assert {form.brand for form in derived_forms("绿盟科技有限公司")} == {"lvmeng", "lumeng"}
    assert derived_forms("中国电子有限公司")[0].structure == {"china"}
    assert derived_forms("上海有限公司") == ()


def test_beginnings_of_words_are_understood_where_they_mean_one_thing() -> None:
    assert plain_words("semicondu") == ("semiconductor",)
    assert plain_words("batteries") == ("battery",)
    assert plain_words("electr") == ()
    assert plain_words("longsheng") == ()


@given(st.text(max_size=600))
def test_a_form_of_any_text_is_bounded(text: str) -> None:
    assert len(english_form(text).brand) <= BRAND_LETTERS_MAX
