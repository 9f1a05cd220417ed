"""The lifecycle of a designation, rule by rule (design §2.2)."""

from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.lifecycle import (
    CompanyFacts,
    DesignationFact,
    ElevationFact,
    Evidence,
    Gap,
    GapReason,
    OpenReview,
    ReviewFact,
    ReviewResult,
    RevocationFact,
    StatusHistory,
    batch_year,
    dated,
    status_history,
)
from schemas.base import REVIEW_YEAR_MAX, AuthorityCode, SourceClass, Stage

ZJ = AuthorityCode.ZJ
FINAL, NOTICE = Stage.FINAL, Stage.PUBLIC_NOTICE
MIIT, AUTHORITY, SUPPLEMENTARY = SourceClass.MIIT, SourceClass.AUTHORITY, SourceClass.SUPPLEMENTARY


@dataclass(frozen=True)
class Lists:
    """Complete lists by batch or review year and authority."""

    finals: dict[tuple[int, AuthorityCode | None], Evidence] = field(default_factory=dict)
    reviewed: dict[tuple[int, AuthorityCode | None], Evidence] = field(default_factory=dict)

    def final_designations(self, batch: int, authority: AuthorityCode | None) -> Evidence | None:
        return self.finals.get((batch, authority))

    def reviews(self, review_year: int, authority: AuthorityCode | None) -> Evidence | None:
        return self.reviewed.get((review_year, authority))

    def review_gap(self, review_year: int, authority: AuthorityCode | None) -> Gap | None:
        return None if (review_year, authority) in self.reviewed else Gap(GapReason.NO_LIST)


def evidence(
    on: str, stage: Stage = FINAL, source: SourceClass = AUTHORITY, ref: str | None = None
) -> Evidence:
    return Evidence(source, stage, date.fromisoformat(on), ref or f"list-of-{on}@1")


def designated(
    batch: int,
    on: str,
    authority: AuthorityCode | None = ZJ,
    stage: Stage = FINAL,
    source: SourceClass = AUTHORITY,
) -> DesignationFact:
    return DesignationFact(batch, authority, evidence(on, stage, source))


def reviewed(
    year: int,
    on: str,
    *,
    passed: bool = True,
    reason: str | None = None,
    stage: Stage = FINAL,
    source: SourceClass = AUTHORITY,
    authority: AuthorityCode | None = ZJ,
) -> ReviewFact:
    return ReviewFact(year, passed, reason, authority, evidence(on, stage, source))


def life(
    *facts: DesignationFact | ReviewFact | RevocationFact | ElevationFact,
    lists: Lists | None = None,
    today: str | None = None,
) -> StatusHistory:
    company = CompanyFacts(
        tuple(fact for fact in facts if isinstance(fact, DesignationFact)),
        tuple(fact for fact in facts if isinstance(fact, ReviewFact)),
        tuple(fact for fact in facts if isinstance(fact, RevocationFact)),
        tuple(fact for fact in facts if isinstance(fact, ElevationFact)),
    )
    return status_history(company, lists or Lists(), date.fromisoformat(today) if today else None)


def told(standing: StatusHistory) -> list[tuple[str, str, str]]:
    """(date, kind or calendar, status) of every turn."""
    return [
        (transition.on.isoformat(), transition.kind or "calendar", transition.status.value)
        for transition in standing.transitions
    ]


def now(standing: StatusHistory) -> tuple[str, str, str | None]:
    return standing.now.status.value, standing.now.sub_state.value, standing.act.cause.reason


def outcomes(standing: StatusHistory) -> list[tuple[int, str]]:
    return [
        (one.review_year, one.verdict.value if isinstance(one, ReviewResult) else "open")
        for one in standing.reviews
    ]


B4 = designated(4, "2022-08-08")


def test_batches_are_of_consecutive_years_from_2019() -> None:
    assert [batch_year(batch) for batch in (1, 4, 8)] == [2019, 2022, 2026]


def test_a_company_is_active_and_new_within_its_term() -> None:
    standing = life(B4, today="2024-12-31")
    assert now(standing) == ("active", "new", None)
    assert standing.next_review_year == 2025
    assert standing.wakes_on == date(2025, 1, 1)
    assert told(standing) == [("2022-08-08", "designated", "active")]


