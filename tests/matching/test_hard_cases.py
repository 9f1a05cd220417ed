"""Names as lists of counterparties have them, with what is right; nearly all companies are made up."""

import pytest

from giants.matching import Company, CompanyIndex, Matcher, Outcome, Query, Thresholds, Verdict
from giants.matching.errors import ThresholdsError
from schemas.base import AuthorityCode

JIAERLING = Company(
    "jiaerling",
    ("宁波佳尔灵气动机械有限公司",),
    ("Ningbo Jiaerling Pneumatic Machinery Co., Ltd.",),
    uscc="91330212144380777J",
    authority=AuthorityCode.NB,
)
COMPANIES = [
    JIAERLING,
    Company("huaxing-js", ("江苏华兴机械有限公司",), authority=AuthorityCode.JS),
    Company("huaxing-zj", ("浙江华兴机械有限公司",), authority=AuthorityCode.ZJ),
    Company("hexin-e", ("上海合欣电子有限公司",)),
    Company("hexin-t", ("上海合欣通讯有限公司",)),
    Company("xiaomi", ("北京小米移动软件有限公司",)),
    Company("dingyi", ("鞍山市鼎一光电科技股份有限公司",)),
    Company("lueyang", ("苏州略阳绿能科技有限公司",)),
    Company("longsheng", ("中航隆盛(洛阳)科技有限责任公司", "洛阳隆盛科技有限责任公司")),
    Company("longsheng-2", ("洛阳隆盛科技发展有限公司",)),
    Company("haiman", ("海门曼福化工有限公司",)),
    Company("onoff", (), ("Onoff Electric Co., Ltd.",)),
    Company("qinghua", ("青岛清华机电有限公司",)),
    Company("zhongxing", ("中兴精密集团有限公司",)),
    Company("ruida", ("无锡市瑞达恒干燥设备有限公司",), ("Wuxi Ruidaheng Drying Equipment Co., Ltd.",)),
    Company("kangrui", ("成都康瑞华制药有限公司",), ("Chengdu Kangruihua Pharmaceutical Co., Ltd.",)),
]
MATCHER = Matcher(CompanyIndex(COMPANIES))


@pytest.mark.parametrize(
    ("query", "company_id"),
    [
        ("宁波佳尔灵气动机械有限公司", "jiaerling"),
        ("寧波佳爾靈氣動機械有限公司", "jiaerling"),
        ("宁波佳尔灵气动机械股份有限公司", "jiaerling"),
        ("宁波市佳尔灵气动机械有限公司", "jiaerling"),
        ("宁波佳尓灵气动机械有限公司", "jiaerling"),
        ("佳尔灵（宁波）气动机械有限公司", "jiaerling"),
        ("宁 波 佳 尔 灵 气动 机械 有限公司", "jiaerling"),
        ("宁波佳尔灵气动机械有限公司深圳分公司", "jiaerling"),
        ("佳尔灵气动机械", "jiaerling"),
        ("NINGBO JIAERLING PNEUMATIC MACH CO LTD", "jiaerling"),
        ("Ningbo Jiaerling Pneumatic Machinery Company Limited", "jiaerling"),
        ("Ningbo Jiaer ling Pneumatic Machinery Co.,Ltd", "jiaerling"),
        ("江苏省华兴机械有限公司", "huaxing-js"),
        ("上海合欣通讯股份有限公司", "hexin-t"),
        ("BEIJING XIAOMI MOBILE SOFTWARE CO LTD", "xiaomi"),
        ("Anshan Shi Dingyi Guangdian Keji Gufen Youxian Gongsi", "dingyi"),
        ("anshandingyiguangdiankeji", "dingyi"),
        ("Suzhou Lüeyang Lüneng Keji Youxian Gongsi", "lueyang"),
        ("suzhou lueyang luneng keji", "lueyang"),
        ("ONOFF ELECTRIC CO.,LTD", "onoff"),
        ("Tsingtao Ch'inghua Electromechanical", None),
        ("Qingdao Chinghua Electromechanical Co Ltd", "qinghua"),
        ("无锡瑞达恒乾燥設備有限公司", "ruida"),
        ("WUXI RUIDAHENG DRYING EQUIP CO LTD", "ruida"),
        ("Chengdu Kangruihua Pharm Co., Ltd.", "kangrui"),
        ("⻘岛清华机电有限公司", "qinghua"),
    ],
)
def test_a_name_is_matched_however_it_is_written(query: str, company_id: str | None) -> None:
    answer = MATCHER.match(Query(query))
    assert (answer.match.company_id if answer.match else None) == company_id


