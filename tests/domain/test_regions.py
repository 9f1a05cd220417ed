import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.authorities import AUTHORITIES, Authority
from giants.domain.regions import find_region, parse_region
from schemas.base import TEXT_CHARACTERS_MAX, AuthorityCode


@pytest.mark.parametrize("each", AUTHORITIES, ids=lambda each: each.code)
def test_every_authority_is_read_from_each_of_its_names(each: Authority) -> None:
    for text in (each.jurisdiction_zh, each.name_zh, each.jurisdiction_en, each.code, *each.other_names_zh):
        assert parse_region(text) is each.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("浙江", "ZJ"),
        ("浙江省（不含宁波）", "ZJ"),
        ("浙江省(除宁波市外)", "ZJ"),
        ("浙江省不含宁波", "ZJ"),
        ("辽宁（不包括大连）", "LN"),
        ("除宁波外的浙江省", "ZJ"),
        ("广东省（含深圳）", "GD"),
        ("广东省深圳市", "SZ"),
        ("广东(深圳)", "SZ"),
        ("广东-深圳", "SZ"),
        ("宁波", "NB"),
        ("宁波市经济和信息化局", "NB"),
        ("浙江省宁波市余姚市", "NB"),
        ("浙江省余姚市", "NB"),
        ("浙江省杭州市", "ZJ"),
        ("苏州市", "JS"),
        ("四川省阿坝州", "SC"),
        ("吉林省", "JL"),
        ("吉林市", "JL"),
        ("吉林省吉林市", "JL"),
        ("新疆", "XJ"),
        ("新疆维吾尔自治区", "XJ"),
        ("新疆维吾尔自治区（不含兵团）", "XJ"),
        ("新疆生产建设兵团", "XPCC"),
        ("新疆建设兵团第八师", "XPCC"),
        ("新疆兵团", "XPCC"),
        ("兵团", "XPCC"),
        ("新疆石河子市", "XPCC"),
        ("Xinjiang Bingtuan", "XPCC"),
        ("广西壮族自治区", "GX"),
        ("广西区", "GX"),
        ("内蒙", "NM"),
        ("内蒙古自治区", "NM"),
        ("海南", "HI"),
        ("青海省海南藏族自治州", "QH"),
        ("中国浙江省", "ZJ"),
        (" 广 东\n省 ", "GD"),
        ("Ningbo, Zhejiang Province", "NB"),
        ("Inner Mongolia Autonomous Region", "NM"),
        ("Shanxi", "SX"),
        ("Shaanxi", "SN"),
        ("Xizang", "XZ"),
        ("朝阳市", "LN"),
    ],
)
def test_regions_with_their_traps(text: str, code: str) -> None:
    assert parse_region(text) == AuthorityCode(code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "全国",
        "河北区",
        "朝阳区",
        "海南藏族自治州",
        "白杨",
        "第八师",
        "工业和信息化部",
        "Utopia",
        "ZZ",
        "zj",
    ],
)
def test_what_names_no_jurisdiction_has_no_authority(text: str) -> None:
    assert parse_region(text) is None


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("关于浙江省第七批专精特新“小巨人”企业和2025年专精特新“小巨人”复核通过企业名单的公示", "ZJ"),
        ("关于公布宁波市第四批专精特新“小巨人”企业名单的通知", "NB"),
        ("新疆生产建设兵团第五批专精特新“小巨人”企业公示", "XPCC"),
        ("关于第三批专精特新“小巨人”企业名单的公示", None),
        ("浙江省、宁波市专精特新“小巨人”企业名单", None),
        ("新疆维吾尔自治区和新疆生产建设兵团专精特新“小巨人”企业名单", None),
    ],
)
def test_a_title_speaks_of_one_authority_or_of_none(title: str, code: str | None) -> None:
    assert find_region(title) == (AuthorityCode(code) if code else None)


@given(st.text(alphabet=st.sampled_from("新疆兵团浙江省宁波市吉林(不含除外)、区州 "), max_size=40))
def test_any_text_is_read_without_error_and_spaces_do_not_matter(text: str) -> None:
    assert parse_region(text) == parse_region(" ".join(text))
    code = find_region(text)
    assert code is None or code in AuthorityCode


def test_a_long_text_is_read_in_bounded_time() -> None:
    assert parse_region("除" * 10 * TEXT_CHARACTERS_MAX) is None
    assert find_region("不" * 10 * TEXT_CHARACTERS_MAX) is None
