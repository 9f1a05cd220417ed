"""Status from facts: completeness, lateness, revisions, contradictions, days (design §2.2)."""

from datetime import date
from itertools import permutations

import pytest

from giants.domain.cohorts import cohorts
from giants.domain.registry import Place, Registry, recompute_all
from schemas.base import AuthorityCode, Stage
from schemas.facts import AnnouncementKind, ProgrammeFact
from tests.domain.registry.build import (
    AUTHORITY,
    MIIT,
    PLACE,
    SUPPLEMENTARY,
    Told,
    day,
    designation,
    english,
    kinds,
    notice,
    rename,
    review,
    special,
)

A, B, C = "杭州安奥轴承有限公司", "杭州邦宝阀门有限公司", "杭州诚晨泵业有限公司"


def test_a_confirmed_zero_is_a_complete_list() -> None:
    told = Told(designation("b4", 4, A, authority="QH"), review("r-25", 2025, authority="QH"))
    assert told.company(A).status == "inactive"
    change = told.outcomes[-1].changes[0]
    assert (change.kind, change.reason) == ("decertified", "absent_from_complete_list")
    assert (change.cause.kind, change.cause.ref) == ("review", "r-25@1")


def test_a_company_without_authority_is_absent_once_the_lists_of_all_37_are_complete() -> None:
    told = Told(designation("b2", 2, A, B, source=MIIT), day("2023-11-01"))
    told.tell(review("r-23-zj", 2023, B, authority="ZJ"))
    others = [code for code in AuthorityCode if code is not AuthorityCode.ZJ]
    for code in others[:-1]:
        told.tell(review(f"r-23-{code}", 2023, authority=code))
    assert told.company(A).sub_state == "review_pending"
    assert told.company(A).caveats.count("review_pending") == 1
    assert "status_unknown" not in told.company(A).caveats
    assert told.company(B).authority == "ZJ"
    told.tell(review(f"r-23-{others[-1]}", 2023, authority=others[-1], on="2023-11-30"))
    assert told.company(A).status == "inactive"
    assert told.company(A).since == date(2023, 11, 30)
    assert told.company(B).status == "active"


def test_a_complete_national_list_speaks_for_all_authorities() -> None:
    told = Told(designation("b2", 2, A, B, source=MIIT), review("r-23", 2023, B, source=MIIT))
    assert [told.company(name).status for name in (A, B)] == ["inactive", "active"]


def test_an_incomplete_list_proves_no_absence() -> None:
    told = Told(
        designation("b4", 4, A, authority="ZJ"),
        review("r-25", 2025, authority="ZJ", complete=False),
        day("2026-01-01"),
    )
    assert told.company(A).status == "unknown"
    assert told.company(A).caveats.count("status_unknown") == 1
    assert "review_pending" not in told.company(A).caveats


def test_the_final_list_is_asked_where_there_is_one_else_the_notice() -> None:
    told = Told(
        day("2025-09-01"),
        designation("b4", 4, A, authority="ZJ"),
        review("r-25-notice", 2025, authority="ZJ", stage=Stage.PUBLIC_NOTICE, on="2025-09-10"),
    )
    assert told.company(A).status == "inactive"
    assert told.company(A).provisional
    told.tell(review("r-25", 2025, authority="ZJ", complete=False))
    assert told.company(A).sub_state == "review_pending"
    assert kinds(told.outcomes[-1]) == ["designated"]
    assert told.outcomes[-1].changes[0].reason == "corrected:designated"


def test_a_late_list_corrects_what_was_said_with_a_new_change() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"), day("2026-01-01"))
    assert told.company(A).status == "unknown"
    outcome = told.tell(review("r-25", 2025, A, authority="ZJ"))
    (change,) = outcome.changes
    assert (change.seq, change.kind, change.reason) == (3, "review-passed", "corrected:review-passed")
    assert change.previous is not None
    assert change.current is not None
    assert (change.previous.status, change.current.status) == ("unknown", "active")
    assert (change.cause.kind, change.cause.ref) == ("review", "r-25@1")
    assert change.effective_on == date(2025, 10, 20)
    assert [spell.status for spell in told.company(A).timeline] == ["active", "active", "active"]


