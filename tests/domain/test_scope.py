import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.scope import OutOfScope, check_title
from schemas.base import TEXT_CHARACTERS_MAX


@pytest.mark.parametrize(
    "title",
    [
        "关于浙江省第七批专精特新“小巨人”企业和2025年专精特新“小巨人”复核通过企业名单的公示",
        "关于浙江省第七批专精特新“小巨人”企业公示",
        "关于印发第四批专精特新“小巨人”企业和通过复核的第一批专精特新“小巨人”企业名单的通知",
        "工业和信息化部关于公布第一批专精特新“小巨人”企业名单的通告",
        "关于宁波市第五批国家级专精特新「小巨人」企业名单的公示",
        "北京市第五批国家级专精特新“小巨人”企业和通过复核企业名单",
        "关于深圳市第六批专精特新“小巨人”企业、2024年复核通过企业名单的公示",
        "关于专精特新“小巨人”企业简单更名的公告",
        "关于撤销部分专精特新“小巨人”企业称号的通告",
        "制造业单项冠军企业名单",
        "第八批制造业单项冠军企业公示",
        "关于公布第五批专精特新“小巨人”企业和浙江省专精特新中小企业名单的通知",
        "final list 工信部企业函〔2019〕153号",
        "附件1",
        "…",
        "",
    ],
)
def test_national_lists_are_in_scope(title: str) -> None:
    verdict = check_title(title)
    assert verdict.in_scope, verdict.explanation()


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("2023年度上海市科技小巨人企业名单", OutOfScope.OTHER_GIANT),
        ("关于公布创新小巨人企业的通知", OutOfScope.OTHER_GIANT),
        ("成长小巨人企业名单公示", OutOfScope.OTHER_GIANT),
        ("成长型“小巨人”企业名单公示", OutOfScope.OTHER_GIANT),
        ("关于公布小巨人培育企业名单的通知", OutOfScope.CULTIVATION),
        ("专精特新“小巨人”企业培育库入库名单", OutOfScope.CULTIVATION),
        ("第七批制造业单项冠军培育企业", OutOfScope.CULTIVATION),
        ("关于省级专精特新“小巨人”企业名单的公示", OutOfScope.SUB_NATIONAL),
        ("关于市级专精特新(小巨人)企业名单的公示", OutOfScope.SUB_NATIONAL),
        ("2021年湖南省小巨人企业名单", OutOfScope.SUB_NATIONAL),
        ("关于2021年度第二批北京市专精特新“小巨人”企业名单的公告", OutOfScope.SUB_NATIONAL),
        ("第三批重点“小巨人”企业名单公示", OutOfScope.KEY_SUPPORT),
        ("关于建议支持的国家级专精特新“小巨人”企业公示", OutOfScope.KEY_SUPPORT),
        ("建议继续支持的第一批第一年重点“小巨人”企业名单", OutOfScope.KEY_SUPPORT),
        ("关于专精特新“小巨人”企业奖补资金安排的公示", OutOfScope.KEY_SUPPORT),
        ("专精特新小巨人企业产业园名单", OutOfScope.PLATFORM),
        ("中小企业公共服务平台名单", OutOfScope.PLATFORM),
        ("中小企业特色产业集群名单", OutOfScope.PLATFORM),
        ("关于2024年度专精特新中小企业名单的公示", OutOfScope.LOWER_TIER),
        ("创新型中小企业名单", OutOfScope.LOWER_TIER),
        ("浙江省隐形冠军企业名单", OutOfScope.OTHER_PROGRAMME),
        ("关于开展第七批专精特新“小巨人”企业培育和复核工作的通知", OutOfScope.NOT_A_RESULT),
        ("关于拟推荐第五批专精特新“小巨人”企业名单的公示", OutOfScope.NOT_A_RESULT),
    ],
)
def test_lists_of_other_programmes_are_refused_with_the_reason(title: str, reason: OutOfScope) -> None:
    verdict = check_title(title)
    assert not verdict.in_scope
    assert verdict.reason is reason
    assert verdict.found
    assert verdict.found in verdict.explanation()


def test_the_explanation_quotes_the_title() -> None:
    assert check_title("重点“小巨人”名单").explanation() == (
        "out of scope: funding for Little Giants that exist already, not a designation: "
        "the title says '重点小巨人' (P-24)"
    )


@given(st.text(alphabet=st.sampled_from("省市级专精特新小巨人企业重点支持培育、第五批 “”()"), max_size=40))
def test_quotes_brackets_and_spaces_do_not_change_the_verdict(title: str) -> None:
    spaced = "“".join(f" {character}」" for character in title)
    assert check_title(spaced) == check_title(title)


def test_a_long_title_is_judged_by_its_beginning() -> None:
    assert check_title("x" * TEXT_CHARACTERS_MAX + "重点小巨人").in_scope
    assert not check_title("重点小巨人" + "x" * 10 * TEXT_CHARACTERS_MAX).in_scope
