"""Days of patents in every spelling, and what order of their parts the other days of a file tell."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.sources.families.days import DayOrder, is_day

DAY = date(2024, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-04",
        "20240304",
        "2024.03.04",
        "2024/3/4",
        "2024年3月4日",
        "2024-03-04T00:00:00Z",
        "04/03/2024",
        "04/03/24",
        "4.3.2024",
        "04-03-2024",
        "04/03/2024 00:00",
        "4 Mar 2024",
        "4 March 2024",
        "04-MAR-24",
        "Mar 4, 2024",
        "March 4 2024",
    ],
)
def test_a_day_is_read_in_every_spelling(text: str) -> None:
    assert DayOrder().read(text) == DAY
    assert is_day(text)


@pytest.mark.parametrize(
    "text", ["", "last spring", "30/02/2024", "2024", "0", "99/99/99", "4 Foo 2024", "4/3"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert DayOrder().read(text) is None


def order(*texts: str) -> DayOrder:
    found = DayOrder()
    for text in texts:
        found.learn(text)
    return found


def test_a_part_above_twelve_tells_the_order_of_all_days() -> None:
    assert order("04/03/24", "13/03/24").read("04/03/24") == DAY
    assert order("03/04/24", "03/13/24").read("03/04/24") == DAY


def test_days_that_nothing_tells_are_read_day_first_and_that_is_known() -> None:
    guessed = order("04/03/24", "05/05/24")
    assert guessed.read("04/03/24") == DAY
    assert guessed.is_guessed
    assert not order("04/03/24", "13/03/24").is_guessed
    assert not order("2024-03-04", "05/05/24").is_guessed


def test_in_a_file_of_both_orders_days_that_fit_both_are_left_out() -> None:
    mixed = order("13/03/24", "03/13/24")
    assert mixed.is_mixed
    assert mixed.read("04/03/24") is None
    assert mixed.read("13/03/24") == mixed.read("03/13/24") == date(2024, 3, 13)
    assert mixed.read("05/05/24") == date(2024, 5, 5)


def test_two_digits_of_a_year_are_of_this_century_up_to_68() -> None:
    assert DayOrder().read("13/03/68") == date(2068, 3, 13)
    assert DayOrder().read("13/03/69") == date(1969, 3, 13)


@given(
    st.lists(st.dates(date(1970, 1, 1), date(2068, 12, 31)), min_size=1),
    st.sampled_from(["%d/%m/%y", "%m/%d/%Y"]),
)
def test_a_file_of_one_order_that_can_be_told_is_read_as_it_was_written(
    days: list[date], spelling: str
) -> None:
    days = [*days, date(2001, 1, 31)]
    texts = [day.strftime(spelling) for day in days]
    told = order(*texts)
    assert [told.read(text) for text in texts] == days
