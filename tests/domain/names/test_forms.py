import pytest
from hypothesis import given

from giants.domain.names import Branch, branch_of, english_key, identity_key, lookup_keys, normal_form
from giants.domain.names.forms import CORPORATE_FORMS, FORM_SIGN, without_administrative_signs
from giants.domain.names.places import PLACES, Place, PlaceLevel, place_at, place_before
from tests.domain.names.strategies import any_text, brands, legal_names, places


def test_corporate_forms_of_one_company_share_a_key() -> None:
    """E-07, N-09."""
    assert identity_key("河南中原辊轴股份有限公司") == identity_key("河南中原辊轴有限公司")
    assert identity_key("河南中原辊轴有限责任公司") == identity_key("河南中原辊轴有限公司")


def test_a_listing_difference_shares_a_key() -> None:
    """E-08, N-10."""
    assert identity_key("宝鸡市赛孚石油机械有限公司") == identity_key("宝鸡赛孚石油机械有限公司")


def test_a_genuine_change_of_name_does_not_share_a_key() -> None:
    """E-06, N-08: only a rename fact merges these."""
    assert identity_key("洛阳隆盛科技有限责任公司") != identity_key("中航隆盛(洛阳)科技有限责任公司")


def test_a_transcription_error_does_not_share_a_key() -> None:
    """E-05, N-03."""
    assert identity_key("宁波佳尓灵气动机械有限公司") != identity_key("宁波佳尔灵气动机械有限公司")


def test_subsidiaries_of_one_parent_do_not_share_a_key() -> None:
    """N-16."""
    siblings = [
        "中航光电科技股份有限公司",
        "中航光电(洛阳)科技有限公司",
        "中航光电华亿(沈阳)电子科技有限公司",
    ]
    assert len({identity_key(name) for name in siblings}) == len(siblings)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("四川省自贡运输机械集团股份有限公司", "四川自贡运输机械集团股份有限公司"),
        ("浙江省宁波市余姚市甲乙电子有限公司", "浙江宁波余姚甲乙电子有限公司"),
        ("深圳市南山区甲乙电子有限公司", "深圳市南山甲乙电子有限公司"),
        ("上海市浦东新区甲乙电子有限公司", "上海浦东甲乙电子有限公司"),
        ("广西壮族自治区甲乙电子有限公司", "广西甲乙电子有限公司"),
        ("蓬莱市超硬复合材料有限公司", "蓬莱超硬复合材料有限公司"),
        ("安平县甲乙丝网有限公司", "安平甲乙丝网有限公司"),
        ("甲乙电子(杭州市)有限公司", "甲乙电子（杭州）有限公司"),
        ("南京市市政设计院有限公司", "南京市政设计院有限公司"),
        ("河南省力量钻石股份有限公司", "河南力量钻石股份有限公司"),
        ("深圳市容大感光科技股份有限公司", "深圳容大感光科技股份有限公司"),
        ("津市市甲乙化工有限公司", "津市甲乙化工有限公司"),
    ],
)
def test_administrative_signs_after_real_places_are_optional(one: str, other: str) -> None:
    assert identity_key(one) == identity_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # 吉林 alone is the province: the city keeps its sign.
        ("吉林市甲乙电子有限公司", "吉林甲乙电子有限公司"),
        ("吉林市甲乙电子有限公司", "吉林省甲乙电子有限公司"),
        # A county beside the city of the same name is another place.
        ("长沙县甲乙电子有限公司", "长沙甲乙电子有限公司"),
        # No place: dropping the sign would destroy the word.
        ("永辉超市股份有限公司", "永辉超股份有限公司"),
        ("沙市钢管厂", "沙钢管厂"),
        ("侨银城市管理股份有限公司", "侨银城管理股份有限公司"),
        ("上海市北高新股份有限公司", "上海北高新股份有限公司"),
        ("南京市政工程有限公司", "南京政工程有限公司"),
        ("天津市场研究有限公司", "天津场研究有限公司"),
        ("苏州工业园区和顺电气股份有限公司", "苏州工业园和顺电气股份有限公司"),
        # A district at the very start is rather a brand.
        ("光明区甲乙电子有限公司", "光明甲乙电子有限公司"),
        # Forms that are another legal person.
        ("甲乙实业公司", "甲乙实业有限公司"),
        ("甲乙集团有限公司", "甲乙有限公司"),
        ("甲乙电子有限公司", "甲乙电子"),
        ("甲乙电子有限公司苏州分公司", "甲乙电子有限公司"),
    ],
)
def test_names_that_rules_must_keep_apart(one: str, other: str) -> None:
    assert identity_key(one) != identity_key(other)


def test_a_name_that_is_nothing_but_a_form_keeps_it() -> None:
    assert identity_key("有限公司") == "有限公司"


@given(any_text)
def test_equal_normal_forms_give_equal_identity_keys(text: str) -> None:
    assert identity_key(normal_form(text)) == identity_key(text)


