from typing import Any

import pytest

from giants.domain.frameworks import FRAMEWORKS
from giants.domain.programme import LAST_CYCLE_YEAR, PROGRAMME, Basis, accreditation_cycle, cycle_known_in
from schemas.codes import Tier


def test_every_statement_names_sources_that_are_listed_and_every_source_is_used() -> None:
    named: tuple[Any, ...] = (*PROGRAMME.objectives, *PROGRAMME.tiers, *PROGRAMME.benefits)
    used = {source for said in (*named, *FRAMEWORKS) for source in said.sources} | {
        *PROGRAMME.choke_points_sources,
        *PROGRAMME.cycle_sources,
    }
    assert all(said.sources for said in named)
    assert all(framework.sources for framework in FRAMEWORKS)
    assert used == {source.id for source in PROGRAMME.sources}


def test_ids_are_unique_and_sources_of_others_have_addresses_over_the_web() -> None:
    for group in (PROGRAMME.sources, PROGRAMME.objectives, PROGRAMME.tiers, PROGRAMME.benefits):
        ids = [one.id for one in group]
        assert len(set(ids)) == len(ids)
    assert all(source.url is None or source.url.startswith("http") for source in PROGRAMME.sources)
    assert all(source.url for source in PROGRAMME.sources if source.basis is Basis.OFFICIAL)


def test_texts_are_sentences() -> None:
    texts: tuple[Any, ...] = (*PROGRAMME.objectives, *PROGRAMME.tiers, *PROGRAMME.benefits)
    for said in texts:
        assert said.text[0].isupper()
        assert said.text.endswith(".")


def test_the_ladder_has_three_tiers_and_only_the_top_is_tracked() -> None:
    """P-23, P-24."""
    ladder = [tier for tier in PROGRAMME.tiers if tier.rank is not None]
    assert [(tier.rank, tier.name_zh) for tier in ladder] == [
        (1, "创新型中小企业"),
        (2, "专精特新中小企业"),
        (3, "专精特新“小巨人”企业"),
    ]
    assert [tier.tracked for tier in ladder] == [False, False, True]
    outside = {tier.id: tier.tracked for tier in PROGRAMME.tiers if tier.rank is None}
    assert outside == {"key_little_giant": False, Tier.SINGLE_CHAMPION.value: True}


def test_the_score_of_the_top_tier_is_that_of_the_gate_of_2026() -> None:
    """P-09."""
    (giant,) = (tier for tier in PROGRAMME.tiers if tier.id == "little_giant")
    (gate,) = (gate for gate in FRAMEWORKS[-1].gates if gate.item == "development_score")
    assert giant.score_min == gate.score_min


def test_choke_points_and_benefits_are_those_of_the_catalogue() -> None:
    """P-18, P-25."""
    assert PROGRAMME.choke_points == 1_047
    assert {
        "state_financing",
        "direct_subsidies",
        "regulatory_facilitation",
        "research_collaboration",
    } <= {benefit.id for benefit in PROGRAMME.benefits}


def test_the_cycle_is_that_of_the_catalogue() -> None:
    """S-05: batches that are due, each with the reviews that its firms passed before."""
    found = {
        year.year: [(one.batch, one.passes_before) for one in year.reviewed]
        for year in accreditation_cycle(2022, 2029)
    }
    assert found == {
        2022: [(1, 0)],
        2023: [(2, 0)],
        2024: [(3, 0)],
        2025: [(4, 0), (1, 1)],
        2026: [(5, 0), (2, 1)],
        2027: [(6, 0), (3, 1)],
        2028: [(7, 0), (4, 1), (1, 2)],
        2029: [(8, 0), (5, 1), (2, 2)],
    }


def test_reviews_of_2026_and_its_new_batch_are_judged_by_different_frameworks() -> None:
    (year,) = accreditation_cycle(2026, 2026)
    assert (year.designated, year.designation_framework.id, year.review_framework.id) == (8, "2026", "2022")


@pytest.mark.parametrize(
    ("newest", "last"), [(None, 2029), (2019, 2025), (2025, 2028), (2299, LAST_CYCLE_YEAR)]
)
def test_the_cycle_is_shown_one_term_ahead(newest: int | None, last: int) -> None:
    years = [one.year for one in cycle_known_in(newest)]
    assert years == list(range(2022, last + 1))


@pytest.mark.parametrize(("first", "last"), [(2021, 2025), (2026, 2025), (2026, LAST_CYCLE_YEAR + 1)])
def test_years_without_a_cycle_are_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match=f"got the years {first} to {last}"):
        accreditation_cycle(first, last)
