"""The made-up programme says nothing about real companies."""

from collections import Counter

from giants.demo.live import DUE_MAX, DUE_MIN, REVIEW_YEAR, few_due
from giants.demo.named import named
from giants.demo.run import Size, made_up_programme
from giants.domain.registry import recompute_all
from schemas.codes import Status
from schemas.facts import Family

SIZE = Size(companies=400, families=0)
SNAPSHOTS = recompute_all(
    [
        *made_up_programme(SIZE),
        *(fact for fact in named().programme() if not isinstance(fact, Family)),
    ]
).snapshots()


def test_no_real_company_loses_its_title_by_a_made_up_list() -> None:
    real = set(named().english)
    status = {
        snapshot.name: snapshot.status
        for snapshot in SNAPSHOTS.values()
        if real & {use.name for use in snapshot.names}
    }
    assert status == {
        "宁波佳尔灵气动机械有限公司": Status.UNKNOWN,
        "上海闻泰电子科技有限公司": Status.UNKNOWN,
        "上海捷诺生物科技股份有限公司": Status.UNKNOWN,
        "河南中原辊轴股份有限公司": Status.ACTIVE,
        "宝鸡市赛孚石油机械有限公司": Status.ACTIVE,
        "中航隆盛(洛阳)科技有限责任公司": Status.ACTIVE,
    }


def test_the_programme_still_has_all_three_statuses_and_about_the_companies_asked_for() -> None:
    counts = Counter(snapshot.status for snapshot in SNAPSHOTS.values())
    assert set(counts) == set(Status)
    assert 0.9 * SIZE.companies < len(SNAPSHOTS) < 1.1 * SIZE.companies


def test_some_authority_has_few_companies_to_review() -> None:
    due = few_due(SNAPSHOTS.values())
    assert DUE_MIN <= len(due) <= DUE_MAX
    assert {snapshot.next_review_year for snapshot in due} == {REVIEW_YEAR}
    assert len({snapshot.authority for snapshot in due}) == 1
