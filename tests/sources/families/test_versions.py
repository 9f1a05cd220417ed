"""Versions of families: they follow the newest day, then the publications, then the content."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from giants.sources.families.publication import family_of_priorities, publication_number
from giants.sources.families.versions import PUBLICATIONS_COUNTED_MAX, family_version
from schemas.base import VERSION_MAX

DAYS = st.dates(date(1700, 1, 1), date(2100, 12, 30))
COUNTS = st.integers(0, 10_000)
CONTENT = st.tuples(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3))


@given(DAYS, COUNTS, COUNTS, CONTENT, CONTENT)
def test_a_later_day_is_a_newer_version_whatever_else_changes(
    day: date, few: int, many: int, old: object, new: object
) -> None:
    assert family_version(day, few, old) < family_version(day + timedelta(days=1), many, new) <= VERSION_MAX


@given(DAYS, st.integers(0, PUBLICATIONS_COUNTED_MAX - 1), CONTENT, CONTENT)
def test_on_the_same_day_more_publications_are_newer(day: date, count: int, old: object, new: object) -> None:
    assert family_version(day, count, old) < family_version(day, count + 1, new)


@given(st.none() | DAYS, COUNTS, CONTENT)
def test_the_same_content_has_the_same_version(day: date | None, count: int, content: object) -> None:
    assert family_version(day, count, content) == family_version(day, count, content)


def test_without_a_day_content_still_tells_versions_apart() -> None:
    assert family_version(None, 1, ("a",)) != family_version(None, 1, ("b",))
    assert family_version(None, 1, ("a",)) < family_version(date(1700, 1, 1), 0, ("a",))


@given(st.lists(st.text("CNUS 0123456789", min_size=1, max_size=12), max_size=5))
def test_a_family_is_the_set_of_its_priorities(numbers: list[str]) -> None:
    spaced = [f"  {number.lower()} " for number in reversed(numbers)]
    assert family_of_priorities(numbers) == family_of_priorities(spaced + numbers)
    assert (family_of_priorities(numbers) is None) == (not any(number.split() for number in numbers))


def test_publication_numbers_lose_their_punctuation() -> None:
    for printed in ("US 2001/0047903 A1", "US-20010047903-A1", "us20010047903a1"):
        assert publication_number(printed) == "US20010047903A1"
