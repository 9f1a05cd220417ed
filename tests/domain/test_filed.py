"""Ratings as filed, held against sums over families by exact fractions (X-03 … X-17)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.exposure import METHODOLOGIES
from giants.domain.filed import (
    AsFiled,
    DatedFamily,
    as_filed,
    ends_of_years,
    filed_methodology,
    plausible,
    undated,
)
from giants.domain.taxonomy import Taxonomy
from schemas.facts import TaxonomyVersion
from tests.oracles import exposure as oracle

TAXONOMY = Taxonomy.compile(
    TaxonomyVersion.model_validate(
        {
            "taxonomy": "test",
            "version": 1,
            "technologies": [
                {"id": "optical", "name": "Optical", "cpc": ["H04B10/00", "H01S5/00"]},
                {"id": "photonic", "name": "Photonic", "cpc": ["H01S5/00", "G01J1/42"]},
                {"id": "radar", "name": "Radar", "cpc": ["G01S13/00"]},
            ],
        }
    )
)
# What each symbol belongs to, told without the product.
OF_SYMBOL = {
    "H04B10/2519": {"optical"},
    "H01S5/02": {"optical", "photonic"},
    "G01J1/42": {"photonic"},
    "G01J1/44": set(),
    "G01S13/88": {"radar"},
    "A01B1/00": set(),
    "H04B1/00": set(),
}
DAYS = st.dates(date(2010, 1, 1), date(2016, 12, 31))
FAMILIES = st.lists(
    st.builds(
        DatedFamily,
        st.none() | DAYS,
        st.sets(st.sampled_from(sorted(OF_SYMBOL)), max_size=4).map(lambda some: tuple(sorted(some))),
    ),
    max_size=60,
)


def expected(families: list[DatedFamily], day: date, methodology: str) -> dict[str, object]:
    """What is filed by a day, family by family."""
    filed = [one for one in families if one.filed_on is not None and one.filed_on <= day]
    classified = sum(1 for one in filed if one.symbols)
    instances = sum(len(one.symbols) for one in filed)
    evidence = oracle.evidence(methodology, len(filed), classified)
    pairs = {}
    for technology in ("optical", "photonic", "radar"):
        matching = sum(technology in OF_SYMBOL[symbol] for one in filed for symbol in one.symbols)
        if matching:
            rating = oracle.rated(matching, instances, evidence)
            pairs[technology] = (matching, None if rating is None else tuple(rating))
    return {
        "families": (len(filed), classified, instances),
        "confidence": float(oracle.confidence(evidence)),
        "pairs": pairs,
    }


def told(found: AsFiled) -> dict[str, object]:
    return {
        "families": (found.families, found.classified, found.instances),
        "confidence": pytest.approx(found.confidence, abs=1e-12),
        "pairs": {
            technology: (
                pair.matching,
                None
                if pair.rating is None
                else (pytest.approx(pair.rating.score), pair.rating.band, pair.rating.profile),
            )
            for technology, pair in found.pairs.items()
        },
    }


@pytest.mark.parametrize("methodology", sorted(METHODOLOGIES))
@given(families=FAMILIES, days=st.lists(DAYS, min_size=1, max_size=4))
def test_ratings_as_filed_are_those_of_the_families_filed_by_the_day(
    methodology: str, families: list[DatedFamily], days: list[date]
) -> None:
    found = as_filed(families, days, TAXONOMY, METHODOLOGIES[methodology])
    assert [one.on for one in found] == sorted(set(days))
    for one in found:
        assert told(one) == expected(families, one.on, methodology)


@given(families=FAMILIES, day=DAYS, data=st.data())
def test_what_is_filed_later_and_in_which_order_changes_nothing(
    families: list[DatedFamily], day: date, data: st.DataObject
) -> None:
    (before,) = as_filed(families, [day], TAXONOMY)
    later = [DatedFamily(day + timedelta(days=1), ("G01S13/88",)), DatedFamily(None, ("G01S13/88",))]
    assert as_filed(data.draw(st.permutations(families + later)), [day], TAXONOMY) == [before]


def test_a_family_of_the_day_itself_counts() -> None:
    families = [DatedFamily(date(2022, 12, 31), ("G01S13/88",)), DatedFamily(date(2023, 1, 1), ("A01B1/00",))]
    (end_of_2022,) = as_filed(families, [date(2022, 12, 31)], TAXONOMY)
    assert (end_of_2022.families, end_of_2022.pairs["radar"].alignment) == (1, 1.0)


def test_a_date_that_cannot_be_is_none() -> None:
    assert plausible(date(1020, 5, 1)) is None
    assert plausible(date(2201, 5, 1)) is None
    assert plausible(date(2020, 5, 1)) == date(2020, 5, 1)
    assert undated([DatedFamily(None, ()), DatedFamily(date(2020, 5, 1), ())]) == 1


def test_years_begin_with_the_first_filing_and_end_with_the_day() -> None:
    families = [DatedFamily(date(2020, 5, 1), ()), DatedFamily(None, ()), DatedFamily(date(2022, 5, 1), ())]
    assert ends_of_years(families, date(2022, 6, 30)) == [
        date(2020, 12, 31),
        date(2021, 12, 31),
        date(2022, 6, 30),
    ]
    assert ends_of_years(families, date(2020, 5, 1)) == [date(2020, 5, 1)]
    assert ends_of_years(families, date(2020, 4, 30)) == []
    assert ends_of_years([], date(2022, 6, 30)) == []


def test_the_methodology_names_both_rules() -> None:
    assert filed_methodology(METHODOLOGIES["exposure-2"]) == "filed-1+exposure-2"