@given(legal_names())
def test_an_identity_key_is_the_same_for_every_corporate_form(name: str) -> None:
    body = without_administrative_signs(normal_form(name))
    keys = {identity_key(body + form) for form in CORPORATE_FORMS}
    assert len(keys) == 1
    assert next(iter(keys)).endswith(FORM_SIGN)


@given(places, brands)
def test_a_place_at_the_start_may_lose_its_sign_unless_it_is_a_district(place: Place, brand: str) -> None:
    with_sign, without_sign = f"{place.base}{place.sign}{brand}", f"{place.base}{brand}"
    same = identity_key(f"{with_sign}有限公司") == identity_key(f"{without_sign}有限公司")
    assert same == (place.level is not PlaceLevel.DISTRICT)


def test_places_are_found_by_their_longest_base() -> None:
    assert place_at("张家港市甲", 0) == PLACES["张家港"]
    assert place_before("甲石家庄市", 4) == PLACES["石家庄"]
    assert place_at("甲", 0) is None
    assert place_before("甲乙丙", 3) is None


def test_the_table_holds_every_province_level_place() -> None:
    provinces = [place for place in PLACES.values() if place.level is PlaceLevel.PROVINCE]
    assert len(provinces) == 22 + 5
    assert all(PLACES[city].level is PlaceLevel.PREFECTURE for city in ("北京", "天津", "上海", "重庆"))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Luoyang Longsheng Technology Co., Ltd.", "luoyang longsheng technology co ltd"),
        ("Luoyang Longsheng Technology Company Limited", "luoyang longsheng technology co ltd"),
        ("LUOYANG LONGSHENG TECHNOLOGY CO.,LTD", "luoyang longsheng technology co ltd"),
        ("Luoyang Longsheng Technology COLTD", "luoyang longsheng technology co ltd"),
        ("Shenzhen Zhenye(Group) Co.,Ltd.", "shenzhen zhenye group co ltd"),
        ("Ningbo Jia'erling Pneumatic", "ningbo jiaerling pneumatic"),
        ("S.F. Holdings, Incorporated", "sf holding inc"),
        ("Properties & Resources", "properties and resources"),
        ("Société Générale", "societe generale"),
        ("ＦＩＹＴＡ Precision", "fiyta precision"),
        ("...", ""),
    ],
)
def test_english_key_folds_spelling_and_legal_forms(name: str, key: str) -> None:
    assert english_key(name) == key


@given(any_text)
def test_english_key_is_idempotent(text: str) -> None:
    assert english_key(english_key(text)) == english_key(text)


def test_chinese_names_are_looked_up_by_normal_form_then_by_identity() -> None:
    assert lookup_keys("河南中原辊轴股份有限公司") == ("=河南中原辊轴股份有限公司", "~河南中原辊轴*")


def test_other_names_are_looked_up_by_their_english_key() -> None:
    keys = ("@onoff electric co ltd", "@onoffelectriccoltd")
    assert lookup_keys("ONOFF Electric Co., Ltd.") == keys


def test_a_text_without_words_has_no_lookup_key() -> None:
    assert lookup_keys("(…)") == ()


@given(any_text)
def test_texts_with_one_normal_form_are_looked_up_under_one_key_unless_they_are_english(text: str) -> None:
    keys = lookup_keys(text)
    assert keys == lookup_keys(text.strip())
    assert all(key[0] in "=~@" and len(key) > 1 for key in keys)


@pytest.mark.parametrize(
    ("name", "firm", "place"),
    [
        ("北京海讯科技股份有限公司深圳分公司", "北京海讯科技股份有限公司", "深圳"),
        ("北京海讯科技股份有限公司（深圳）分公司", "北京海讯科技股份有限公司", "深圳"),
        ("北京海訊科技股份有限公司深圳分公司", "北京海讯科技股份有限公司", "深圳"),
        ("海讯(北京)有限责任公司第一分公司", "海讯北京有限责任公司", "第一"),
        ("海讯科技有限公司分公司", "海讯科技有限公司", ""),
    ],
)
def test_a_branch_leads_to_its_firm(name: str, firm: str, place: str) -> None:
    assert branch_of(name) == Branch(firm, place)
    assert lookup_keys(name)[-2:] == lookup_keys(firm)
    assert lookup_keys(name)[0] == f"={normal_form(name)}"


@pytest.mark.parametrize(
    "name",
    [
        "北京海讯科技有限公司",
        "北京铁路局太原分公司",
        "有限公司分公司",
        "分公司管理有限公司",
        "X Ltd Shenzhen Branch",
    ],
)
def test_a_name_that_holds_no_firm_is_no_branch(name: str) -> None:
    assert branch_of(name) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("PARROT S A", "Parrot SA"), ("UNIV BEI HANG", "UNIV BEIHANG"), ("A.B.C. Co., Ltd", "ABC CO LTD")],
)
def test_spaces_make_no_difference_in_english_names(one: str, other: str) -> None:
    assert set(lookup_keys(one)) & set(lookup_keys(other))


def test_an_english_legal_form_of_another_kind_leads_elsewhere() -> None:
    assert not set(lookup_keys("Onoff Electric Co., Ltd.")) & set(lookup_keys("Onoff Electric Inc."))
