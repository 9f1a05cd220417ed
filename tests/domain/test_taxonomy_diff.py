"""What a new taxonomy version would change."""

from hypothesis import given
from hypothesis import strategies as st

from giants.domain.exposure import METHODOLOGIES, METHODOLOGY
from giants.domain.taxonomy import Taxonomy
from giants.domain.taxonomy_diff import (
    EntryDifference,
    Moved,
    Portfolio,
    RatingDifference,
    differences_to,
    entry_differences,
    rating_differences,
    ratings_of,
)
from schemas.facts import TaxonomyVersion, Technology

SYMBOLS = ["G01S13/00", "G01S13/02", "G01S15/00", "H04B10/00", "F03D1/06"]


def taxonomy(number: int, **technologies: list[str]) -> Taxonomy:
    listed = tuple(Technology(id=id_, name=id_, cpc=tuple(cpc)) for id_, cpc in technologies.items())
    return Taxonomy.compile(TaxonomyVersion(taxonomy="t", version=number, technologies=listed))


OLD = taxonomy(1, radar=["G01S13/00"], sonar=["G01S15/00"])


def test_entries_gained_and_lost_are_told_by_technology() -> None:
    new = taxonomy(2, radar=["G01S13/02", "G01S13/88"], optics=["H04B10/00"], sonar=["G01S 15/00"])
    assert entry_differences(OLD, new) == (
        EntryDifference("optics", added=("H04B10/00",), removed=()),
        EntryDifference("radar", added=("G01S13/02", "G01S13/88"), removed=("G01S13/00",)),
    )


def test_a_version_does_not_differ_from_itself() -> None:
    portfolio = Portfolio("c", 5, 5, {"G01S13/02": 5})
    assert entry_differences(OLD, OLD) == ()
    assert list(rating_differences([portfolio], OLD, OLD)) == []


def test_a_rating_appears_another_disappears_and_companies_without_change_are_silent() -> None:
    new = taxonomy(2, optics=["H04B10/00"], sonar=["G01S15/00"])
    changed = Portfolio("changed", 40, 40, {"G01S13/02": 30, "H04B10/25": 20, "F03D1/06": 50})
    same = Portfolio("same", 40, 40, {"G01S15/89": 40})
    assert list(rating_differences([same, changed], OLD, new)) == [
        RatingDifference(
            "changed",
            "optics",
            None,
            ratings_of(changed, new)["optics"],
            gained=(Moved("H04B10/00", 20),),
            families=40,
            classified=40,
        ),
        RatingDifference(
            "changed",
            "radar",
            ratings_of(changed, OLD)["radar"],
            None,
            lost=(Moved("G01S13/00", 30),),
            families=40,
            classified=40,
        ),
    ]


def test_announced_ratings_are_held_against_a_version_that_is_at_hand() -> None:
    new = taxonomy(2, optics=["H04B10/00"], sonar=["G01S15/00"])
    changed = Portfolio("changed", 40, 40, {"G01S13/02": 30, "H04B10/25": 20, "F03D1/06": 50})
    silent = Portfolio("silent", 40, 40, {"G01S15/89": 40})
    announced = {one.company_id: ratings_of(one, OLD) for one in (changed, silent)}
    assert list(differences_to(announced, [changed, silent], new)) == [
        RatingDifference("changed", "optics", None, ratings_of(changed, new)["optics"]),
        RatingDifference("changed", "radar", ratings_of(changed, OLD)["radar"], None),
    ]


def test_a_score_that_moves_inside_its_band_is_no_difference() -> None:
    portfolio = Portfolio("c", 100, 100, {"G01S13/02": 90, "G01S13/88": 2, "F03D1/06": 8})
    new = taxonomy(2, radar=["G01S13/02"], sonar=["G01S15/00"])
    assert ratings_of(portfolio, OLD)["radar"].score > ratings_of(portfolio, new)["radar"].score
    assert list(rating_differences([portfolio], OLD, new)) == []


def test_ratings_are_those_of_the_worked_example() -> None:
    example = Portfolio("gls", 5, 5, {"G01S13/02": 7, "G01S15/00": 2, "F03D1/06": 3})
    ratings = ratings_of(example, OLD)
    assert round(ratings["radar"].score, 2) == 11.48
    assert round(ratings["sonar"].score, 2) == 6.14


def test_below_the_floor_nothing_is_rated() -> None:
    assert ratings_of(Portfolio("c", 51, 51, {"G01S13/02": 1, "F03D1/06": 50}), OLD) == {}
    assert ratings_of(Portfolio("c", 50, 50, {"G01S13/02": 1, "F03D1/06": 49}), OLD).keys() == {"radar"}
    assert ratings_of(Portfolio("c", 0, 0, {}), OLD) == {}


@given(st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 60)), st.integers(1, 120))
def test_differences_are_those_between_the_ratings_before_and_after(
    tallies: dict[str, int], families: int
) -> None:
    new = taxonomy(2, radar=["G01S13/02"], optics=["H04B10/00"])
    portfolio = Portfolio("c", families, families, tallies)
    before, after = ratings_of(portfolio, OLD), ratings_of(portfolio, new)
    told = {
        difference.technology: (difference.before, difference.after)
        for difference in rating_differences([portfolio], OLD, new)
    }
    for technology in ("radar", "sonar", "optics"):
        was, becomes = before.get(technology), after.get(technology)
        same = (was and (was.band, was.profile)) == (becomes and (becomes.band, becomes.profile))
        assert told.get(technology) == (None if same else (was, becomes))


def test_two_methodologies_differ_where_few_families_are_classified() -> None:
    few = Portfolio("few", 100, 3, {"G01S13/02": 3})
    all_of_them = Portfolio("all", 100, 100, {"G01S13/02": 100})
    (found,) = rating_differences([few, all_of_them], OLD, OLD, METHODOLOGY, METHODOLOGIES["exposure-1"])
    assert (found.company_id, found.families, found.classified) == ("few", 100, 3)
    assert found.before is not None
    assert found.after is not None
    assert (found.before.band, found.after.band) == ("very_strong", "very_weak")
    assert (found.gained, found.lost) == ((), ())
