"""Portfolios in numbers and the chains of their ratings (X-03, X-13, T-08, design invariants 2 and 3)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.events import Delta, Origin
from giants.domain.exposure import METHODOLOGIES
from giants.domain.rating import Rating
from giants.domain.rating_changes import Change
from giants.domain.ratings import CompanyTallies, Ratings
from giants.domain.taxonomy import Taxonomy
from schemas.facts import TaxonomyVersion
from tests.oracles import exposure as oracle

ORIGIN = Origin(1_000)
RADAR, OPTICS, OTHER = "G01S13/88", "H04B10/25", "A01K47/00"
FIELDS: dict[str, Any] = {"radar": "G01S13/00", "optics": "H04B10/00"}


def taxonomy(version: int = 1, **entries: str) -> Taxonomy:
    technologies = [
        {"id": id_, "name": id_, "category": "made up", "cpc": [entry]} for id_, entry in entries.items()
    ]
    return Taxonomy.compile(
        TaxonomyVersion.model_validate({"taxonomy": "test", "version": version, "technologies": technologies})
    )


def ratings() -> Ratings:
    under = Ratings()
    under.adopt(taxonomy(**FIELDS), (1, 0))
    return under


def delta(
    family: str, after: tuple[str, ...] | None, before: tuple[str, ...] | None = None, **changed: Any
) -> Delta:
    cause: dict[str, Any] = {"cause_kind": "family", "cause_ref": f"{family}@1", "origin": ORIGIN}
    values = {"version": 1} | cause | changed
    return Delta(company_id="c", family_id=family, before=before, after=after, **values)


def enter(under: Ratings, count: int, *symbols: str, first: int = 1) -> list[Change]:
    changes = []
    for number in range(first, first + count):
        changes += under.apply_delta(delta(f"f{number}", symbols))
    return changes


def test_a_family_that_enters_counts_once_with_each_of_its_symbols() -> None:
    under = ratings()
    under.apply_delta(delta("f1", (RADAR, OTHER)))
    under.apply_delta(delta("f2", (RADAR,)))
    company = under.companies["c"]
    assert (company.families, company.instances) == (2, 3)
    assert company.tallies == {RADAR: 2, OTHER: 1}
    assert company.matching == {"radar": 2}


def test_a_family_is_classified_while_it_carries_a_symbol() -> None:
    under = ratings()
    for number, (before, after, classified) in enumerate(
        [
            (None, (), 0),
            ((), (RADAR,), 1),
            ((RADAR,), (OPTICS,), 1),
            ((OPTICS,), (), 0),
            ((), None, 0),
            (None, (RADAR, OTHER), 1),
            ((RADAR, OTHER), None, 0),
        ]
    ):
        under.apply_delta(delta("f1", after, before))
        company = under.companies["c"]
        assert company.classified == classified, number
        assert company.families == (after is not None)


def test_by_exposure_2_families_without_symbols_bear_no_evidence() -> None:
    under = ratings()
    (first,) = enter(under, 3, RADAR)
    assert enter(under, 97, first=4) == []
    assert (under.companies["c"].families, under.companies["c"].classified) == (100, 3)
    assert first.current is not None
    assert (first.current.band, first.current.profile) == ("very_weak", "tentative")


def test_by_exposure_1_families_without_symbols_count_for_confidence() -> None:
    under = Ratings(methodology=METHODOLOGIES["exposure-1"])
    under.adopt(taxonomy(**FIELDS), (1, 0))
    enter(under, 3, RADAR)
    last = enter(under, 97, first=4)[-1]
    assert last.current is not None
    assert (last.current.band, last.current.profile) == ("very_strong", "established")
    assert (last.families, last.classified, last.instances) == (39, 3, 3)


def test_a_family_that_leaves_takes_its_instances_with_it() -> None:
    under = ratings()
    under.apply_delta(delta("f1", (RADAR, OTHER)))
    under.apply_delta(delta("f2", (RADAR,)))
    under.apply_delta(delta("f1", None, before=(RADAR, OTHER)))
    company = under.companies["c"]
    assert (company.families, company.instances) == (1, 1)
    assert (company.tallies, company.matching) == ({RADAR: 1}, {"radar": 1})


def test_a_family_that_changes_keeps_its_count_and_moves_only_the_symbols_that_differ() -> None:
    under = ratings()
    under.apply_delta(delta("f1", (RADAR, OTHER)))
    under.apply_delta(delta("f1", (OPTICS, OTHER), before=(RADAR, OTHER)))
    company = under.companies["c"]
    assert (company.families, company.instances) == (1, 2)
    assert company.tallies == {OPTICS: 1, OTHER: 1}
    assert company.matching == {"optics": 1}


def test_a_symbol_of_two_technologies_matches_both_and_is_one_instance() -> None:
    under = Ratings()
    under.adopt(taxonomy(radar="G01S13/00", sensing="G01S13/88"), (1, 0))
    under.apply_delta(delta("f1", (RADAR,)))
    assert under.companies["c"].matching == {"radar": 1, "sensing": 1}
    assert under.companies["c"].instances == 1


def test_the_first_rating_begins_a_chain_with_the_numbers_and_the_cause_of_that_moment() -> None:
    under = ratings()
    (change,) = under.apply_delta(delta("f1", (RADAR, OTHER), cause_ref="f1@7"))
    expected = oracle.rated(1, 2, 1)
    assert expected is not None
    assert change.current is not None
    assert (change.current.band, change.current.profile) == (expected.band, expected.profile)
    assert (change.company_id, change.technology, change.seq, change.previous) == ("c", "radar", 1, None)
    assert (change.families, change.classified, change.instances, change.matching) == (1, 1, 2, 1)
    assert (change.taxonomy_version, change.cause_kind, change.cause_ref) == (1, "family", "f1@7")
    assert change.origin == ORIGIN


def test_a_score_that_moves_inside_its_band_is_not_announced() -> None:
    under = ratings()
    assert len(enter(under, 1, RADAR)) == 1
    assert enter(under, 5, RADAR, first=2) == []
    (change,) = enter(under, 1, RADAR, first=7)  # the first score of at least 20
    assert (change.seq, change.families) == (2, 7)


def test_a_chain_goes_through_each_band_and_its_links_join() -> None:
    under = ratings()
    links = enter(under, 100, RADAR)
    assert [link.seq for link in links] == list(range(1, len(links) + 1))
    assert links[0].previous is None
    assert [link.previous for link in links[1:]] == [link.current for link in links[:-1]]
    reached = [(link.families, str(link.current and link.current.band)) for link in links]
    expected, band, profile = [], None, None
    for families in range(1, 101):
        rating = oracle.rated(families, families, families)
        assert rating is not None
        if (rating.band, rating.profile) != (band, profile):
            band, profile = rating.band, rating.profile
            expected.append((families, band))
    assert reached == expected
    assert reached[-1][1] == "very_strong"


def test_a_pair_that_falls_below_the_floor_ends_with_nothing() -> None:
    under = ratings()
    enter(under, 1, RADAR)
    enter(under, 49, OTHER, first=2)
    assert under.companies["c"].announced["radar"].rating is not None
    (change,) = enter(under, 1, OTHER, first=51)
    assert change.previous is not None
    assert change.current is None
    assert (change.matching, change.instances) == (1, 51)


def test_a_pair_that_matches_nothing_any_more_ends_with_nothing() -> None:
    under = ratings()
    enter(under, 1, RADAR)
    (change,) = under.apply_delta(delta("f1", None, before=(RADAR,)))
    assert (change.technology, change.seq, change.current, change.matching) == ("radar", 2, None, 0)
    enter(under, 1, OTHER)
    assert under.apply_delta(delta("f1", None, before=(OTHER,))) == []


def test_a_pair_that_is_rated_again_goes_on_with_its_old_chain() -> None:
    under = ratings()
    enter(under, 1, RADAR)
    under.apply_delta(delta("f1", None, before=(RADAR,)))
    (change,) = under.apply_delta(delta("f1", (RADAR,)))
    assert (change.seq, change.previous) == (3, None)


def test_changes_of_one_family_come_in_the_order_of_their_technologies() -> None:
    changes = ratings().apply_delta(delta("f1", (RADAR, OPTICS)))
    assert [change.technology for change in changes] == ["optics", "radar"]


def test_without_a_taxonomy_families_are_counted_and_nothing_is_rated() -> None:
    under = Ratings()
    assert under.apply_delta(delta("f1", (RADAR,))) == []
    assert under.companies["c"].tallies == {RADAR: 1}


def test_a_new_taxonomy_recounts_every_company_from_its_tallies() -> None:
    under = Ratings()
    enter(under, 2, RADAR, OTHER)
    for other in ("b", "d", "a"):
        under.companies[other] = CompanyTallies()
    assert under.adopt(taxonomy(3, **FIELDS), (3, 0)) == ["a", "b", "c", "d"]
    (change,) = under.recount("c", "test@3", ORIGIN)
    assert (change.families, change.matching, change.instances) == (2, 2, 4)
    assert (change.technology, change.taxonomy_version) == ("radar", 3)
    assert (change.cause_kind, change.cause_ref) == ("taxonomy", "test@3")


def test_a_new_taxonomy_ends_ratings_of_technologies_that_it_has_no_more() -> None:
    under = ratings()
    enter(under, 1, RADAR)
    under.adopt(taxonomy(2, optics="H04B10/00"), (2, 0))
    (change,) = under.recount("c", "test@2", ORIGIN)
    assert (change.technology, change.current) == ("radar", None)
    assert under.companies["c"].matching == {}


def test_an_older_taxonomy_and_the_one_in_force_change_nothing() -> None:
    under = ratings()
    enter(under, 1, RADAR)
    assert under.adopt(taxonomy(1, optics="H04B10/00"), (1, 0)) == []
    assert under.adopt(taxonomy(1, optics="H04B10/00"), (0, 9)) == []
    assert under.rank == (1, 0)
    under.apply_delta(delta("f2", (RADAR,)))
    assert under.companies["c"].matching == {"radar": 2}


def test_a_company_that_counts_under_the_new_taxonomy_already_is_not_recounted() -> None:
    under = ratings()
    enter(under, 1, RADAR)
    under.companies["done"] = CompanyTallies(counted_under=(2, 0))
    assert under.adopt(taxonomy(2, **FIELDS), (2, 0)) == ["c"]


def test_a_family_after_a_new_taxonomy_is_counted_by_it() -> None:
    under = ratings()
    enter(under, 1, RADAR)
    under.adopt(taxonomy(2, sensing="G01S13/00"), (2, 0))
    under.recount("c", "test@2", ORIGIN)
    under.apply_delta(delta("f2", (RADAR,)))
    assert under.companies["c"].matching == {"sensing": 2}


SYMBOLS = st.sets(st.sampled_from([RADAR, OPTICS, OTHER]), max_size=3).map(lambda some: tuple(sorted(some)))
STEPS = st.lists(st.tuples(st.sampled_from(["f1", "f2", "f3"]), st.none() | SYMBOLS), max_size=25)


@pytest.mark.parametrize("methodology", ["exposure-1", "exposure-2"])
@given(steps=STEPS)
def test_whatever_came_before_counts_are_those_of_the_families_there(
    steps: list[tuple[str, tuple[str, ...] | None]], methodology: str
) -> None:
    under, there = Ratings(methodology=METHODOLOGIES[methodology]), dict[str, tuple[str, ...]]()
    under.adopt(taxonomy(**FIELDS), (1, 0))
    ends: dict[str, Rating | None] = {}
    for family, after in steps:
        before = there.pop(family, None)
        if before is None and after is None:
            continue
        for change in under.apply_delta(delta(family, after, before)):
            assert ends.get(change.technology) == change.previous
            ends[change.technology] = change.current
        if after is not None:
            there[family] = after
    company = under.companies.get("c", CompanyTallies())
    flat = [symbol for symbols in there.values() for symbol in symbols]
    classified = sum(bool(symbols) for symbols in there.values())
    assert (company.families, company.classified, company.instances) == (len(there), classified, len(flat))
    evidence = oracle.evidence(methodology, len(there), classified)
    assert company.tallies == {symbol: flat.count(symbol) for symbol in set(flat)}
    for technology, symbol in (("radar", RADAR), ("optics", OPTICS)):
        rating, end = oracle.rated(flat.count(symbol), len(flat), evidence), ends.get(technology)
        assert (rating and (rating.band, rating.profile)) == (end and (end.band, end.profile))