def test_batches_1_to_6_after_7_make_the_seventh_a_renomination() -> None:
    told = Told(designation("b7", 7, A, authority="ZJ"))
    outcome = told.tell(designation("b2", 2, A, source=MIIT))
    (change,) = outcome.changes
    assert (change.kind, change.reason) == ("renominated", "corrected:renominated")
    assert told.company(A).batches == (2, 7)
    assert told.company(A).next_review_year == 2028


def test_the_id_of_a_company_moves_when_an_older_list_gives_it_an_older_name() -> None:
    told = Told(designation("b7", 7, B, authority="ZJ"), rename("r-1", A, B))
    first = told.company(B).company_id
    outcome = told.tell(designation("b4", 4, A, authority="ZJ"))
    second = told.company(B).company_id
    assert first != second
    assert told.company(B).merged_from == (first,)
    assert outcome.snapshots == {first: None, second: told.company(B)}
    assert [(change.company_id, change.kind) for change in outcome.changes] == [
        (first, "merged"),
        (second, "designated"),
        (second, "renominated"),
    ]


def test_a_final_list_without_a_name_of_the_notice_withdraws_it() -> None:
    told = Told(notice("b7-notice", 7, A, B, on="2025-09-10", authority="ZJ"))
    assert told.company(A).provisional
    outcome = told.tell(designation("b7", 7, A, on="2025-10-20", authority="ZJ", complete=True))
    (change,) = outcome.changes
    assert (change.kind, change.reason, change.stage) == ("decertified", "not_in_final_list", "final")
    assert [one.confirmed for one in told.company(A).designations] == [True]
    assert [one.confirmed for one in told.company(B).designations] == [False]
    assert not told.company(A).provisional


def test_a_company_that_stands_in_no_list_any_more_is_gone() -> None:
    told = Told(designation("b7", 7, A, B, authority="ZJ"))
    id_ = told.company(A).company_id
    outcome = told.tell(designation("b7", 7, B, authority="ZJ", revision=2))
    assert outcome.snapshots[id_] is None
    gone = next(change for change in outcome.changes if change.company_id == id_)
    assert (gone.kind, gone.current, gone.reason) == ("decertified", None, "withdrawn_by_revision")
    assert [key for key, holder in outcome.assignments.items() if holder is None]
    back = told.tell(designation("b7", 7, A, B, authority="ZJ", revision=3))
    assert [(change.kind, change.seq, change.previous) for change in back.changes] == [
        ("designated", 3, None)
    ]


def test_a_revision_replaces_and_an_older_one_is_ignored() -> None:
    told = Told(designation("b7", 7, A, authority="ZJ", revision=2))
    outcome = told.tell(designation("b7", 7, B, authority="ZJ", revision=1))
    assert (outcome.snapshots, outcome.changes, outcome.findings) == ({}, (), ())
    assert [company.name for company in told.companies] == [A]


def test_one_revision_with_two_contents_is_decided_alike_in_both_orders_and_reported() -> None:
    one, other = designation("b7", 7, A, authority="ZJ"), designation("b7", 7, B, authority="ZJ")
    first, second = Told(one, other), Told(other, one)
    assert first.companies == second.companies
    assert first.codes() == second.codes() == ["contested_revision"]
    told = Told(one, other, designation("b7", 7, A, B, authority="ZJ", revision=2))
    assert told.codes() == []


def test_a_revocation_and_an_elevation_are_told() -> None:
    told = Told(designation("b4", 4, A, B, authority="ZJ"))
    revoked = told.tell(
        special(AnnouncementKind.REVOCATION, "rev-1", A, on="2024-02-01", reason="false declaration")
    )
    elevated = told.tell(special(AnnouncementKind.ELEVATION, "el-1", B, on="2024-03-01"))
    assert [(change.kind, change.reason) for change in revoked.changes] == [("revoked", "false declaration")]
    assert [(change.kind, change.cause.ref) for change in elevated.changes] == [("elevated", "el-1@1")]
    assert told.company(B).tier == "single_champion"
    assert told.company(B).status == "active"


