import pytest
from hypothesis import given

from giants.domain.names import Variation, classify_variation, displayed_name, fuller_form, identity_key
from tests.domain.names.strategies import any_text, legal_names


@pytest.mark.parametrize(
    ("a", "b", "variation"),
    [
        ("英飞特电子（杭州）股份有限公司", "英飞特电子(杭州)股份有限公司", Variation.SAME),
        ("河南中原辊轴股份有限公司", "河南中原辊轴有限公司", Variation.CORPORATE_FORM),
        ("宝鸡市赛孚石油机械有限公司", "宝鸡赛孚石油机械有限公司", Variation.LISTING_DIFFERENCE),
        ("宝鸡市赛孚石油机械股份有限公司", "宝鸡赛孚石油机械有限公司", Variation.BOTH),
        ("洛阳隆盛科技有限责任公司", "中航隆盛(洛阳)科技有限责任公司", None),
        ("宁波佳尓灵气动机械有限公司", "宁波佳尔灵气动机械有限公司", None),
        ("中航光电科技股份有限公司", "中航光电(洛阳)科技有限公司", None),
        ("甲乙电子", "甲乙电子有限公司", None),
        ("Onoff Electric Co., Ltd.", "ONOFF ELECTRIC COMPANY LIMITED", Variation.SAME),
        ("Onoff Electric Co., Ltd.", "Onoff Power Co., Ltd.", None),
        ("Onoff Electric Co., Ltd.", "河北电子有限公司", None),
        ("+", "&", None),
    ],
)
def test_variations_of_the_named_examples(a: str, b: str, variation: Variation | None) -> None:
    assert classify_variation(a, b) == variation
    assert classify_variation(b, a) == variation


@given(legal_names(), legal_names())
def test_equal_identity_keys_are_always_explained(a: str, b: str) -> None:
    equal = identity_key(a) == identity_key(b)
    assert (classify_variation(a, b) is not None) == equal


@given(any_text)
def test_a_name_is_the_same_as_itself(name: str) -> None:
    assert classify_variation(name, name) is Variation.SAME


@given(legal_names())
def test_an_explained_variant_of_a_legal_name_has_its_key(name: str) -> None:
    variant = identity_key(name).replace("*", "股份有限公司")
    assert classify_variation(name, variant) is not None
    assert identity_key(name) == identity_key(variant)


def test_the_fuller_form_of_a_listing_difference_is_shown() -> None:
    """Z-15: shown with 市, though the later list left it out."""
    assert (
        fuller_form("宝鸡赛孚石油机械有限公司", "宝鸡市赛孚石油机械有限公司") == "宝鸡市赛孚石油机械有限公司"
    )
    assert (
        displayed_name("宝鸡市赛孚石油机械有限公司", "宝鸡赛孚石油机械有限公司")
        == "宝鸡市赛孚石油机械有限公司"
    )
    assert (
        displayed_name("宝鸡赛孚石油机械有限公司", "宝鸡市赛孚石油机械有限公司")
        == "宝鸡市赛孚石油机械有限公司"
    )


def test_the_later_name_is_shown_after_a_change_of_form_or_name() -> None:
    """N-12, Z-15."""
    assert displayed_name("河南中原辊轴有限公司", "河南中原辊轴股份有限公司") == "河南中原辊轴股份有限公司"
    later = "中航隆盛(洛阳)科技有限责任公司"
    assert displayed_name("洛阳隆盛科技有限责任公司", later) == later


def test_the_first_of_two_equally_full_names_is_kept() -> None:
    assert fuller_form("甲乙有限公司", "甲丙有限公司") == "甲乙有限公司"


def test_the_script_of_the_register_is_shown_whichever_came_later() -> None:
    simplified, traditional = "长沙一汽大众零部件有限公司", "長沙一汽大眾零部件有限公司"
    assert displayed_name(simplified, traditional) == simplified
    assert displayed_name(traditional, simplified) == simplified
    assert (
        displayed_name("长沙(一汽)零部件有限公司", "长沙（一汽）零部件有限公司")
        == "长沙（一汽）零部件有限公司"
    )