def test_in_its_review_year_it_stays_active_with_the_review_pending() -> None:
    standing = life(B4, today="2025-01-01")
    assert now(standing) == ("active", "review_pending", None)
    assert standing.act.on == date(2022, 8, 8)
    assert outcomes(standing) == [(2025, "open")]
    assert standing.wakes_on == date(2026, 1, 1)


def test_a_pass_renews_it_for_three_years() -> None:
    standing = life(B4, reviewed(2025, "2025-10-20"))
    assert now(standing) == ("active", "maintained", None)
    assert standing.next_review_year == 2028
    assert outcomes(standing) == [(2025, "passed")]


@pytest.mark.parametrize("reason", [None, "focus_mismatch"])
def test_a_failure_ends_it_with_its_reason(reason: str | None) -> None:
    standing = life(B4, reviewed(2025, "2025-10-20", passed=False, reason=reason))
    assert now(standing) == ("inactive", "lapsed", reason or "failed_review")
    assert standing.next_review_year is None
    assert standing.wakes_on is None


def test_absence_from_a_complete_list_ends_it_whatever_day_it_is() -> None:
    lists = Lists(reviewed={(2025, ZJ): evidence("2025-10-20")})
    standing = life(B4, lists=lists)
    assert now(standing) == ("inactive", "lapsed", "absent_from_complete_list")
    assert told(standing)[-1] == ("2025-10-20", "decertified", "inactive")


def test_a_complete_list_of_another_authority_proves_nothing() -> None:
    lists = Lists(reviewed={(2025, AuthorityCode.NB): evidence("2025-10-20")})
    assert now(life(B4, lists=lists, today="2025-12-31")) == ("active", "review_pending", None)


def test_without_proof_it_is_unknown_when_the_year_is_over() -> None:
    standing = life(B4, today="2026-01-01")
    assert now(standing) == ("unknown", "review_pending", "no_review_data")
    assert told(standing)[-1] == ("2026-01-01", "status-unknown", "unknown")
    assert standing.now.cause.cause == "day"


def test_a_list_published_in_the_next_year_ends_the_unknown() -> None:
    standing = life(B4, reviewed(2025, "2026-02-10"))
    assert told(standing) == [
        ("2022-08-08", "designated", "active"),
        ("2025-01-01", "calendar", "active"),
        ("2026-01-01", "status-unknown", "unknown"),
        ("2026-02-10", "review-passed", "active"),
    ]
    assert standing.next_review_year == 2028


def test_a_later_pass_shows_that_an_unknown_company_had_passed() -> None:
    standing = life(B4, reviewed(2028, "2028-09-01"))
    assert now(standing) == ("active", "maintained", None)
    assert outcomes(standing) == [(2025, "open"), (2028, "passed")]


def test_a_later_absence_ends_an_unknown_company() -> None:
    lists = Lists(reviewed={(2028, ZJ): evidence("2028-09-01")})
    assert now(life(B4, lists=lists, today="2028-12-31")) == (
        "inactive",
        "lapsed",
        "absent_from_complete_list",
    )


def test_an_unknown_company_is_not_due_again_in_the_figures() -> None:
    assert outcomes(life(B4, today="2030-01-01")) == [(2025, "open")]
    assert life(B4, today="2030-01-01").wakes_on is None


def test_a_pass_when_no_review_was_due_changes_nothing_and_is_reported() -> None:
    standing = life(B4, reviewed(2024, "2024-09-01"))
    assert now(standing) == ("active", "new", None)
    assert standing.next_review_year == 2025
    assert [dispute.about for dispute in standing.disputes if dispute.is_not_due] == ["review 2024"]


def test_a_later_designation_makes_a_lapsed_company_active_and_restarts_its_clock() -> None:
    standing = life(
        designated(2, "2020-12-01"), reviewed(2023, "2023-07-14", passed=False), designated(7, "2025-10-20")
    )
    assert now(standing) == ("active", "new", None)
    assert standing.next_review_year == 2028
    assert [transition.kind for transition in standing.transitions if transition.kind] == [
        "designated",
        "decertified",
        "renominated",
    ]


