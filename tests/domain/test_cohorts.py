"""Cohorts, retention and authorities from snapshots (S-05, S-11)."""

from collections.abc import Iterable

from giants.demo.programme import programme
from giants.domain.cohorts import Cohort, by_authority, cohorts, retention
from giants.domain.registry import recompute_all
from schemas.facts import ProgrammeFact
from tests.domain.registry.build import day, designation, review

NAMES = tuple(f"{place}安奥轴承有限公司" for place in ("杭州", "温州", "嘉兴", "湖州", "绍兴"))


def rows(facts: Iterable[ProgrammeFact], through_year: int) -> dict[tuple[int, int], Cohort]:
    found = cohorts(recompute_all(facts).snapshots().values(), through_year)
    return {(row.batch, row.review_year): row for row in found}


def test_every_kind_of_outcome_is_counted_once() -> None:
    facts: list[ProgrammeFact] = [
        designation("b4", 4, *NAMES, authority="ZJ"),
        review("r-25", 2025, NAMES[0], NAMES[1], failed=[(NAMES[2], None)], authority="ZJ", complete=False),
        designation("b7", 7, NAMES[3], on="2025-11-30", authority="ZJ"),
        day("2025-12-31"),
    ]
    row = rows(facts, 2025)[4, 2025]
    assert (row.due, row.passed, row.removed, row.pending, row.unknown) == (5, 2, 1, 2, 0)
    assert row.renominated == 1
    assert row.passes_before == 0
    assert row.removal_rate == 1 / 3
    row = rows([*facts, day("2026-01-01")], 2025)[4, 2025]
    assert (row.due, row.pending, row.unknown) == (5, 0, 2)


def test_a_rate_needs_an_outcome() -> None:
    row = rows([designation("b4", 4, *NAMES, authority="ZJ"), day("2025-03-01")], 2025)[4, 2025]
    assert (row.pending, row.removal_rate) == (5, None)


def test_reviews_to_come_are_expected_of_those_that_can_still_pass_them() -> None:
    facts: list[ProgrammeFact] = [
        designation("b4", 4, *NAMES, authority="ZJ"),
        review("r-25", 2025, *NAMES[:3], authority="ZJ"),
    ]
    found = rows(facts, 2031)
    assert {key: row.expected for key, row in found.items() if row.expected} == {(4, 2028): 3, (4, 2031): 3}
    assert [found[4, year].passes_before for year in (2025, 2028, 2031)] == [0, 1, 2]


def test_a_company_that_is_designated_again_is_reviewed_with_its_new_batch() -> None:
    facts: list[ProgrammeFact] = [
        designation("b2", 2, NAMES[0], authority="ZJ"),
        review("r-23", 2023, authority="ZJ"),
        designation("b5", 5, NAMES[0], authority="ZJ", on="2023-12-01"),
        review("r-26", 2026, NAMES[0], authority="ZJ"),
    ]
    found = rows(facts, 2026)
    assert (found[2, 2023].removed, found[2, 2023].renominated) == (1, 1)
    assert (found[5, 2026].passed, found[5, 2026].passes_before) == (1, 0)


def test_review_cohorts_overlap_as_the_programme_says_from_2022_to_2029() -> None:
    facts: list[ProgrammeFact] = [*programme(7, 0.02), designation("b8", 8, *NAMES, authority="ZJ")]
    table: dict[int, set[tuple[int, int]]] = {}
    for batch_number, year in (found := rows(facts, 2029)):
        table.setdefault(year, set()).add((batch_number, found[batch_number, year].passes_before))
    assert table == {
        2022: {(1, 0)},
        2023: {(2, 0)},
        2024: {(3, 0)},
        2025: {(4, 0), (1, 1)},
        2026: {(5, 0), (2, 1)},
        2027: {(6, 0), (3, 1)},
        2028: {(7, 0), (4, 1), (1, 2)},
        2029: {(8, 0), (5, 1), (2, 2)},
    }


def test_a_retention_curve_tells_a_title_kept_from_a_title_won_back() -> None:
    facts: list[ProgrammeFact] = [
        designation("b2", 2, *NAMES, authority="ZJ"),
        review("r-23", 2023, *NAMES[:2], authority="ZJ"),
        designation("b6", 6, NAMES[4], authority="ZJ"),
        day("2024-12-31"),
    ]
    curve = [
        point for point in retention(recompute_all(facts).snapshots().values(), 2024) if point.batch == 2
    ]
    assert [(point.year, point.designated, point.kept, point.active) for point in curve] == [
        (2020, 5, 5, 5),
        (2021, 5, 5, 5),
        (2022, 5, 5, 5),
        (2023, 5, 2, 2),
        (2024, 5, 2, 3),
    ]
    assert curve[-1].kept_share == 0.4


def test_companies_are_counted_by_authority_and_status() -> None:
    facts: list[ProgrammeFact] = [
        designation("b4-zj", 4, *NAMES[:2], authority="ZJ"),
        review("r-25", 2025, NAMES[0], authority="ZJ"),
        designation("b4-js", 4, NAMES[2], authority="JS"),
        designation("b7", 7, NAMES[3]),
        day("2026-01-01"),
    ]
    found = [
        (row.authority, row.active, row.inactive, row.unknown, row.companies)
        for row in by_authority(recompute_all(facts).snapshots().values())
    ]
    assert found == [("ZJ", 1, 1, 0, 2), (None, 1, 0, 0, 1), ("JS", 0, 0, 1, 1)]
