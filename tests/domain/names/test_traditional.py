"""Traditional script, radicals and other shapes of one character, and the traps."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.names import identity_key, normal_form, unread_characters
from giants.domain.names.radicals import RADICALS
from giants.domain.names.traditional import GUARDED, SIMPLIFIED

# The digest of the table that keys were made with. Where it changes (a new version of the package, another
# guard), keys of state that is there already are others: raise KEYS_VERSION with it and say so.
DIGEST_OF_KEYS_VERSION_2 = "d88c909ee814bca5"


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("北京中科海訊示例數字科技股份有限公司", "北京中科海讯示例数字科技股份有限公司"),
        ("長沙一汽－大眾零部件有限公司", "长沙一汽—大众零部件有限公司"),
        ("無錫乾燥設備有限公司", "无锡干燥设备有限公司"),
        ("無錫 乾 燥 設備有限公司", "无锡干燥设备有限公司"),
        ("松原市乾安遠輝新能源發展有限公司", "松原市乾安远辉新能源发展有限公司"),
        ("東莞鍾氏精密機械有限公司", "东莞钟氏精密机械有限公司"),
        ("蘇州鐘錶有限公司", "苏州钟表有限公司"),
        ("上海鉅泉光電科技股份有限公司", "上海钜泉光电科技股份有限公司"),
        ("廣東附著力材料有限公司", "广东附着力材料有限公司"),
        ("新餘後勤服務有限公司", "新余后勤服务有限公司"),
        ("瀋陽臺安科技有限公司", "沈阳台安科技有限公司"),
        ("深圳特徵識別有限公司", "深圳特征识别有限公司"),
        ("濟南衞星導航有限公司", "济南卫星导航有限公司"),
        ("中國電子啓明軟件有限公司", "中国电子启明软件有限公司"),
    ],
)
def test_traditional_script_makes_no_difference(traditional: str, simplified: str) -> None:
    assert normal_form(traditional) == normal_form(simplified)
    assert normal_form(simplified) == simplified.replace("—", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("厦门乾照光电股份有限公司", "厦门干照光电股份有限公司"),
        ("广东昇辉科技有限公司", "广东升辉科技有限公司"),
        ("北京著名机械有限公司", "北京着名机械有限公司"),
        ("宁波甯远电子有限公司", "宁波宁远电子有限公司"),
        ("宁波佳尓灵气动机械有限公司", "宁波佳尔灵气动机械有限公司"),
    ],
)
def test_two_simplified_characters_stay_two(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)
    assert normal_form(one) == one


@pytest.mark.parametrize(
    ("copied", "written"),
    [
        ("⻓沙⻰⻢⻋辆有限公司", "长沙龙马车辆有限公司"),
        ("湖南⾦⽅⻮轮股份有限公司", "湖南金方齿轮股份有限公司"),
        ("湖南⻑沙⻨田食品有限公司", "湖南长沙麦田食品有限公司"),
        ("宁波\uf9c4\uf90a机械有限公司", "宁波龙金机械有限公司"),
    ],
)
def test_radicals_and_compatibility_ideographs_are_what_they_stand_for(copied: str, written: str) -> None:
    assert normal_form(copied) == written
    assert identity_key(copied) == identity_key(written)
    assert unread_characters(copied) == ()


def test_two_firms_that_differ_in_a_radical_stay_two() -> None:
    assert normal_form("宁波⻰山机械有限公司") != normal_form("宁波⻢山机械有限公司")


@pytest.mark.parametrize("sign", ["\u2e80", "\ufffd", "\ue001", "\u2ff0", "\u31c0"])
def test_a_character_that_no_rule_knows_is_kept_and_reported(sign: str) -> None:
    assert normal_form(f"洛阳{sign}盛有限公司") == f"洛阳{sign}盛有限公司"
    assert unread_characters(f"洛阳{sign}盛{sign}有限公司") == (sign,)


def test_every_radical_is_told_by_its_name_and_stands_for_an_ideograph() -> None:
    for radical, ideograph in RADICALS.items():
        assert unicodedata.name(radical).startswith(("CJK RADICAL", "CJK STROKE"))
        assert unicodedata.name(ideograph).startswith("CJK UNIFIED IDEOGRAPH")
    named = [code for code in range(0x2E80, 0x2F00) if unicodedata.name(chr(code), "")]
    assert {chr(code) for code in named} - RADICALS.keys() == {"\u2e80"}


def test_what_a_character_becomes_is_no_traditional_character_itself() -> None:
    assert not SIMPLIFIED.keys() & set(SIMPLIFIED.values())
    assert not SIMPLIFIED.keys() & set(GUARDED)


def test_the_table_is_that_of_the_keys_version() -> None:
    table = "".join(f"{one}{other}" for one, other in sorted(SIMPLIFIED.items()))
    assert hashlib.sha256(table.encode()).hexdigest()[:16] == DIGEST_OF_KEYS_VERSION_2


@given(
    st.text(
        alphabet=st.sampled_from([*list(SIMPLIFIED)[:200], *"乾燥著色烘風徵特（） \u200b⻓龍"]), max_size=30
    )
)
def test_the_normal_form_of_traditional_text_is_stable(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)
