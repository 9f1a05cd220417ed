"""Days and dates that cannot be: what is taken for real, what is withdrawn, and what is old news."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.registry.calendar import AHEAD_MAX, KNOWN_UNTIL, Calendar, horizon_of, now_of
from schemas.base import Stage
from schemas.facts import Day
from tests.domain.registry.build import Told, day, designation, english, notice, rename, review

A, B = "杭州安奥轴承有限公司", "杭州邦宝阀门有限公司"

dates = st.dates(date(2019, 1, 1), date(2060, 1, 1))


def withdrawn(iso: str) -> Day:
    return Day(day=date.fromisoformat(iso), withdrawn=True)


@given(st.lists(dates, max_size=12))
def test_the_horizon_is_the_end_of_the_longest_chain_of_steps(points: list[date]) -> None:
    reached = {KNOWN_UNTIL}
    for _ in points:
        reached |= {one for one in points if any(one - known <= AHEAD_MAX for known in reached)}
    assert horizon_of(points) == max(reached)


@given(st.lists(st.builds(Day, day=dates, withdrawn=st.booleans()), max_size=12), st.lists(dates, max_size=4))
def test_the_calendar_that_grows_is_that_of_the_whole_set(days: Sequence[Day], listed: list[date]) -> None:
    calendar = Calendar()
    for one in listed:
        calendar.replace_date(None, one)
    for one_day in days:
        calendar.take_day(one_day)
    assert calendar.now == now_of(days, listed)


def test_a_worker_of_the_year_2044_moves_nothing_and_is_told() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"), day("2025-03-01"))
    outcome = told.tell(day("2044-01-01"))
    assert (outcome.snapshots, outcome.changes, outcome.day_moved) == ({}, (), False)
    (finding,) = told.registry.findings()
    assert (finding.code, finding.severity, finding.subject) == ("implausible_day", "error", "2044-01-01")
    assert told.company(A).status == "active"
    told.tell(withdrawn("2044-01-01"))
    assert told.registry.findings() == ()


def test_a_wrong_day_that_could_be_is_withdrawn_with_all_that_it_moved() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"), day("2025-03-01"), day("2028-05-05"))
    assert told.company(A).status == "unknown"
    outcome = told.tell(withdrawn("2028-05-05"))
    assert (outcome.today, outcome.day_moved) == (date(2025, 3, 1), True)
    assert told.company(A).status == "active"
    assert [change.reason for change in outcome.changes] == ["corrected:designated"]
    told.tell(day("2028-05-05"))
    assert told.company(A).status == "active"  # what was withdrawn stays so
    told.tell(day("2028-05-06"))
    assert told.company(A).status == "unknown"


def test_without_any_day_left_it_is_no_day() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"), day("2026-01-01"))
    outcome = told.tell(withdrawn("2026-01-01"))
    assert (outcome.today, outcome.day_moved) == (None, True)
    assert told.company(A).status == "active"


def test_years_that_follow_each_other_lead_on() -> None:
    years = range(2026, 2045, 3)
    told = Told(designation("b4", 4, A, authority="ZJ"), *(day(f"{year}-01-01") for year in years))
    assert told.codes() == []
    assert told.company(A).status == "unknown"


def test_a_list_dated_far_ahead_is_not_applied_and_keeps_its_predecessor() -> None:
    told = Told(designation("b7", 7, A, authority="ZJ"))
    wrong = designation("b7", 7, B, authority="ZJ", on="2052-10-20", revision=2)
    assert told.tell(wrong).changes == ()
    assert [one.name for one in told.companies] == [A]
    (finding,) = told.registry.findings()
    assert (finding.code, finding.subject) == ("implausible_date", "b7")
    assert "revision 1 stays in force" in finding.detail
    told.tell(designation("b7", 7, B, authority="ZJ", on="2025-10-20", revision=3))
    assert [one.name for one in told.companies] == [B]
    assert told.codes() == []


def test_a_list_dated_after_today_is_applied_and_told_until_its_day_comes() -> None:
    told = Told(day("2026-11-30"), designation("b8", 8, A, authority="ZJ", on="2026-12-24"))
    assert told.company(A).status == "active"
    assert told.codes() == ["date_to_come"]
    told.tell(day("2026-12-24"))
    assert told.codes() == []


def test_a_list_that_leads_to_a_far_one_lets_it_apply() -> None:
    told = Told(designation("b7", 7, A, authority="ZJ", on="2036-01-01"))
    assert told.companies == []
    told.tell(review("r-31", 2031, authority="ZJ", on="2031-10-01"))
    assert [one.name for one in told.companies] == [A]
    told.tell(review("r-31", 2031, authority="ZJ", on="2025-10-01", revision=2))
    assert told.companies == []


@pytest.mark.parametrize("is_told", [True, False])
def test_changes_of_old_lists_are_marked_as_backfill(is_told: bool) -> None:
    old = designation("b4", 4, A, authority="ZJ", on="2022-08-08")
    fresh = designation("b8", 8, B, authority="ZJ", on="2026-09-08")
    told = Told(day("2026-11-30"))
    facts = [fact.model_copy(update={"backfill": is_told}) for fact in (old, fresh)]
    marks = [{change.backfill for change in told.tell(fact).changes} for fact in facts]
    assert marks == [{True}, {is_told}]


def test_a_revision_of_an_old_list_and_a_name_without_a_date_are_news() -> None:
    told = Told(day("2026-11-30"), designation("b4", 4, A, authority="ZJ"))
    outcome = told.tell(designation("b4", 4, A, B, authority="ZJ", revision=2))
    assert {change.backfill for change in outcome.changes} == {False}
    assert told.tell(rename("r", A, "杭州安奥精密轴承有限公司", on="2023-01-01")).backfill
    assert not told.tell(english("e", A, "Anao Bearings")).backfill
    assert told.tell(english("f", A, "Anao Bearings Co").model_copy(update={"backfill": True})).backfill


def test_a_list_is_one_with_and_without_the_mark_of_backfill() -> None:
    once = notice("b8", 8, A, authority="ZJ")
    told = Told(once, once.model_copy(update={"backfill": True}))
    assert told.codes() == []
    assert told.outcomes[-1].snapshots == {}
    assert told.company(A).designations[0].stage is Stage.PUBLIC_NOTICE


def test_the_bound_is_two_terms() -> None:
    assert horizon_of([KNOWN_UNTIL + AHEAD_MAX]) == KNOWN_UNTIL + AHEAD_MAX
    assert horizon_of([KNOWN_UNTIL + AHEAD_MAX + timedelta(days=1)]) == KNOWN_UNTIL
