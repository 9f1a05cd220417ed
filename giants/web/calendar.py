"""Reviews to come as a calendar (RFC 5545): one entry for each review year and authority."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from icalendar import Calendar, Event

from giants.domain.authorities import authority
from giants.store.queries.reviews import ReviewsDue
from schemas.base import AuthorityCode

MEDIA_TYPE: Final = "text/calendar"
# A calendar has to say when an entry was made; the same entry is the same bytes whenever it is asked for.
_STAMP: Final = datetime(2019, 1, 1, tzinfo=UTC)
_ABOUT: Final = (
    "Review lists of this year may be published on any day of it, usually in autumn. Companies stay active, "
    "with their review pending, until the list of their authority is complete or the year ends."
)


def review_calendar(due: Iterable[ReviewsDue], name: str, link_base: str) -> bytes:
    """The calendar; an entry stands on the first day of its year and takes up no time."""
    calendar = Calendar()
    calendar.add("prodid", "-//Little Giants stream//Reviews//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for row in due:
        calendar.add_component(_event(row, link_base))
    made: bytes = calendar.to_ical()
    return made


def _event(row: ReviewsDue, link_base: str) -> Event:
    place = authority(row.authority).jurisdiction_en if row.authority else "authority not known"
    batches = ", ".join(map(str, row.batches))
    count = f"{row.companies:,} {'company' if row.companies == 1 else 'companies'}"
    day = date(row.year, 1, 1)
    event = Event()
    event.add("uid", f"review-{row.year}-{row.authority or 'none'}@little-giants-stream")
    event.add("dtstamp", _STAMP)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"Reviews of {row.year} begin: {place}, {count}")
    event.add("description", f"{count} of batch {batches} due for review. {_ABOUT}")
    event.add("url", f"{link_base.rstrip('/')}/companies{_query(row.authority)}")
    event.add("transp", "TRANSPARENT")
    event.add("categories", ["Review"])
    return event


def _query(code: AuthorityCode | None) -> str:
    return f"?{urlencode({'authority': code.value})}" if code else ""