def test_an_elevation_that_is_taken_back_is_corrected() -> None:
    told = Told(
        designation("b4", 4, A, authority="ZJ"),
        special(AnnouncementKind.ELEVATION, "el-1", A, on="2024-03-01"),
    )
    empty = special(AnnouncementKind.ELEVATION, "el-1", on="2024-03-01").model_copy(update={"revision": 2})
    (change,) = told.tell(empty).changes
    assert (change.reason, change.current and change.current.tier) == ("corrected:tier_withdrawn", None)


def test_one_fact_may_bring_a_new_name_and_a_new_status_in_this_order() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"))
    converted = A.replace("有限公司", "股份有限公司")
    assert kinds(told.tell(review("r-25", 2025, converted, authority="ZJ"))) == ["renamed", "review-passed"]


def test_a_day_that_begins_changes_only_those_whose_calendar_moves() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"), designation("b5", 5, B, authority="ZJ"))
    outcome = told.tell(day("2025-01-01"))
    assert set(outcome.snapshots) == {told.company(A).company_id}
    assert outcome.changes == ()
    assert told.tell(day("2025-06-01")).snapshots == {}
    assert told.tell(day("2024-06-01")).snapshots == {}
    assert kinds(told.tell(day("2026-01-01"))) == ["status-unknown"]


def test_days_that_are_skipped_are_made_up_for() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"), day("2031-05-05"))
    assert [spell.since.year for spell in told.company(A).timeline] == [2022, 2025, 2026]
    assert told.company(A).status == "unknown"


def test_a_designation_that_arrives_after_its_review_year_is_unknown_at_once() -> None:
    told = Told(day("2026-03-01"), designation("b4", 4, A, authority="ZJ"))
    assert kinds(told.outcomes[-1]) == ["designated", "status-unknown"]


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (designation("b4-x", 4, A, authority="ZJ", expected=2), "count_mismatch"),
        (review("r-25", 2025, C, authority="ZJ", complete=False), "unknown_company"),
        (special(AnnouncementKind.REVOCATION, "rev-1", C, on="2024-02-01"), "unknown_company"),
        (english("e-1", C, "Chengchen Pumps Co., Ltd."), "unknown_company"),
        (review("r-24", 2024, A, authority="ZJ", complete=False), "review_not_due"),
        (designation("b4-js", 4, A, authority="JS"), "contradiction"),
        (rename("r-1", A, B), "rename_refused"),
    ],
)
def test_what_is_odd_is_reported_and_blocks_nothing(fact: ProgrammeFact, code: str) -> None:
    told = Told(designation("b4", 4, A, B, authority="ZJ"), fact)
    assert [finding.code for finding in told.outcomes[-1].findings] == [code]
    assert told.codes() == [code]
    assert {company.name for company in told.companies} == {A, B}
    assert all(company.status == "active" for company in told.companies)


def test_a_finding_goes_when_its_cause_goes() -> None:
    told = Told(review("r-25", 2025, A, authority="ZJ", complete=False))
    assert told.codes() == ["unknown_company"]
    told.tell(designation("b4", 4, A, authority="ZJ"))
    assert told.codes() == []
    assert told.company(A).sub_state == "maintained"


def test_a_supplementary_list_does_not_overrule_a_complete_list_of_the_ministry() -> None:
    told = Told(
        designation("b2", 2, A, source=MIIT, complete=True),
        designation("b2-blog", 2, A, B, source=SUPPLEMENTARY),
    )
    assert told.company(A).status == "active"
    assert told.company(B).reason == "not_in_final_list"
    assert told.codes() == ["contradiction"]


def test_an_english_name_leads_to_its_company_unless_several_bear_it() -> None:
    told = Told(designation("b7", 7, A, B, authority="ZJ"), english("e-1", A, "Anao Bearings Co., Ltd."))
    key = "@anao bearings co ltd"
    assert told.registry.assignments()[key] == told.company(A).company_id
    outcome = told.tell(english("e-2", B, "ANAO BEARINGS CO LTD"))
    assert outcome.assignments == {key: None, "@anaobearingscoltd": None}
    assert told.codes() == ["english_name_ambiguous"] * 2  # one of each company
    outcome = told.tell(english("e-2", B, "Bangbao Valves Co., Ltd.").model_copy(update={"revision": 2}))
    assert outcome.assignments[key] == told.company(A).company_id
    assert told.codes() == []


