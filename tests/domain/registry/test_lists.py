"""Lists as lists: their summaries and their news."""

from giants.domain.registry import Outcome
from schemas.base import AuthorityCode
from schemas.changes import ListChange
from schemas.facts import AnnouncementKind
from tests.domain.registry.build import MIIT, Told, day, designation, english, notice, review, special

A, B, C = "杭州安奥轴承有限公司", "杭州邦宝阀门有限公司", "杭州诚晨泵业有限公司"


def news(outcome: Outcome) -> list[tuple[str, str]]:
    return [(change.kind.value, change.list_id) for change in outcome.list_changes]


def counted(change: ListChange) -> dict[str, int]:
    return {name: count for name, count in change.summary.counts.model_dump().items() if count}


def test_a_notice_is_published_and_its_final_list_confirms_it_and_is_revised() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ", complete=True))
    first = told.tell(notice("b8-n", 8, A, B, C, authority="ZJ", on="2026-08-01"))
    assert news(first) == [("list-published", "b8-n")]
    assert counted(first.list_changes[0]) == {"new": 2, "again": 1}
    final = told.tell(designation("b8", 8, A, B, authority="ZJ", on="2026-09-01", complete=True, expected=2))
    (confirmed,) = final.list_changes
    assert (confirmed.kind, confirmed.summary.confirms) == ("list-confirmed", "b8-n")
    assert (confirmed.previous, confirmed.added, confirmed.dropped) == ("b8-n@1", 0, 1)
    assert counted(confirmed) == {"new": 1, "again": 1, "struck_out": 1}
    assert "Zhejiang: batch 8 confirms its notice, 0 added, 1 struck out: 2 firms" in confirmed.text
    again = told.tell(designation("b8", 8, A, authority="ZJ", on="2026-09-01", revision=2))
    assert [(one.kind, one.dropped, one.seq) for one in again.list_changes] == [("list-revised", 1, 2)]
    assert told.registry.list_snapshots()["b8"].revision == 2


def test_a_summary_says_who_came_passed_and_left_and_what_speaks_against_the_list() -> None:
    told = Told(designation("b4", 4, A, B, C, authority="ZJ"), day("2025-11-01"))
    told.tell(review("r", 2025, A, authority="ZJ"))
    summary = told.registry.list_snapshots()["r"]
    ids = {name: told.company(name).company_id for name in (A, B, C)}
    assert summary.passed == (ids[A],)
    assert summary.left == tuple(sorted((ids[B], ids[C])))
    assert summary.proves_absence
    told.tell(review("r", 2025, A, authority="ZJ", revision=2).model_copy(update={"expected_count": 3}))
    summary = told.registry.list_snapshots()["r"]
    assert (summary.proves_absence, summary.doubt, summary.left) == (False, "expected 3 names, got 1", ())
    assert told.outcomes[-1].list_changes[0].text.endswith("2 fewer than its count says.")


def test_the_last_list_completes_a_round_and_tells_its_removal_rate() -> None:
    told = Told(
        designation("b2", 2, A, B, C, source=MIIT),
        special(AnnouncementKind.ELEVATION, "el", C, on="2022-01-01"),
    )
    for code in AuthorityCode:
        outcome = told.tell(review(f"r-{code}", 2023, *((A,) if code == "ZJ" else ()), authority=code))
    *_, complete, attrition = outcome.list_changes
    assert [complete.kind, attrition.kind] == ["batch-complete", "attrition"]
    assert attrition.round is not None
    assert (attrition.round.passed, attrition.round.removed, attrition.round.absent_after_elevation) == (
        1,
        1,
        1,
    )
    assert attrition.round.removal_rate == 0.5
    assert attrition.text == (
        "Review 2023: 1 passed, 1 removed (50.0% removed), 1 absent after an elevation."
    )


def test_what_says_nothing_of_lists_is_no_news_of_them() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"))
    outcome = told.tell(english("e", A, "Anao Bearings"))
    assert (dict(outcome.lists), outcome.list_changes) == ({}, ())
    outcome = told.tell(designation("b1", 1, A, source=MIIT))
    assert outcome.lists["b4"] is not None
    assert outcome.lists["b4"].counts.again == 1
    assert news(outcome) == [("list-published", "b1")]
