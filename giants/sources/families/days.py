"""Days of patents as databases and spreadsheets write them, whose parts may stand in any order.

`04/03/24` is a day of March or of April: the other days of the file tell which, since a part above 12 is no
month. Where a file holds only days that can be read both ways, the day is taken to come first, and the file
says so.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.sources.text import YEAR_MAX, YEAR_MIN, parse_date

MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
MONTHS_MAX: Final = 12
# Two digits below are of this century, as POSIX has it.
_CENTURY_FROM: Final = 69
_FOUR_DIGITS: Final = 4

_TIME: Final = r"(?:[T ]\s*\d{1,2}:\d{2}.*)?"
_NUMBERS: Final = re.compile(rf"(\d{{1,2}})\s*[-/.]\s*(\d{{1,2}})\s*[-/.]\s*(\d{{4}}|\d{{2}}){_TIME}")
_DAY_NAME: Final = re.compile(rf"(\d{{1,2}})[\s./-]*([A-Za-z]{{3,9}})\.?[\s./,-]*(\d{{4}}|\d{{2}}){_TIME}")
_NAME_DAY: Final = re.compile(rf"([A-Za-z]{{3,9}})\.?\s*(\d{{1,2}})\s*,?\s+(\d{{4}}){_TIME}")


@dataclass(slots=True)
class DayOrder:
    """In which order the days of one file have their parts; learned from all of them, then asked."""

    day_first: int = 0  # days that can only be read so
    month_first: int = 0
    either: int = 0

    def learn(self, text: str) -> None:
        """Take one day into account."""
        parts = _numbers(text)
        if parts is None:
            return
        first, second, _ = parts
        if first > MONTHS_MAX and second <= MONTHS_MAX:
            self.day_first += 1
        elif second > MONTHS_MAX and first <= MONTHS_MAX:
            self.month_first += 1
        elif first != second:
            self.either += 1

    @property
    def is_guessed(self) -> bool:
        """Whether days are read day first though nothing in the file tells."""
        return bool(self.either) and not self.day_first and not self.month_first

    @property
    def is_mixed(self) -> bool:
        """Whether both orders occur, so that days that fit both cannot be told."""
        return bool(self.day_first and self.month_first)

    def read(self, text: str) -> date | None:
        """Give the day, None where it is none or cannot be told."""
        parts = _numbers(text)
        if parts is None:
            return parse_date(text) or _named(text)
        first, second, year = parts
        if self.is_mixed and first != second and max(first, second) <= MONTHS_MAX:
            return None
        is_month_first = second > MONTHS_MAX or (first <= MONTHS_MAX and bool(self.month_first))
        return _day(year, first, second) if is_month_first else _day(year, second, first)


def is_day(text: str) -> bool:
    """Whether a text is a day in some spelling."""
    order = DayOrder()
    return order.read(text) is not None


def _numbers(text: str) -> tuple[int, int, int] | None:
    match = _NUMBERS.fullmatch(text.strip())
    return None if match is None else (int(match[1]), int(match[2]), _year(match[3]))


def _named(text: str) -> date | None:
    text = text.strip()
    match = _DAY_NAME.fullmatch(text)
    if match is not None:
        day, name, year = match.groups()
    else:
        match = _NAME_DAY.fullmatch(text)
        if match is None:
            return None
        name, day, year = match.groups()
    month = MONTHS.get(name[:3].lower())
    return None if month is None else _day(_year(year), month, int(day))


def _year(text: str) -> int:
    year = int(text)
    if len(text) == _FOUR_DIGITS:
        return year
    return 2000 + year if year < _CENTURY_FROM else 1900 + year


def _day(year: int, month: int, day: int) -> date | None:
    if not YEAR_MIN <= year <= YEAR_MAX:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