def test_a_later_company_of_the_same_english_name_takes_nothing_from_the_first() -> None:
    told = Told(designation("b6", 6, A), english("e-1", A, "Anao Bearings Co., Ltd."))
    keys = ("@anao bearings co ltd", "@anaobearingscoltd")
    first = told.company(A).company_id
    outcome = told.tell(designation("b8", 8, B))
    outcome = told.tell(english("e-2", B, "ANAO BEARINGS CO LTD"))
    assert not outcome.assignments.keys() & set(keys)
    assert [told.registry.assignments()[key] for key in keys] == [first] * 2
    findings = [one for one in told.registry.findings() if one.code == "english_name_ambiguous"]
    assert {one.subject for one in findings} == {first, told.company(B).company_id}
    assert all(f"its families go to {first}, which had it first" in one.detail for one in findings)


def test_who_had_an_english_name_first_does_not_depend_on_the_order_of_facts() -> None:
    facts: list[ProgrammeFact] = [
        designation("b6", 6, A),
        designation("b8", 8, B),
        english("e-1", A, "Anao Bearings Co., Ltd."),
        english("e-2", B, "ANAO BEARINGS CO LTD"),
    ]
    for order in permutations(facts):
        told = Told(*order)
        assert told.registry.assignments()["@anaobearingscoltd"] == told.company(A).company_id


def test_an_exact_spelling_keeps_its_families_where_the_legal_form_alone_differs() -> None:
    told = Told(
        designation("b7", 7, A, B),
        english("e-1", A, "Anao Corp"),
        english("e-2", B, "Anao Corporation"),
    )
    held = told.registry.assignments()
    assert held["@anao corp"] == told.company(A).company_id
    assert held["@=anao corporation"] == told.company(B).company_id
    assert "@anaocorp" not in held
    assert told.codes() == ["english_name_ambiguous"] * 2


def test_a_name_in_latin_script_is_found_by_its_english_key() -> None:
    told = Told(designation("b7", 7, "Hami Wind Power Co., Ltd.", authority="XJ"))
    assert list(told.registry.assignments()) == ["@hami wind power co ltd", "@hamiwindpowercoltd"]


def test_english_names_are_ordered_by_their_source_and_the_first_is_shown() -> None:
    listed = designation("b7", 7, A, authority="ZJ").model_copy(
        update={
            "entries": (
                designation("x", 7, A).entries[0].model_copy(update={"name_en": "Anao Bearing Limited"}),
            )
        }
    )
    told = Told(english("e-1", A, "Anao Bearings Co., Ltd.", "Anao Co."), listed)
    assert told.company(A).name_en == "Anao Bearing Limited"
    assert told.company(A).names_en == ("Anao Bearing Limited", "Anao Bearings Co., Ltd.", "Anao Co.")


def test_changes_carry_their_place_and_ids_that_follow_from_it() -> None:
    place = Place(PLACE.at, backfill=True, replayed=True, epoch=3)
    fact = designation("b7", 7, A, authority="ZJ")
    (change,) = Registry().apply(fact, place).changes
    (again,) = Registry().apply(fact, place).changes
    (other_epoch,) = Registry().apply(fact, PLACE).changes
    assert change == again
    assert change.id != other_epoch.id
    assert (change.at, change.backfill, change.replayed, change.epoch) == (PLACE.at, True, True, 3)
    assert len(change.id) == 32
    assert change.company_id.startswith("lg-")


def test_a_name_of_which_nothing_is_left_is_passed_over() -> None:
    facts = (
        designation("b7", 7, A, "。。。", authority="ZJ"),
        rename("r-1", "（）", B),
        english("e-1", "…", "X"),
    )
    told = Told(*facts)
    assert [company.name for company in told.companies] == [A]
    assert recompute_all(facts).snapshots() == told.registry.snapshots()