@pytest.mark.parametrize(
    ("query", "company_ids"),
    [
        ("Ningbo Jiaerling Pneumatic Machinery Inc", {"jiaerling"}),
        ("Onoff Electric GmbH", {"onoff"}),
        ("上海合欣通信有限公司", {"hexin-t"}),
        ("中兴精密有限公司", {"zhongxing"}),
        ("华兴机械有限公司", {"huaxing-js", "huaxing-zj"}),
        ("asdygdkj", {"dingyi"}),
        ("宁波佳尔灵机械有限公司", {"jiaerling"}),
    ],
)
def test_what_is_less_certain_is_for_a_person(query: str, company_ids: set[str]) -> None:
    answer = MATCHER.match(Query(query))
    assert answer.verdict in {Verdict.REVIEW, Verdict.AMBIGUOUS}
    assert answer.match is None
    assert company_ids <= {candidate.company_id for candidate in answer.candidates}


@pytest.mark.parametrize(
    "query",
    [
        "山东华兴机械有限公司",
        "深圳佳音电子有限公司",
        "Acme Holdings GmbH",
        "???",
        "",
        "7412",
        "a" * 10_000,
        "甲" * 10_000,
    ],
)
def test_a_stranger_is_nobody(query: str) -> None:
    assert MATCHER.match(Query(query)).verdict is Verdict.NONE


def test_an_exact_former_name_wins_over_a_part_of_another() -> None:
    answer = MATCHER.match(Query("洛阳隆盛科技有限责任公司"))
    assert answer.match is not None
    assert answer.match.company_id == "longsheng"
    assert answer.match.matched_name == "洛阳隆盛科技有限责任公司"


def test_siblings_of_a_group_are_told_apart() -> None:
    answer = MATCHER.match(Query("上海合欣电子有限公司"))
    assert answer.match is not None
    assert answer.match.company_id == "hexin-e"
    sibling = next(one for one in answer.candidates if one.company_id == "hexin-t")
    assert sibling.score < MATCHER.thresholds.match


def test_homonyms_of_two_provinces_are_never_matched_without_a_place() -> None:
    assert MATCHER.match(Query("华兴机械有限公司")).match is None
    placed = MATCHER.match(Query("华兴机械有限公司", place="浙江省"))
    assert placed.candidates[0].company_id == "huaxing-zj"


def test_two_companies_that_fit_as_well_are_ambiguous() -> None:
    names = {"a": "恒瑞星电子有限公司", "b": "恒锐星电子有限公司", "c": "华明电子有限公司"}
    twins = [Company(company_id, (name,)) for company_id, name in names.items()]
    answer = Matcher(CompanyIndex(twins)).match(Query("恒睿星电子有限公司"))
    assert answer.verdict is Verdict.AMBIGUOUS
    assert {candidate.company_id for candidate in answer.candidates} == {"a", "b"}


def test_the_code_of_the_register_finds_a_company_under_any_name() -> None:
    answer = MATCHER.match(Query("Some other spelling", uscc="91330212144380777J"))
    assert answer.match is not None
    assert answer.match.company_id == "jiaerling"
    assert [feature.name for feature in answer.match.features] == ["uscc", "name"]


def test_two_codes_of_the_register_are_two_firms() -> None:
    assert (
        MATCHER.match(Query("宁波佳尔灵气动机械有限公司", uscc="91110000100000000X")).verdict is Verdict.NONE
    )


def test_other_names_of_a_query_count_as_its_own() -> None:
    answer = MATCHER.match(Query("某某有限公司", other_names=("宁波佳尔灵气动机械有限公司",)))
    assert answer.match is not None
    assert answer.match.query_name == "宁波佳尔灵气动机械有限公司"


def test_a_score_is_explained_feature_by_feature() -> None:
    answer = MATCHER.match(Query("佳尔灵气动机械股份有限公司"))
    (candidate,) = answer.candidates
    told = {feature.name: feature.outcome for feature in candidate.features}
    assert told == {
        "trade name": Outcome.AGREES,
        "trade": Outcome.AGREES,
        "place": Outcome.MISSING,
        "legal form": Outcome.DIFFERS,
    }
    product = 1.0
    for feature in candidate.features:
        product *= feature.factor
    assert candidate.score == pytest.approx(product, abs=1e-4)


def test_thresholds_are_settings() -> None:
    strict = Matcher(MATCHER.index, Thresholds(match=0.999, review=0.98))
    assert strict.match(Query("宁波佳尔灵气动机械股份有限公司")).verdict is Verdict.REVIEW
    assert strict.match(Query("佳尔灵气动机械")).verdict is Verdict.NONE
    with pytest.raises(ThresholdsError, match=r"got review 0\.9 and match 0\.8"):
        Thresholds(match=0.8, review=0.9)
