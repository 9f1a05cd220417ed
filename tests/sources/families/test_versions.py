"""Versions of families: they follow the newest day, then the publications, then the content."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.publications import publication_number
from giants.sources.families.publication import family_of_priorities
from giants.sources.families.versions import (
    PUBLICATIONS_COUNTED_MAX,
    day_in_name,
    export_day,
    family_version,
)
from schemas.base import VERSION_MAX

DAYS = st.dates(date(1700, 1, 1), date(2100, 12, 30))
COUNTS = st.integers(0, 10_000)


@given(DAYS, DAYS, DAYS, COUNTS, COUNTS)
def test_a_later_export_is_newer_whatever_the_family_says(
    exported: date, old: date, new: date, few: int, many: int
) -> None:
    later = exported + timedelta(days=1)
    assert family_version(exported, old, few) < family_version(later, new, many) <= VERSION_MAX


@given(DAYS, DAYS, COUNTS, COUNTS)
def test_in_one_export_the_newest_day_of_the_family_decides(
    exported: date, day: date, few: int, many: int
) -> None:
    later = day + timedelta(days=1)
    assert family_version(exported, day, many) < family_version(exported, later, few)


@given(DAYS, st.none() | DAYS, st.integers(0, PUBLICATIONS_COUNTED_MAX - 1))
def test_on_the_same_days_more_publications_are_newer(exported: date, day: date | None, count: int) -> None:
    assert family_version(exported, day, count) < family_version(exported, day, count + 1)


def test_a_version_is_newer_than_the_one_that_releases_before_gave_to_the_same_file() -> None:
    day, publications, digest = date(2025, 3, 4), 40, (1 << 31) - 1
    before = (day.toordinal() << 12 | publications) << 31 | digest
    assert before < family_version(day, day, publications)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("lens_2025-11-20.csv", date(2025, 11, 20)),
        ("export 20251120.csv.gz", date(2025, 11, 20)),
        ("cn_20.11.2025.xlsx", date(2025, 11, 20)),
        ("lens-export.csv", None),
        ("2024-01-01_2024-12-31.csv", None),
        ("12345678901.csv", None),
        ("20241399.csv", None),
    ],
)
def test_the_name_of_a_file_may_hold_the_day_of_its_export(name: str, day: date | None) -> None:
    assert day_in_name(name) == day


TODAY, NEWEST = date(2026, 1, 1), date(2025, 11, 1)


@pytest.mark.parametrize(
    ("given_day", "name", "newest", "expected"),
    [
        (date(2025, 12, 1), "a_2025-11-20.csv", NEWEST, (date(2025, 12, 1), "as given")),
        (None, "a_2025-11-20.csv", NEWEST, (date(2025, 11, 20), "from the name of the file")),
        (None, "a_2024-11-20.csv", NEWEST, (NEWEST, "the newest day in the file")),
        (None, "a_2027-11-20.csv", NEWEST, (NEWEST, "the newest day in the file")),
        (None, "a_2025-11-20.csv", None, (date(2025, 11, 20), "from the name of the file")),
        (None, "a.csv", None, (None, "not known")),
    ],
)
def test_the_day_of_an_export_is_given_named_or_the_newest_in_the_file(
    given_day: date | None, name: str, newest: date | None, expected: tuple[date | None, str]
) -> None:
    assert export_day(given_day, name, newest, TODAY) == expected


@given(st.lists(st.text("CNUS 0123456789", min_size=1, max_size=12), max_size=5))
def test_a_family_is_the_set_of_its_priorities(numbers: list[str]) -> None:
    spaced = [f"  {number.lower()} " for number in reversed(numbers)]
    assert family_of_priorities(numbers) == family_of_priorities(spaced + numbers)
    assert (family_of_priorities(numbers) is None) == (not any(number.split() for number in numbers))


def test_publication_numbers_lose_their_punctuation() -> None:
    for printed in ("US 2001/0047903 A1", "US-20010047903-A1", "us20010047903a1", "US2001047903A1"):
        assert publication_number(printed) == "US20010047903A1"