def test_the_status_on_a_past_day_is_told_from_what_is_known_now() -> None:
    told = Told(designation("b4", 4, A, authority="ZJ"), review("r-25", 2025, authority="ZJ"))
    id_ = told.company(A).company_id
    asked = [told.registry.as_of(id_, date(year, 6, 1)) for year in (2021, 2023, 2025, 2026)]
    assert [turn and turn.sub_state for turn in asked] == [None, "new", "review_pending", "lapsed"]
    assert told.registry.as_of("lg-nobody", date(2025, 1, 1)) is None


def test_an_authority_of_a_better_class_is_followed_and_the_other_reported() -> None:
    told = Told(
        designation("b4-zj", 4, A, authority="ZJ", source=AUTHORITY),
        designation("b4-blog", 4, A, authority="NB", source=SUPPLEMENTARY),
    )
    assert told.company(A).authority == "ZJ"
    assert told.codes() == ["contradiction"]


@pytest.mark.parametrize(
    ("doubt", "code"),
    [({"expected_count": 3}, "count_mismatch"), ({"unread_rows": 1}, "unread_rows")],
)
def test_a_list_that_contradicts_itself_proves_no_absence(doubt: dict[str, int], code: str) -> None:
    told = Told(designation("b4", 4, A, B, C, authority="ZJ"), day("2025-11-01"))
    told.tell(review("r-25", 2025, A, authority="ZJ").model_copy(update=doubt))
    assert [told.company(name).sub_state for name in (A, B, C)] == ["maintained", *2 * ["review_pending"]]
    assert told.codes() == [code]
    open_review = told.company(B).reviews[0]
    assert (open_review.outcome, open_review.reason, open_review.ref) == (
        "pending",
        "list_contradicts_itself",
        "r-25@1",
    )
    told.tell(day("2026-01-01"))
    assert [told.company(name).status for name in (A, B, C)] == ["active", "unknown", "unknown"]
    told.tell(review("r-25", 2025, A, authority="ZJ", revision=2))
    assert [told.company(name).status for name in (A, B, C)] == ["active", "inactive", "inactive"]
    assert told.codes() == []


def test_a_name_twice_on_a_list_is_one_name_of_its_count() -> None:
    told = Told(designation("b4", 4, A, B, authority="ZJ"))
    told.tell(review("r-25", 2025, A, A, authority="ZJ").model_copy(update={"expected_count": 2}))
    assert told.codes() == ["count_mismatch"]
    assert told.company(B).status == "active"


def test_a_final_list_that_contradicts_itself_withdraws_no_notice() -> None:
    told = Told(notice("b7-notice", 7, A, B, authority="ZJ"))
    told.tell(designation("b7", 7, A, authority="ZJ", complete=True, expected=2))
    assert told.company(B).status == "active"
    assert told.company(B).provisional
    told.tell(designation("b7", 7, A, authority="ZJ", complete=True, expected=1, revision=2))
    assert told.company(B).reason == "not_in_final_list"


def test_lists_that_exceed_the_total_of_their_year_prove_no_absence() -> None:
    told = Told(
        designation("b4", 4, A, B, authority="ZJ"), review("r-zj", 2025, A, authority="ZJ"), day("2025-11-01")
    )
    assert told.company(B).status == "inactive"
    total = review("total", 2025, complete=False, source=MIIT).model_copy(update={"round_total": 0})
    told.tell(total)
    assert told.codes() == ["total_mismatch"]
    assert told.company(B).status == "active"
    assert told.company(B).reviews[0].reason == "total_contradicts"
    told.tell(total.model_copy(update={"revision": 2, "round_total": 2}))
    assert told.codes() == []
    assert told.company(B).status == "inactive"


