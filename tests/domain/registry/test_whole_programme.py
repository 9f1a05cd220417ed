"""The whole programme at its published size: the totals that the ministry tells, whatever the order."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from random import Random

import pytest

from giants.demo.programme import DESIGNATED, programme
from giants.domain.cohorts import cohorts
from giants.domain.lifecycle import batch_year
from giants.domain.registry import Recomputation, Registry, recompute_all
from schemas.changes import CompanySnapshot
from schemas.facts import Announcement, Day, ProgrammeFact, Review
from tests.domain.registry.build import PLACE

SEED = 20_251_231


@pytest.fixture(scope="module")
def facts() -> list[ProgrammeFact]:
    return list(programme(SEED))


@pytest.fixture(scope="module")
def state(facts: list[ProgrammeFact]) -> Iterator[Recomputation]:
    state = recompute_all(facts)
    # A million objects that stay: the collector need not look at them again with every fold.
    gc.freeze()
    yield state
    gc.unfreeze()


@pytest.fixture(scope="module")
def companies(state: Recomputation) -> list[CompanySnapshot]:
    return list(state.snapshots().values())


def bytes_of(of: Recomputation | Registry) -> dict[str, str]:
    return {id_: one.model_dump_json() for id_, one in of.snapshots().items()}


def fold(facts: Iterable[ProgrammeFact]) -> Registry:
    registry = Registry()
    for fact in facts:
        registry.replay(fact, PLACE)
    return registry


def with_revisions(facts: Sequence[ProgrammeFact], random: Random) -> list[ProgrammeFact]:
    """The same facts, and of every third list an earlier revision that lacks half of its names."""
    mixed = list(facts)
    for fact in facts:
        if isinstance(fact, Announcement) and random.random() < 1 / 3:
            mixed.append(fact.model_copy(update={"revision": 0, "entries": fact.entries[::2]}))
        if isinstance(fact, Review) and random.random() < 1 / 3:
            mixed.append(fact.model_copy(update={"revision": 0, "passed": fact.passed[::2]}))
    return mixed


def test_17590_companies_are_active_at_the_end_of_2025(companies: list[CompanySnapshot]) -> None:
    active = [company for company in companies if company.status == "active"]
    assert len(active) == 17_590
    assert {company.status for company in companies} == {"active", "inactive"}


def test_14691_companies_were_active_at_the_end_of_2024(
    companies: list[CompanySnapshot], state: Recomputation
) -> None:
    turns = (state.as_of(company.company_id, date(2024, 12, 31)) for company in companies)
    assert sum(turn is not None and turn.status == "active" for turn in turns) == 14_691


def test_every_cohort_has_its_published_size_and_the_second_lost_38_percent(
    companies: list[CompanySnapshot],
) -> None:
    rows = {(row.batch, row.review_year): row for row in cohorts(companies, 2028)}
    assert {key: row.due for key, row in rows.items()} == {
        (1, 2022): 248,
        (2, 2023): 1_744,
        (3, 2024): 2_930,
        (4, 2025): 4_357,
        (1, 2025): 142,
        (5, 2026): 3_671,
        (2, 2026): 1_079,
        (6, 2027): 3_012,
        (3, 2027): 2_430,
        (7, 2028): 3_482,
        (4, 2028): rows[4, 2025].passed,
        (1, 2028): rows[1, 2025].passed,
    }
    assert rows[4, 2025].passed + rows[1, 2025].passed == 3_916
    assert (rows[2, 2023].passed, rows[2, 2023].removed) == (1_079, 665)
    assert rows[2, 2023].removal_rate == pytest.approx(0.381, abs=0.0005)


def test_the_targets_of_data_quality_are_met(companies: list[CompanySnapshot]) -> None:
    """Unknown < 3 % (S-08), attribution from batch 4 on > 99.5 % (P-14), corrections < 0.1 % (N-04)."""
    reviewed = [company for company in companies if company.reviews]
    assert sum(company.status == "unknown" for company in reviewed) < 0.03 * len(reviewed)
    late = [one for company in companies for one in company.designations if one.batch >= 4 and one.confirmed]
    assert sum(one.authority is not None for one in late) > 0.995 * len(late)
    early = [one for company in companies for one in company.designations if one.batch <= 3]
    assert all(one.authority is None for one in early)
    corrected = [company for company in companies if any(use.cause == "correction" for use in company.names)]
    assert 0 < len(corrected) < 0.001 * len(companies)


def test_designations_add_up(companies: list[CompanySnapshot]) -> None:
    confirmed = [one for company in companies for one in company.designations if one.confirmed]
    assert len(confirmed) == sum(DESIGNATED.values()) == 19_444
    assert len(companies) > 19_000


def test_the_fold_in_order_equals_the_batch_computation(
    facts: list[ProgrammeFact], state: Recomputation
) -> None:
    registry = fold(facts)
    assert bytes_of(registry) == bytes_of(state)
    assert registry.assignments() == state.assignments()
    assert registry.findings() == state.findings() == ()


def test_what_is_marked_as_old_news_gives_the_same_bytes(
    facts: list[ProgrammeFact], state: Recomputation
) -> None:
    marked = [fact if isinstance(fact, Day) else fact.model_copy(update={"backfill": True}) for fact in facts]
    registry = fold(marked)
    assert bytes_of(registry) == bytes_of(state)
    assert sum(one.status == "active" for one in registry.snapshots().values()) == 17_590


def test_random_order_twice_with_revisions_and_stages_mixed_gives_the_same_bytes(
    facts: list[ProgrammeFact], state: Recomputation
) -> None:
    random = Random(SEED)
    mixed = with_revisions(facts, random) * 2
    random.shuffle(mixed)
    registry = fold(mixed)
    assert bytes_of(registry) == bytes_of(state)
    assert registry.assignments() == state.assignments()


def test_batches_1_to_6_after_the_seventh_give_the_same_bytes(
    facts: list[ProgrammeFact], state: Recomputation
) -> None:
    first_day_of_the_seventh = date(batch_year(7), 1, 1)

    def is_of_the_last_year(fact: ProgrammeFact) -> bool:
        return isinstance(fact, Announcement | Review) and fact.published_on >= first_day_of_the_seventh

    registry = fold(sorted(facts, key=lambda fact: not is_of_the_last_year(fact)))
    assert bytes_of(registry) == bytes_of(state)
    assert registry.assignments() == state.assignments()
