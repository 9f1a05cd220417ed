"""Made-up programmes: facts like the published ones, the same from the same seed."""

from collections import Counter
from datetime import date
from itertools import islice

import pytest

from giants.demo.programme import DESIGNATED, PASSED, programme
from giants.demo.programme.words import FIRST_SYLLABLES, PLACES, SECOND_SYLLABLES, TRADES
from giants.domain.names import identity_key, normal_form
from giants.domain.registry import Recomputation, recompute_all
from giants.domain.scope import check_title
from schemas.base import AuthorityCode, Stage
from schemas.facts import Announcement, Correction, Day, EnglishIdentity, ProgrammeFact, Rename, Review

SCALE = 0.05


@pytest.fixture(scope="module")
def facts() -> list[ProgrammeFact]:
    return list(programme(11, SCALE))


@pytest.fixture(scope="module")
def state(facts: list[ProgrammeFact]) -> Recomputation:
    return recompute_all(facts)


def test_the_same_seed_gives_the_same_facts_and_another_one_others() -> None:
    first, again, other = (list(islice(programme(seed, 0.01), 60)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_facts_come_in_the_order_of_their_dates(facts: list[ProgrammeFact]) -> None:
    dates = [
        fact.published_on if isinstance(fact, Announcement | Review) else fact.day
        for fact in facts
        if isinstance(fact, Announcement | Review | Day)
    ]
    assert dates == sorted(dates)
    assert dates[-1] == date(2025, 12, 31)


def test_batches_have_their_published_sizes_in_scale(facts: list[ProgrammeFact]) -> None:
    sizes: Counter[int] = Counter()
    for fact in facts:
        if isinstance(fact, Announcement) and fact.batch and fact.stage is Stage.FINAL:
            sizes[fact.batch] += len(fact.entries)
    assert sizes == {batch_: round(count * SCALE) for batch_, count in DESIGNATED.items()}
    passed = Counter[int]()
    for fact in facts:
        if isinstance(fact, Review) and fact.stage is Stage.FINAL:
            passed[fact.review_year] += len(fact.passed)
    assert {year: abs(passed[year] - count * SCALE) <= 2 for year, count in PASSED.items()} == dict.fromkeys(
        PASSED, True
    )


def test_a_programme_of_full_size_is_some_three_hundred_lists() -> None:
    lists = [fact for fact in programme(1, 0.01) if isinstance(fact, Announcement | Review)]
    assert 290 <= len(lists) <= 340
    assert {fact.authority for fact in lists} == {None, *AuthorityCode}
    assert {fact.stage for fact in lists} == set(Stage)


def test_national_lists_name_no_authority_and_every_title_is_in_scope(facts: list[ProgrammeFact]) -> None:
    for fact in facts:
        if isinstance(fact, Announcement | Review):
            assert check_title(fact.source.title or "").in_scope, fact.source.title
        if isinstance(fact, Announcement) and fact.batch:
            assert (fact.authority is None) == (fact.batch <= 3)


def test_no_two_companies_of_a_list_have_one_identity(facts: list[ProgrammeFact]) -> None:
    for fact in facts:
        if isinstance(fact, Announcement):
            assert len({identity_key(entry.name) for entry in fact.entries}) == len(fact.entries)


def test_the_facts_are_of_every_kind_and_give_no_finding(
    facts: list[ProgrammeFact], state: Recomputation
) -> None:
    assert {type(fact) for fact in facts} == {Announcement, Review, Rename, Correction, EnglishIdentity, Day}
    assert state.findings() == ()


def test_names_vary_as_they_do_on_real_lists(state: Recomputation) -> None:
    causes = Counter(use.cause for company in state.snapshots().values() for use in company.names)
    assert set(causes) == {"designation", "rename", "correction", "corporate_form", "listing_difference"}
    changed = sum(len(company.names) > 1 for company in state.snapshots().values())
    assert changed < len(state.snapshots()) / 2


def test_companies_that_lost_their_title_come_back(state: Recomputation) -> None:
    again = [company for company in state.snapshots().values() if len(company.batches) > 1]
    assert again
    assert all(company.status == "active" for company in again)


def test_english_names_are_unambiguous(state: Recomputation) -> None:
    assert any(key.startswith("@") for key in state.assignments())
    spoken = [company.name_en for company in state.snapshots().values() if company.name_en]
    assert len(set(spoken)) == len(spoken)


@pytest.mark.parametrize("words", [FIRST_SYLLABLES, SECOND_SYLLABLES, TRADES])
def test_words_are_distinct_in_both_languages(words: tuple[tuple[str, str], ...]) -> None:
    assert len({zh for zh, _ in words}) == len({en for _, en in words}) == len(words)


def test_every_authority_has_places_of_its_own() -> None:
    assert set(PLACES) == set(AuthorityCode)
    places = [place for of_authority in PLACES.values() for place in of_authority]
    assert len({zh for zh, _ in places}) == len({en for _, en in places}) == len(places)
    assert all(normal_form(zh) == zh for zh, _ in places)