def test_lists_of_all_authorities_prove_absence_only_where_they_add_up() -> None:
    told = Told(designation("b2", 2, A, B, source=MIIT), day("2023-11-01"))
    told.tell(review("total", 2023, complete=False, source=MIIT).model_copy(update={"round_total": 2}))
    for code in AuthorityCode:
        names = (B,) if code is AuthorityCode.ZJ else ()
        told.tell(review(f"r-23-{code}", 2023, *names, authority=code))
    assert told.codes() == ["total_mismatch"]
    assert told.company(A).sub_state == "review_pending"
    told.tell(review("total", 2023, complete=False, source=MIIT, revision=2))
    assert told.company(A).status == "inactive"


def test_a_national_list_that_misses_its_total_proves_no_absence() -> None:
    told = Told(designation("b2", 2, A, B, source=MIIT))
    told.tell(review("r-23", 2023, B, source=MIIT).model_copy(update={"round_total": 2}))
    assert told.company(A).status == "active"
    assert told.codes() == ["total_mismatch"]


def test_an_open_review_says_which_list_would_settle_it() -> None:
    told = Told(designation("b2", 2, A), designation("b4", 4, B, authority="ZJ"), day("2025-06-01"))
    assert [told.company(name).reviews[0].reason for name in (A, B)] == ["not_all_lists", "no_list"]
    told.tell(review("r-25", 2025, authority="ZJ", complete=False))
    open_review = told.company(B).reviews[0]
    assert (open_review.reason, open_review.ref) == ("list_not_complete", "r-25@1")


def test_who_is_absent_after_an_elevation_has_not_failed() -> None:
    facts: list[ProgrammeFact] = [
        designation("b4", 4, A, B, C, authority="ZJ"),
        special(AnnouncementKind.ELEVATION, "el", A, on="2024-11-20"),
        special(AnnouncementKind.ELEVATION, "later", B, on="2026-11-20"),
        review("r-25", 2025, C, authority="ZJ"),
    ]
    told = Told(*facts)
    assert [told.company(name).status for name in (A, B)] == ["inactive", "inactive"]
    assert [told.company(name).reason for name in (A, B)] == [
        "absent_after_elevation",
        "absent_from_complete_list",
    ]
    (cohort,) = [row for row in cohorts(told.companies, 2025) if row.batch == 4]
    assert (cohort.due, cohort.passed, cohort.removed, cohort.elevated) == (3, 1, 1, 1)
    assert cohort.removal_rate == 0.5


def since(told: Told, name: str) -> tuple[date | None, date | None, date | None, int | None]:
    one = told.company(name)
    return one.first_designated, one.held_since, one.term_since, one.next_review_year


def test_since_when_says_three_things() -> None:
    told = Told(designation("b3", 3, A, B, C, on="2021-07-19", source=MIIT))
    told.tell(review("r-24", 2024, A, on="2024-09-17", source=MIIT), day("2025-01-01"))
    first = date(2021, 7, 19)
    assert since(told, A) == (first, first, date(2024, 9, 17), 2027)
    assert since(told, B) == (first, None, None, None)
    outcome = told.tell(designation("b7", 7, A, B, on="2025-10-20", authority="ZJ"))
    again = date(2025, 10, 20)
    assert since(told, A) == (first, first, again, 2028)
    assert since(told, B) == (first, again, again, 2028)
    told_of = [(change.first_designated, change.held_since, change.term_since) for change in outcome.changes]
    assert told_of == [since(told, change.name)[:3] for change in outcome.changes]


def test_a_year_without_review_data_that_was_passed_is_no_interruption() -> None:
    told = Told(designation("b4", 4, A, on="2022-08-08", authority="ZJ"), day("2026-01-02"))
    assert since(told, A) == (date(2022, 8, 8), None, None, None)
    told.tell(review("r-25", 2025, A, on="2026-02-01", authority="ZJ"))
    assert since(told, A) == (date(2022, 8, 8), date(2022, 8, 8), date(2026, 2, 1), 2028)


def test_a_designation_that_was_withdrawn_is_not_the_first() -> None:
    told = Told(notice("b4-n", 4, A, authority="ZJ"), designation("b4", 4, authority="ZJ", complete=True))
    told.tell(designation("b7", 7, A, on="2025-10-20", authority="ZJ"))
    assert since(told, A)[:2] == (date(2025, 10, 20), date(2025, 10, 20))
