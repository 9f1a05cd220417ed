"""Signals before reviews against outcomes: what was put in is found, and nothing else, without leakage."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from math import comb, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.demo.portfolios import OTHER_GROUPS, Portfolios
from giants.demo.programme import programme
from giants.domain.filed import DatedFamily
from giants.domain.prediction import Cases, ReviewCase, Settled, SignalName, cases_of, settled_reviews
from giants.domain.prediction.measures import LOST_MIN, Measure, measures_of, share_of
from giants.domain.registry import recompute_all
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy

TAXONOMY = Taxonomy.compile(shipped_taxonomy())
SEED, SCALE, FAMILIES = 11, 0.06, 40_000
TURNED_BEFORE_YEARS = 3
TURNED_SHARE = {True: 0.6, False: 0.05}  # of those that lost the title, of those that passed
RADAR, NOTHING = ("G01S13/88", "G01S7/02"), ("A47B13/00", "F16K31/06")

Companies = dict[str, tuple[tuple[Settled, ...], list[DatedFamily]]]


@cache
def made_up() -> Companies:
    """The companies of the made-up programme with their settled reviews and portfolios."""
    snapshots = recompute_all(list(programme(SEED, SCALE))).snapshots()
    names = {snapshot.name: id_ for id_, snapshot in snapshots.items()}
    companies: Companies = {
        id_: (tuple(settled_reviews((r.review_year, r.outcome, r.reason) for r in one.reviews)), [])
        for id_, one in snapshots.items()
    }
    for family in Portfolios(sorted(names), FAMILIES, shipped_taxonomy(), SEED):
        for name in family.assignees:
            companies[names[name]][1].append(DatedFamily(family.filed_on, family.cpc))
    return companies


def planted(companies: Companies) -> Companies:
    """Let most of those that lose a title file outside of every technology in the years before."""
    random = Random(SEED)
    changed: Companies = {}
    for id_, (reviews, families) in sorted(companies.items()):
        turned = next((one for one in reviews if random.random() < TURNED_SHARE[one.lost]), None)
        since = date(turned.review_year - TURNED_BEFORE_YEARS, 1, 1) if turned else date.max
        changed[id_] = (
            reviews,
            [
                DatedFamily(one.filed_on, (f"{random.choice(OTHER_GROUPS)}/00",))
                if one.filed_on is not None and one.filed_on >= since
                else one
                for one in families
            ],
        )
    return changed


def cases(companies: Companies) -> Cases:
    return cases_of(((id_, *rest) for id_, rest in sorted(companies.items())), TAXONOMY)


def by_signal(found: Iterable[Measure]) -> Mapping[SignalName, Measure]:
    return {one.signal: one for one in found}


def test_on_the_made_up_programme_nothing_stands_out_where_nothing_was_put_in() -> None:
    measures = measures_of(cases(made_up()).cases)
    assert measures.enough
    assert measures.lost.part > 50
    for one in measures.signals:
        assert not one.stands_out
        assert one.lift.low is None or one.lift.low <= 1 <= (one.lift.high or 0)


def test_on_the_made_up_programme_what_was_put_in_is_found() -> None:
    measures = measures_of(cases(planted(made_up())).cases)
    found = by_signal(measures.signals)
    drift = found[SignalName.FOCUS_DRIFT]
    assert drift.stands_out
    assert drift.lift.low is not None
    assert drift.lift.low > 1
    assert drift.recall.share is not None
    assert drift.passed_with.share is not None
    assert drift.recall.share > 3 * drift.passed_with.share
    # Filings went on: silence was not put in, and is not found.
    assert not found[SignalName.FILINGS_DRYING_UP].stands_out
    assert not found[SignalName.LOW_CONFIDENCE].stands_out


def company(*families: tuple[str, tuple[str, ...], int]) -> list[DatedFamily]:
    return [
        DatedFamily(date.fromisoformat(day), symbols)
        for day, symbols, times in families
        for _ in range(times)
    ]


DRIFTED = company(("2018-05-01", RADAR, 30), ("2022-05-01", NOTHING, 30))
LOST_IN_2024 = Settled(2024, lost=True, passed_before=False)


def signals_of_one(families: list[DatedFamily], review: Settled = LOST_IN_2024) -> frozenset[SignalName]:
    (case,) = cases_of([("c", (review,), families)], TAXONOMY).cases
    return case.signals


def test_a_turn_away_shows_as_drift() -> None:
    assert SignalName.FOCUS_DRIFT in signals_of_one(DRIFTED)
    assert SignalName.FOCUS_DRIFT not in signals_of_one(
        company(("2018-05-01", RADAR, 30), ("2022-05-01", RADAR, 30))
    )


def test_a_band_that_fell_and_a_portfolio_out_of_every_technology_show() -> None:
    fell = company(("2018-05-01", RADAR, 120), ("2022-05-01", NOTHING, 600))
    assert SignalName.BAND_FELL in signals_of_one(fell)
    assert SignalName.UNRATED in signals_of_one(company(("2018-05-01", NOTHING, 50)))
    small = signals_of_one(company(("2018-05-01", RADAR, 3)))
    assert small == {SignalName.LOW_CONFIDENCE}


def test_silence_and_strength_show() -> None:
    silent = company(*((f"{year}-05-01", RADAR, 3) for year in range(2014, 2019)))
    assert SignalName.FILINGS_DRYING_UP in signals_of_one(silent)
    strong = company(*((f"{year}-05-01", RADAR, 20) for year in range(2014, 2024)))
    passed = replace(LOST_IN_2024, passed_before=True)
    assert SignalName.ELEVATION_CANDIDATE in signals_of_one(strong, passed)
    assert SignalName.ELEVATION_CANDIDATE not in signals_of_one(strong)


LATER = st.lists(
    st.builds(
        DatedFamily,
        st.integers(0, 900).map(lambda days: date(2024, 1, 1) + timedelta(days)),
        st.sampled_from((RADAR, NOTHING, ())),
    ),
    max_size=40,
)


@given(later=LATER, families=st.sampled_from((DRIFTED, company(("2018-05-01", RADAR, 40)))))
def test_nothing_of_the_review_year_or_later_counts(
    later: list[DatedFamily], families: list[DatedFamily]
) -> None:
    assert signals_of_one(families + later) == signals_of_one(families)


def test_later_reviews_do_not_change_an_earlier_case() -> None:
    first = (2022, "passed", None)
    assert list(settled_reviews([first])) == [Settled(2022, False, False)]
    assert list(settled_reviews([(2025, "absent", None), first])) == [
        Settled(2022, False, False),
        Settled(2025, True, True),
    ]
    # Open, unknown, and left for a higher title: none of them was passed or lost.
    others = [(2022, "unknown", None), (2025, "pending", None), (2028, "absent", "absent_after_elevation")]
    assert list(settled_reviews(others)) == []


def test_reviews_without_families_before_or_with_too_few_dates_are_told_apart() -> None:
    passed = Settled(2024, lost=False, passed_before=False)
    undated = [DatedFamily(None, RADAR)]
    found = cases_of(
        [
            ("none", (LOST_IN_2024,), []),
            ("later", (passed,), company(("2024-01-01", RADAR, 5))),
            ("undated", (LOST_IN_2024,), company(("2018-05-01", RADAR, 8)) + undated),
            ("dated", (passed,), company(("2018-05-01", RADAR, 9)) + undated),
        ],
        TAXONOMY,
    )
    assert [case.company_id for case in found.cases] == ["dated"]
    assert (found.uncovered, found.undated) == ((2, 1), (1, 1))


def case(lost: bool, shown: bool) -> ReviewCase:
    signals = frozenset({SignalName.FOCUS_DRIFT} if shown else ())
    return ReviewCase("c", 2024, lost, signals)


def test_the_numbers_are_those_of_the_four_counts() -> None:
    some = [case(True, True)] * 12 + [case(True, False)] * 8 + [case(False, True)] * 10
    measures = measures_of(some + [case(False, False)] * 70)
    assert (measures.lost.part, measures.lost.whole, measures.tried) == (20, 100, 6)
    assert measures.by_year == ((2024, 100, 20),)
    drift = by_signal(measures.signals)[SignalName.FOCUS_DRIFT]
    assert (drift.precision.part, drift.precision.whole) == (12, 22)
    assert (drift.recall.part, drift.recall.whole) == (12, 20)
    assert (drift.passed_with.part, drift.passed_with.whole) == (10, 80)
    assert drift.lift.value == pytest.approx((12 / 22) / (20 / 100))
    # Fisher by the hypergeometric distribution, both sides.
    ways = [comb(20, k) * comb(80, 22 - k) for k in range(21)]
    p = sum(one for one in ways if one <= ways[12]) / comb(100, 22)
    assert drift.p == pytest.approx(6 * p)
    # Katz's interval of the same ratio, for another way of being about right.
    spread = 1.96 * sqrt(1 / 12 - 1 / 22 + 1 / 20 - 1 / 100)
    assert drift.lift.low == pytest.approx(drift.lift.value / 2.718281828**spread, rel=0.3)
    assert drift.lift.high == pytest.approx(drift.lift.value * 2.718281828**spread, rel=0.3)
    # Of a signal that nobody showed with a lost title the bootstrap would say: exactly none.
    never = by_signal(measures_of([case(True, False)] * 20 + [case(False, True)] * 3).signals)
    lift = never[SignalName.FOCUS_DRIFT].lift
    assert lift.value == 0
    assert lift.high == pytest.approx((share_of(0, 3).high or 0) * 23 / 20)
    assert drift == by_signal(measures_of(some + [case(False, False)] * 70).signals)[SignalName.FOCUS_DRIFT]


@given(st.integers(1, 400).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_shares_have_wilsons_interval(counts: tuple[int, int]) -> None:
    part, whole = counts
    z, share = 1.959963984540054, part / whole
    middle = (share + z**2 / (2 * whole)) / (1 + z**2 / whole)
    half = z * sqrt(share * (1 - share) / whole + z**2 / (4 * whole**2)) / (1 + z**2 / whole)
    found = share_of(part, whole)
    assert found.low == pytest.approx(middle - half, abs=1e-9)
    assert found.high == pytest.approx(middle + half, abs=1e-9)


def test_few_lost_titles_let_nothing_stand_out() -> None:
    lost = [case(True, True)] * (LOST_MIN - 1)
    measures = measures_of(lost + [case(False, False)] * 200)
    drift = by_signal(measures.signals)[SignalName.FOCUS_DRIFT]
    assert drift.p < 1e-9
    assert not measures.enough
    assert not drift.stands_out


def test_without_cases_there_are_no_shares() -> None:
    measures = measures_of([])
    assert (measures.lost.share, measures.enough) == (None, False)
    assert all(one.lift.value is None and one.p == 1.0 for one in measures.signals)
