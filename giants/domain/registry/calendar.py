"""Which day it is, and which dates cannot be: a function of the set of facts, in any order of arrival.

Days are published by workers, and a worker's clock may be wrong by decades; so may the date of a list. No
date is taken for real that lies more than `AHEAD_MAX` after everything else that is known: the dates of the
other lists, the other days, and the year up to which this release knows the programme. A date within that
bound may still be wrong: a day is withdrawn by a fact, the date of a list by its next revision.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, NamedTuple

from schemas.facts import Day

# The programme as this release knows it (`giants.domain.programme.figures`).
KNOWN_UNTIL: Final = date(2026, 1, 1)
# Two terms: a stack that stood still for less, or a set of lists that lacks the latest, is no error.
AHEAD_MAX: Final = timedelta(days=6 * 365 + 1)
# Lists are dated in China, where a day begins up to eight hours before it begins in UTC.
TIME_ZONE_DAYS: Final = timedelta(days=1)


class Now(NamedTuple):
    """The newest day that is taken for real, None without one, and the latest date that is."""

    today: date | None
    horizon: date


def horizon_of(dates: Iterable[date]) -> date:
    """The latest date that is reached from what is known without a gap of more than `AHEAD_MAX`."""
    known = KNOWN_UNTIL
    for one in sorted(set(dates)):
        if one > known:
            if one - known > AHEAD_MAX:
                break
            known = one
    return known


def now_of(days: Iterable[Day], dates: Iterable[date]) -> Now:
    """The day and the horizon by some days and the dates of all lists in force."""
    days = list(days)
    standing = {fact.day for fact in days} - {fact.day for fact in days if fact.withdrawn}
    horizon = horizon_of((*standing, *dates))
    return Now(max((day for day in standing if day <= horizon), default=None), horizon)


class Calendar:
    """Days and the dates of lists as they come and go."""

    def __init__(self) -> None:
        self._days: set[date] = set()
        self._withdrawn: set[date] = set()
        self._dates: Counter[date] = Counter()
        self.now = Now(None, KNOWN_UNTIL)

    def take_day(self, fact: Day) -> bool:
        """Take a day in, or back; says whether it was news."""
        if fact.day in self._withdrawn or (fact.day in self._days and not fact.withdrawn):
            return False
        self._days.add(fact.day)
        if fact.withdrawn:
            self._withdrawn.add(fact.day)
        self._look()
        return True

    def replace_date(self, before: date | None, after: date | None) -> None:
        """Put the date of a list in place of that of its predecessor."""
        if before == after:
            return
        if before is not None:
            self._dates[before] -= 1
            if not self._dates[before]:
                del self._dates[before]
        if after is not None:
            self._dates[after] += 1
        self._look()

    def implausible_days(self) -> list[date]:
        """Days that were published, are not withdrawn and cannot be, sorted."""
        return sorted(day for day in self._days - self._withdrawn if day > self.now.horizon)

    def _look(self) -> None:
        standing = self._days - self._withdrawn
        horizon = horizon_of((*standing, *self._dates))
        self.now = Now(max((day for day in standing if day <= horizon), default=None), horizon)


def is_plausible(on: date, now: Now) -> bool:
    """Whether a date is near enough to what is known."""
    return on <= now.horizon


def is_to_come(on: date, now: Now) -> bool:
    """Whether a date lies after today, as far as today is known."""
    return now.today is not None and on > now.today + TIME_ZONE_DAYS
