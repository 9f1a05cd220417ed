from giants.matching import Company, CompanyIndex, Matcher
from giants.matching.unmatched import Unmatched, unmatched_assignees

NINGBO = Company("a", ("宁波佳尔灵气动机械有限公司",))


def unmatched(*assignees: str, shown_max: int = 10) -> list[Unmatched]:
    return unmatched_assignees(assignees, [NINGBO], Matcher(CompanyIndex([NINGBO])), shown_max)


def test_assignees_that_count_for_nobody_are_told_with_families_and_who_comes_near() -> None:
    near, stranger = unmatched(
        "宁波佳尔灵机械有限公司",
        "某某不存在实业有限公司",
        "宁波佳尔灵机械有限公司",
        "宁波佳尔灵气动机械股份有限公司",
        "寧波佳爾靈氣動機械有限公司",
        "宁波佳尔灵气动机械有限公司深圳分公司",
        "NINGBO JIAERLING CO LTD",
    )
    assert (near.assignee, near.families) == ("宁波佳尔灵机械有限公司", 2)
    assert near.why.startswith("near 宁波佳尔灵气动机械有限公司 (0.")
    assert "only the company has 气动" in near.why
    assert (stranger.families, stranger.why) == (1, "no company comes near")


def test_those_of_most_families_come_first_and_no_more_than_asked_for() -> None:
    found = unmatched("甲电子厂", "乙电子厂", "乙电子厂", "丙电子厂", shown_max=2)
    assert [(one.assignee, one.families) for one in found] == [("乙电子厂", 2), ("丙电子厂", 1)]
