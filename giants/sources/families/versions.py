"""Versions of families whose source has none: an older file must not overwrite a newer one (design §3.1).

A version is a number of 63 bits, most significant part first, days counted from the first of January of the
year 1:

    20 bits   the day of the export
    20 bits   the newest day that the source knows of the family (publication or exchange)
    12 bits   how many publications it lists, at most 4,095
    11 bits   zero

The day of the export comes first, whatever the family says: offices classify old families again, and a family
has the symbols of the newest export. The day is given (`Options.exported_on`), or it is in the name of the
file, or it is the newest day in the file, which no export is older than. Nothing else decides: of two files
of the same day that differ about a family neither is newer.
"""

import re
from datetime import date
from typing import Final, NamedTuple

from giants.sources.families.days import DayOrder
from giants.sources.text import parse_date

DAY_BITS: Final = 20
PUBLICATIONS_BITS: Final = 12
SPARE_BITS: Final = 11
PUBLICATIONS_COUNTED_MAX: Final = (1 << PUBLICATIONS_BITS) - 1
# `lens_2025-11-20.csv`, `export 20251120.csv`, `cn_20.11.2025.xlsx`
_DAY_IN_NAME: Final = re.compile(
    r"(?<!\d)((?:19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}|\d{1,2}[-_.]\d{1,2}[-_.](?:19|20)\d{2})(?!\d)"
)


class ExportDay(NamedTuple):
    """The day of an export, None where nothing tells it, and what told it."""

    day: date | None
    known_from: str


def export_day(given: date | None, name: str, newest: date | None, today: date) -> ExportDay:
    """Give the day of an export from what the user says, the name of the file, the newest day in it.

    A day in the name that is before the newest day in the file, or after today, is none of the export.
    """
    if given is not None:
        return ExportDay(given, "as given")
    named = day_in_name(name)
    if named is not None and named <= today and (newest is None or named >= newest):
        return ExportDay(named, "from the name of the file")
    return ExportDay(newest, "the newest day in the file" if newest is not None else "not known")


def day_in_name(name: str) -> date | None:
    """Give the only day that the name of a file holds, None where there is none or several."""
    order = DayOrder()
    texts = [match.replace("_", "-") for match in _DAY_IN_NAME.findall(name)]
    days = {day for text in texts if (day := parse_date(text) or order.read(text)) is not None}
    return days.pop() if len(days) == 1 else None


def family_version(exported: date | None, newest: date | None, publications: int) -> int:
    """Give the version of a family from the day of its export, its newest day, its number of publications."""
    counted = min(publications, PUBLICATIONS_COUNTED_MAX)
    days = _ordinal(exported) << DAY_BITS | _ordinal(newest)
    return (days << PUBLICATIONS_BITS | counted) << SPARE_BITS


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day is not None else 0