def test_a_failure_of_the_old_term_that_comes_after_the_new_designation_changes_nothing() -> None:
    standing = life(B4, designated(7, "2025-09-01"), reviewed(2025, "2025-10-20", passed=False))
    assert now(standing) == ("active", "new", None)
    assert outcomes(standing) == [(2025, "failed")]


def test_a_company_designated_again_before_any_outcome_has_an_open_review_that_ends_with_the_year() -> None:
    facts = (B4, designated(7, "2025-09-01"))
    assert life(*facts, today="2025-12-31").reviews == (
        OpenReview(2025, has_ended=False, gap=Gap(GapReason.NO_LIST)),
    )
    assert life(*facts, today="2025-12-31").wakes_on == date(2026, 1, 1)
    assert life(*facts, today="2026-01-01").reviews == (
        OpenReview(2025, has_ended=True, gap=Gap(GapReason.NO_LIST)),
    )


def test_an_older_batch_that_is_printed_late_restarts_no_clock() -> None:
    standing = life(designated(5, "2023-07-14"), designated(4, "2024-05-01"))
    assert standing.next_review_year == 2026
    assert [term.batch for term in standing.terms] == [4, 5]
    assert [transition.kind for transition in standing.transitions if transition.kind] == ["designated"]


def test_a_revocation_ends_it_at_once_and_a_later_designation_brings_it_back() -> None:
    revoked = RevocationFact("false declaration", evidence("2023-05-05"))
    assert now(life(B4, revoked)) == ("inactive", "revoked", "false declaration")
    assert life(B4, revoked, today="2026-01-01").reviews == ()
    standing = life(B4, revoked, designated(8, "2026-09-01"))
    assert now(standing) == ("active", "new", None)


def test_a_revocation_in_the_review_year_leaves_no_review_open() -> None:
    revoked = RevocationFact(None, evidence("2025-03-05"))
    standing = life(B4, revoked, today="2026-01-01")
    assert told(standing)[1:] == [("2025-01-01", "calendar", "active"), ("2025-03-05", "revoked", "inactive")]
    assert standing.reviews == ()
    assert standing.wakes_on is None


def test_a_revocation_before_the_first_designation_touches_nothing() -> None:
    assert now(life(B4, RevocationFact(None, evidence("2020-01-01")))) == ("active", "new", None)


def test_the_final_list_of_a_revocation_is_not_a_second_one() -> None:
    facts = [
        RevocationFact(None, evidence(on, stage))
        for on, stage in [("2023-05-05", NOTICE), ("2023-06-05", FINAL)]
    ]
    assert [transition.kind for transition in life(B4, *facts).transitions] == ["designated", "revoked"]


def test_an_elevation_is_a_tier_beside_the_status() -> None:
    standing = life(B4, ElevationFact(evidence("2024-03-01")), reviewed(2025, "2025-10-20", passed=False))
    assert standing.now.tier == "single_champion"
    assert now(standing) == ("inactive", "lapsed", "failed_review")
    assert standing.on(date(2024, 2, 1)) is standing.transitions[0]


def test_an_elevation_before_the_designation_is_there_from_the_start() -> None:
    standing = life(B4, ElevationFact(evidence("2021-03-01")))
    assert [(transition.kind, transition.tier) for transition in standing.transitions] == [
        ("designated", "single_champion")
    ]


def test_a_public_notice_alone_is_provisional() -> None:
    standing = life(designated(7, "2025-09-10", stage=NOTICE))
    assert now(standing) == ("active", "new", None)
    assert standing.provisional
    assert standing.terms[0].confirmed is None


def test_a_final_list_confirms_a_notice_and_keeps_its_date() -> None:
    standing = life(designated(7, "2025-09-10", stage=NOTICE), designated(7, "2025-10-20"))
    assert not standing.provisional
    assert standing.terms[0].confirmed is True
    assert standing.terms[0].shown.on == date(2025, 10, 20)
    assert told(standing) == [("2025-09-10", "designated", "active")]


