"""What a rating would be by other choices (C-10, X-03, X-11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.events import Delta, Origin
from giants.domain.exposure import rate
from giants.domain.ratings import Ratings
from giants.domain.sensitivity import Choices, PairCounts, dependence_of, is_additional, sensitivity_of
from giants.domain.taxonomy import Taxonomy
from schemas import changes
from schemas.codes import Band
from schemas.facts import TaxonomyVersion
from tests.oracles import exposure as oracle

TAXONOMY = Taxonomy.compile(
    TaxonomyVersion.model_validate(
        {
            "taxonomy": "test",
            "version": 1,
            "technologies": [
                {
                    "id": "packaging",
                    "name": "Packaging",
                    "cpc": ["H01L24/00", "H01L23/31"],
                    "children": {"H01L23/31": ["H01L23/3107", "H01L24/81"]},
                }
            ],
        }
    )
)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("H01L2924/181", True),
        ("Y02E10/50", True),
        ("H01L24/81", False),
        ("G01S13/88", False),
        ("H04L1999/00", False),
        ("H04L2000/00", True),
    ],
)
def test_indexing_codes_and_y_tags_are_additional(symbol: str, expected: bool) -> None:
    assert is_additional(symbol) is expected
    assert oracle.is_additional(symbol) is expected


def test_a_symbol_that_an_entry_takes_itself_is_not_taken_by_children_alone() -> None:
    assert TAXONOMY.by_children_alone("H01L23/3107") == ("packaging",)
    assert TAXONOMY.by_children_alone("H01L24/81") == ()  # of a whole group
    assert TAXONOMY.by_children_alone("H01L23/31") == ()
    assert TAXONOMY.by_children_alone("A01K1/00") == ()


def rated(*families: tuple[str, ...]) -> Ratings:
    ratings = Ratings()
    ratings.adopt(TAXONOMY, (1, 0))
    for number, symbols in enumerate(families):
        ratings.apply_delta(Delta("c", f"f{number}", 1, None, symbols, "family", "f@1", Origin(0)))
    return ratings


def test_a_portfolio_full_of_indexing_codes_is_strong_by_its_plain_codes() -> None:
    indexing = tuple(f"H01L2924/{number}" for number in range(100, 111))
    plain = ("H01L24/16", "H01L24/81", "H01L23/31", "H01L24/13")
    company = rated(*[plain + indexing] * 100).companies["c"]
    counts = company.counts("packaging")
    assert (counts.matching, counts.instances) == (400, 1_500)
    assert (counts.indexing_matching, counts.indexing_instances) == (0, 1_100)
    rating = rate(400, 1_500, 100)
    assert rating is not None
    found = sensitivity_of(counts, 100)
    assert found is not None
    assert rating.band == "moderate"
    assert found.without_indexing == (100, "very_strong")


def test_what_children_alone_match_is_counted_and_leaves_with_its_family() -> None:
    ratings = rated(("H01L23/3107", "H01L24/81"), ("H01L23/3107", "A01K1/00"))
    assert ratings.companies["c"].counts("packaging") == PairCounts(3, 4, 0, 0, 2)
    ratings.apply_delta(
        Delta("c", "f1", 2, ("H01L23/3107", "A01K1/00"), ("Y02E10/50",), "family", "f@2", Origin(0))
    )
    assert ratings.companies["c"].counts("packaging") == PairCounts(2, 3, 0, 1, 1)


def test_a_recount_gives_the_same_numbers_as_counting() -> None:
    families = [("H01L23/3107", "H01L2924/181"), ("H01L24/81",), ("Y02E10/50", "H01L23/31")]
    counted, recounted = rated(*families), Ratings()
    for number, symbols in enumerate(families):
        recounted.apply_delta(Delta("c", f"f{number}", 1, None, symbols, "family", "f@1", Origin(0)))
    recounted.adopt(TAXONOMY, (1, 0))
    recounted.recount("c", "test@1", Origin(0))
    assert recounted.companies["c"].counts("packaging") == counted.companies["c"].counts("packaging")


COUNTS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))


@given(COUNTS, st.integers(0, 100), st.data())
def test_sensitivity_is_what_the_oracle_says(
    parts: tuple[int, int, int, int], families: int, data: st.DataObject
) -> None:
    plain_matching, plain_others, indexing_matching, indexing_others = parts
    matching = plain_matching + indexing_matching
    instances = matching + plain_others + indexing_others
    rating = rate(matching, instances, families)
    rated_pair = Choices(instances, indexing_matching + indexing_others, families).rate(
        matching, indexing_matching, 0
    )
    if rating is None:
        assert rated_pair is None
        return
    assert rated_pair is not None
    assert (*rated_pair.scored, rated_pair.profile) == (rating.score, rating.band, rating.profile)
    children = data.draw(st.integers(0, matching))
    indexing = indexing_matching + indexing_others
    counts = PairCounts(matching, instances, indexing_matching, indexing, children)
    found = sensitivity_of(counts, families)
    assert found is not None
    expected = oracle.sensitivity(matching, instances, families, (indexing_matching, indexing), children)
    for choice in ("without_indexing", "without_children"):
        other = getattr(found, choice)
        shown = None if other is None else {"score": round(other[0], 4), "band": other[1]}
        assert shown == expected[choice]
    assert found.limits_lower == expected["limits_lower"]
    assert found.limits_higher == expected["limits_higher"]


def test_what_a_band_depends_on_is_said_and_nothing_where_it_depends_on_nothing() -> None:
    strong = changes.ScoredBand(score=61.0, band=Band.STRONG)
    firm = changes.Sensitivity(
        without_indexing=strong, without_children=strong, limits_lower=Band.STRONG, limits_higher=Band.STRONG
    )
    assert dependence_of(Band.STRONG, firm) is None
    loose = changes.Sensitivity(
        without_indexing=strong,
        without_children=None,
        limits_lower=Band.MODERATE,
        limits_higher=Band.VERY_WEAK,
    )
    assert dependence_of(Band.MODERATE, loose) == (
        "moderate; strong without indexing codes; unrated without the children of entries; "
        "very weak at limits 5 points higher"
    )
