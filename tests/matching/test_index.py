import pytest

from giants.matching import Company, CompanyIndex, Matcher, Query, TooManyCompaniesError
from giants.matching import index as index_module

ONE = Company("a", ("宁波佳尔灵气动机械有限公司",))
MOVED = Company("a", ("杭州远方光电信息有限公司", "宁波佳尔灵气动机械有限公司"))


def ids(index: CompanyIndex, name: str) -> list[str]:
    return [candidate.company_id for candidate in Matcher(index).match(Query(name)).candidates]


def test_a_company_that_is_put_again_is_found_under_all_its_names_and_once() -> None:
    index = CompanyIndex([ONE])
    index.put(MOVED)
    assert len(index) == 1
    assert ids(index, "杭州远方光电信息有限公司") == ids(index, "宁波佳尔灵气动机械有限公司") == ["a"]
    assert index.companies_of_core("佳尔灵") == 1


def test_a_company_that_is_removed_is_not_found_any_more() -> None:
    index = CompanyIndex([ONE, Company("b", ("苏州略阳绿能科技有限公司",))])
    index.remove("a")
    index.remove("nobody")
    assert ids(index, "宁波佳尔灵气动机械有限公司") == []
    assert ids(index, "苏州略阳绿能科技有限公司") == ["b"]
    assert index.company("a") is None


def test_an_index_that_changed_much_answers_as_one_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "DEAD_ENTRIES_MAX", 10)
    companies = [Company(f"c{number}", (f"宁波甲{number}恒气动机械有限公司",)) for number in range(60)]
    index = CompanyIndex(companies)
    for company in companies[:50]:
        index.remove(company.company_id)
    anew = CompanyIndex(companies[50:])
    for company in companies:
        assert ids(index, company.names[0]) == ids(anew, company.names[0])


def test_an_index_beyond_its_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "COMPANIES_MAX", 1)
    index = CompanyIndex([ONE])
    index.put(MOVED)
    with pytest.raises(TooManyCompaniesError, match="more than 1 companies"):
        index.put(Company("b", ("苏州略阳绿能科技有限公司",)))


def test_the_order_of_companies_makes_no_difference() -> None:
    companies = [
        Company(f"c{number}", (f"宁波恒{sign}星电子有限公司",)) for number, sign in enumerate("瑞锐睿")
    ]
    forwards = Matcher(CompanyIndex(companies)).match(Query("宁波恒蕊星电子有限公司"))
    backwards = Matcher(CompanyIndex(companies[::-1])).match(Query("宁波恒蕊星电子有限公司"))
    assert forwards.verdict == backwards.verdict
    assert forwards.candidates == backwards.candidates