def test_a_complete_final_list_without_the_company_withdraws_a_notice() -> None:
    lists = Lists(finals={(7, ZJ): evidence("2025-10-20")})
    standing = life(designated(7, "2025-09-10", stage=NOTICE), lists=lists)
    assert now(standing) == ("inactive", "lapsed", "not_in_final_list")
    assert standing.terms[0].confirmed is False
    assert told(standing)[-1] == ("2025-10-20", "decertified", "inactive")


def test_a_withdrawn_notice_leaves_an_older_term_as_it_was() -> None:
    lists = Lists(finals={(7, ZJ): evidence("2025-10-20")})
    facts = (designated(6, "2024-09-01"), designated(7, "2025-09-10", stage=NOTICE))
    assert now(life(*facts, lists=lists)) == ("active", "new", None)
    assert life(*facts, lists=lists).next_review_year == 2027


def test_a_pass_on_a_notice_counts_until_the_final_list_says_otherwise() -> None:
    on_notice = reviewed(2025, "2025-09-10", stage=NOTICE)
    assert life(B4, on_notice).provisional
    assert now(life(B4, on_notice)) == ("active", "maintained", None)
    final = Lists(reviewed={(2025, ZJ): evidence("2025-10-20")})
    assert now(life(B4, on_notice, lists=final)) == ("inactive", "lapsed", "absent_from_complete_list")
    notice_only = Lists(reviewed={(2025, ZJ): evidence("2025-09-10", NOTICE)})
    assert now(life(B4, on_notice, lists=notice_only)) == ("active", "maintained", None)


def test_where_sources_contradict_each_other_the_class_decides_and_it_is_reported() -> None:
    standing = life(
        B4,
        reviewed(2025, "2025-10-20", passed=False, source=MIIT),
        reviewed(2025, "2025-11-30", source=AUTHORITY),
    )
    assert now(standing)[0] == "inactive"
    assert [(one.kept, one.set_aside) for one in standing.disputes] == [
        ("list-of-2025-10-20@1", "list-of-2025-11-30@1")
    ]


def test_a_supplementary_pass_does_not_stand_against_a_complete_list_of_the_authority() -> None:
    lists = Lists(reviewed={(2025, ZJ): evidence("2025-10-20")})
    standing = life(B4, reviewed(2025, "2025-12-01", source=SUPPLEMENTARY), lists=lists)
    assert now(standing)[0] == "inactive"
    assert len(standing.disputes) == 1


def test_within_one_class_the_final_list_and_then_the_later_one_decides() -> None:
    notice = reviewed(2025, "2025-12-01", stage=NOTICE)
    final = reviewed(2025, "2025-10-20", passed=False)
    later = reviewed(2025, "2025-11-20")
    assert now(life(B4, notice, final))[0] == "inactive"
    assert life(B4, notice, final).disputes == ()
    assert now(life(B4, final, later))[0] == "active"


def test_a_name_under_both_headings_of_one_list_has_failed() -> None:
    both = reviewed(2025, "2025-10-20"), reviewed(2025, "2025-10-20", passed=False)
    assert now(life(B4, *both))[0] == "inactive"


def test_the_authority_comes_from_the_latest_attribution() -> None:
    national = designated(3, "2021-09-14", authority=None, source=MIIT)
    assert life(national).authority is None
    assert life(national, reviewed(2024, "2024-09-01")).authority is ZJ
    moved = reviewed(2024, "2024-09-01", authority=AuthorityCode.SH)
    assert life(designated(3, "2021-09-14"), moved).authority is AuthorityCode.SH


def test_a_company_of_no_known_authority_is_absent_only_by_lists_that_could_hold_it() -> None:
    national = designated(3, "2021-09-14", authority=None, source=MIIT)
    only_one = Lists(reviewed={(2024, ZJ): evidence("2024-09-01")})
    assert now(life(national, lists=only_one, today="2025-01-01"))[0] == "unknown"
    everywhere = Lists(reviewed={(2024, None): evidence("2024-09-20")})
    assert now(life(national, lists=everywhere))[0] == "inactive"


def test_an_archive_copy_is_dated_into_its_term() -> None:
    assert dated(date(2026, 5, 1), 2020) == date(2020, 12, 31)
    assert dated(date(2018, 5, 1), 2020) == date(2020, 1, 1)
    assert dated(date(2022, 12, 31), 2020) == date(2022, 12, 31)
    standing = life(designated(2, "2026-05-01", source=SUPPLEMENTARY))
    assert told(standing) == [("2020-12-31", "designated", "active")]


