"""Each signal by its thresholds, and all of them against a computation that keeps nothing."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.events import ProgrammeStatus
from giants.domain.signals import (
    RULES,
    Evidence,
    FiledFamily,
    FocusDrift,
    PortfolioByYear,
    Subject,
    caveats_of,
    sentence_of,
    signals_of,
)
from schemas.codes import Band, Caveat, SignalKind, Status, SubState, Tier
from tests.domain.signals.examples import (
    BOTH,
    NEITHER,
    OPTICAL,
    RADAR,
    SYMBOLS,
    TAXONOMY,
    YEAR,
    filed,
    portfolio,
    standing,
)
from tests.domain.signals.naive import expected_signals

DRIFT = Subject(SignalKind.FOCUS_DRIFT, "radar")
SILENCE = Subject(SignalKind.FILINGS_DRYING_UP, "")
REVIEW = Subject(SignalKind.REVIEW_DUE, "")
RISING = Subject(SignalKind.ELEVATION_CANDIDATE, "optical")

years = st.sampled_from([0, *range(2013, 2029)])
families = st.lists(
    st.builds(
        FiledFamily, years, st.sets(st.sampled_from(SYMBOLS), max_size=3).map(lambda one: tuple(sorted(one)))
    ),
    max_size=60,
)
# Two phases with a focus each, since chance alone seldom drifts or falls silent.
phases = st.builds(
    lambda before, before_count, after, after_count: [
        *[FiledFamily(2016 + number % 6, before) for number in range(before_count)],
        *[FiledFamily(2024 + number % 2, after) for number in range(after_count)],
    ],
    st.sampled_from([(RADAR,), (OPTICAL, RADAR), (BOTH,), (NEITHER,)]),
    st.integers(0, 60),
    st.sampled_from([(OPTICAL,), (NEITHER,), (NEITHER, OPTICAL), (BOTH, NEITHER)]),
    st.integers(0, 40),
)
standings = st.none() | st.builds(
    standing,
    st.sampled_from(Status),
    st.sampled_from(SubState),
    st.none() | st.sampled_from(Tier),
    st.none() | st.integers(2024, 2030),
)


MAINTAINED = standing()


def found(
    counted: PortfolioByYear, year: int = YEAR, state: ProgrammeStatus = MAINTAINED
) -> dict[Subject, Evidence]:
    return signals_of(counted, state, year, TAXONOMY.version)


@given(families | phases, standings, st.sampled_from([0, 2024, 2026, 2027]), st.booleans())
def test_signals_are_what_a_computation_from_all_families_says(
    listed: list[FiledFamily], state: ProgrammeStatus | None, year: int, has_taxonomy: bool
) -> None:
    taxonomy = TAXONOMY if has_taxonomy else None
    expected = expected_signals(listed, state, year, taxonomy)
    signals = signals_of(PortfolioByYear(taxonomy, listed), state, year, TAXONOMY.version)
    assert {tuple(subject): msgspec.to_builtins(one) for subject, one in signals.items()} == expected
    assert list(signals) == sorted(signals)


@given(families, families)
def test_counts_do_not_depend_on_the_way_to_a_portfolio(
    first: list[FiledFamily], second: list[FiledFamily]
) -> None:
    counted = PortfolioByYear(TAXONOMY, first)
    for family in second:
        counted.count(family, +1)
    for family in first:
        counted.count(family, -1)
    fresh = PortfolioByYear(TAXONOMY, second)
    assert (counted.total, counted.by_year) == (fresh.total, fresh.by_year)
    assert Counter(family.year for family in second) == {
        year: filings.families for year, filings in counted.by_year.items()
    }


def test_focus_drifts_when_the_newest_years_hold_at_most_half_of_what_all_hold() -> None:
    before, since = filed([2018] * 30, RADAR), filed([2025] * 10, OPTICAL)
    drift = found(portfolio(before, since))[DRIFT]
    assert "0.0% falls to radar (0 of 10 instances, 10 families)" in sentence_of(drift, "radar")
    assert "75.0% of all filings (30 of 40, 40 families)" in sentence_of(drift, "radar")
    kept = filed([2024] * 6, RADAR)
    assert DRIFT in found(portfolio(before, since, kept))  # 6 of 16 is just half of 36 of 48, at most
    assert DRIFT not in found(portfolio(before, since, kept, kept[:1]))


@pytest.mark.parametrize(
    ("earlier", "newest"), [(RULES.earlier_families_min - 1, 20), (30, RULES.window_families_min - 1)]
)
def test_too_few_families_are_no_drift(earlier: int, newest: int) -> None:
    counted = portfolio(filed([2018] * earlier, RADAR), filed([2025] * newest, OPTICAL))
    assert DRIFT not in found(counted)


def test_families_without_a_symbol_make_no_drift() -> None:
    before, since = filed([2018] * 30, RADAR), filed([2025] * (RULES.window_families_min - 1), OPTICAL)
    assert DRIFT not in found(portfolio(before, since, filed([2025] * 20)))
    few_before = filed([2018] * (RULES.earlier_families_min - 1), RADAR)
    assert DRIFT not in found(portfolio(few_before, filed([2018] * 20), filed([2025] * 20, OPTICAL)))
    drift = found(portfolio(before, since, filed([2025]), filed([2024], OPTICAL)))[DRIFT]
    assert isinstance(drift, FocusDrift)
    assert (drift.window_families, drift.window_classified) == (11, 10)


def test_what_is_a_small_part_of_a_portfolio_or_of_its_newest_years_cannot_drift() -> None:
    small_part = portfolio(filed([2018] * 8, RADAR), filed([2018] * 72, NEITHER), filed([2025] * 70, OPTICAL))
    assert DRIFT not in found(small_part)
    few_expected = portfolio(
        filed([2018] * 20, RADAR), filed([2018] * 50, NEITHER), filed([2025] * 10, OPTICAL)
    )
    assert DRIFT not in found(few_expected)


def test_filings_dry_up_after_three_silent_years_and_the_newest_two_never_count() -> None:
    regular = filed([2017, 2018, 2019, 2020, 2021, 2021], NEITHER)
    assert SILENCE not in found(portfolio(regular), 2025)
    silence = found(portfolio(regular), 2026)[SILENCE]
    assert msgspec.to_builtins(silence) == {
        "signal": "filings-drying-up",
        "silent_from": 2022,
        "silent_to": 2024,
        "regular_from": 2017,
        "regular_to": 2021,
        "regular_years": 5,
        "regular_families": 6,
        "last_filed_year": 2021,
        "families": 6,
        "undated": 0,
    }
    for year in (2022, 2024, 2026):
        assert SILENCE not in found(portfolio(regular, filed([year], RADAR)), 2026)


def test_who_filed_seldom_or_without_dates_does_not_fall_silent() -> None:
    assert SILENCE not in found(portfolio(filed([2020, 2021, 2021, 2021, 2021], NEITHER)))
    assert SILENCE not in found(portfolio(filed([2018, 2019, 2020, 2021], NEITHER)))
    regular = filed([2017, 2018, 2019, 2020, 2021] * 2, NEITHER)
    assert SILENCE in found(portfolio(regular, filed([0], NEITHER)))
    assert SILENCE not in found(portfolio(regular, filed([0, 0], NEITHER)))


@pytest.mark.parametrize(
    ("review_year", "is_due"), [(2026, True), (2027, True), (2028, False), (None, False)]
)
def test_a_review_is_due_in_its_year_and_in_the_year_before(review_year: int | None, is_due: bool) -> None:
    assert (REVIEW in found(portfolio(), state=standing(next_review_year=review_year))) is is_due


def test_a_maintained_title_with_a_strong_rating_is_a_candidate() -> None:
    strong = portfolio(filed([2022, 2023, 2024, 2025] * 20, OPTICAL))
    evidence = found(strong)[RISING]
    assert msgspec.to_builtins(evidence)["band"] in {Band.STRONG, Band.VERY_STRONG}
    assert "without drift, silence or a higher title" in sentence_of(evidence, "optical")
    assert RISING not in found(strong, state=standing(tier=Tier.SINGLE_CHAMPION))
    assert RISING not in found(strong, state=standing(sub_state=SubState.NEW))
    assert RISING not in found(portfolio(filed([2024] * 4, OPTICAL)))
    assert RISING not in found(portfolio(filed([2017, 2018, 2019, 2020, 2021] * 20, OPTICAL)))


def test_who_drifts_away_from_a_technology_is_no_candidate_in_it() -> None:
    counted = portfolio(filed([2018] * 90, OPTICAL), filed([2025] * 10, NEITHER))
    signals = found(counted)
    assert Subject(SignalKind.FOCUS_DRIFT, "optical") in signals
    assert RISING not in signals


def test_a_title_that_is_not_in_force_has_no_signals() -> None:
    counted = portfolio(filed([2017, 2018, 2019, 2020, 2021] * 2, RADAR))
    assert found(counted, state=standing(Status.INACTIVE, SubState.LAPSED)) == {}
    assert SILENCE in found(counted, state=standing(Status.UNKNOWN, SubState.REVIEW_PENDING))


def test_every_signal_tells_that_it_is_no_finding() -> None:
    for kind in SignalKind:
        assert caveats_of(kind)[0] is Caveat.SIGNAL_NOT_FINDING
    assert Caveat.NOT_MALIGN in caveats_of(SignalKind.ELEVATION_CANDIDATE)