@pytest.mark.parametrize("last", ["2025-12-31", "9999-12-31"])
def test_every_date_that_a_list_can_carry_is_survived(last: str) -> None:
    standing = life(B4, RevocationFact(None, evidence(last)), designated(60, last), today=last)
    assert standing.next_review_year is None or standing.next_review_year <= REVIEW_YEAR_MAX


def test_a_company_without_a_designation_is_refused() -> None:
    with pytest.raises(ValueError, match="without a designation"):
        life(reviewed(2025, "2025-10-20"))


def test_the_status_on_any_past_day_can_be_asked() -> None:
    standing = life(B4, reviewed(2025, "2025-10-20", passed=False), today="2026-06-01")
    assert standing.on(date(2022, 8, 7)) is None
    statuses = [
        transition.sub_state
        for on in ("2022-08-08", "2025-06-01", "2025-10-20")
        if (transition := standing.on(date.fromisoformat(on)))
    ]
    assert statuses == ["new", "review_pending", "lapsed"]


days = st.dates(date(2019, 1, 1), date(2034, 12, 31))
stages, classes = st.sampled_from(Stage), st.sampled_from(SourceClass)
evidences = st.builds(Evidence, classes, stages, days, st.sampled_from(["a@1", "b@1", "c@1"]))
authorities = st.sampled_from([None, ZJ])
some_facts = st.builds(
    CompanyFacts,
    st.lists(
        st.builds(DesignationFact, st.integers(1, 8), authorities, evidences), min_size=1, max_size=4
    ).map(tuple),
    st.lists(
        st.builds(ReviewFact, st.integers(2022, 2030), st.booleans(), st.none(), authorities, evidences),
        max_size=4,
    ).map(tuple),
    st.lists(st.builds(RevocationFact, st.none(), evidences), max_size=2).map(tuple),
    st.lists(st.builds(ElevationFact, evidences), max_size=2).map(tuple),
)
some_lists = st.builds(
    Lists,
    st.dictionaries(st.tuples(st.integers(1, 8), authorities), evidences, max_size=3),
    st.dictionaries(st.tuples(st.integers(2022, 2030), authorities), evidences, max_size=4),
)


@given(some_facts, some_lists, days)
def test_a_life_is_in_order_and_always_has_exactly_one_status(
    facts: CompanyFacts, lists: Lists, today: date
) -> None:
    standing = status_history(facts, lists, today)
    assert [transition.on for transition in standing.transitions] == sorted(
        transition.on for transition in standing.transitions
    )
    assert standing.transitions[0].kind == "designated"
    for before, after in zip(standing.transitions, standing.transitions[1:], strict=False):
        assert before.status is not after.status or after.kind in {
            None,
            "renominated",
            "review-passed",
            "elevated",
            "revoked",
            "decertified",
        }
    assert standing.wakes_on is None or standing.wakes_on > today


@given(some_facts, some_lists, days, days)
def test_waiting_only_adds_to_a_life(facts: CompanyFacts, lists: Lists, one: date, other: date) -> None:
    earlier, later = (
        status_history(facts, lists, min(one, other)),
        status_history(facts, lists, max(one, other)),
    )
    assert later.transitions[: len(earlier.transitions)] == earlier.transitions
    if earlier.wakes_on is None or earlier.wakes_on > max(one, other):
        assert later == earlier


@given(st.data(), some_facts, some_lists, days)
def test_the_order_of_facts_makes_no_difference(
    data: st.DataObject, facts: CompanyFacts, lists: Lists, today: date
) -> None:
    mixed = CompanyFacts(
        tuple(data.draw(st.permutations(facts.designations))),
        tuple(data.draw(st.permutations(facts.reviews))),
        tuple(data.draw(st.permutations(facts.revocations))),
        tuple(data.draw(st.permutations(facts.elevations))),
    )
    one, other = status_history(facts, lists, today), status_history(mixed, lists, today)
    assert replace(one, disputes=()) == replace(other, disputes=())
    assert set(one.disputes) == set(other.disputes)
