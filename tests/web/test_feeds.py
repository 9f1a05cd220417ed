"""The Atom feed and the calendar, read as feed readers and calendars read them."""

from datetime import date
from typing import Any
from xml.etree import ElementTree

import feedparser
import httpx
import pytest
from icalendar import Calendar

from giants.kafka import topics
from giants.store.client import Database
from tests.store.builders import company, exposure, incoming, status_change, store
from tests.store.waiting import wait_until

ATOM = "{http://www.w3.org/2005/Atom}"


def feed_of(api: httpx.Client, **asked: Any) -> Any:
    answer = api.get("changes.atom", params=asked)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert (feed.bozo, feed.version) == (False, "atom10")
    _check_rfc_4287(answer.content)
    return feed


def _check_rfc_4287(body: bytes) -> None:
    """What section 4.1 demands: one id, title and update of the feed and of each entry, and an author."""
    root = ElementTree.fromstring(body)  # noqa: S314
    assert root.tag == f"{ATOM}feed"
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1
        alternates = [one for one in element.findall(f"{ATOM}link") if one.get("rel") == "alternate"]
        assert len(alternates) == 1
    ids = [one.text for one in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))


def events_of(api: httpx.Client, **asked: Any) -> list[Any]:
    answer = api.get("reviews.ics", params=asked)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = Calendar.from_ical(answer.content)
    assert not calendar.errors
    assert (str(calendar["version"]), "prodid" in calendar) == ("2.0", True)
    return list(calendar.walk("VEVENT"))


def test_the_feed_has_the_latest_changes_with_the_sentences_of_alerts(
    api: httpx.Client, database: Database
) -> None:
    hostile = status_change("lg-gls", 9, name="<b>&\u202e]]>甲", at="2030-01-01T00:00:00.000Z")
    store(database, incoming(topics.STATUS_CHANGES, hostile, key="lg-gls", offset=90))
    feed = feed_of(api)
    changes = api.get("changes").json()["items"]
    assert len(feed.entries) == len(changes)
    newest = feed.entries[0]
    assert newest.updated == "2030-01-01T00:00:00.000Z" == feed.feed.updated
    # `gt;` and the like are of XML alone: a reader shows the name as it is, without what turns its direction.
    assert "&lt;b&gt;" in api.get("changes.atom?limit=1").text
    assert "\u202e" not in newest.content[0].value
    assert "was designated a Little Giant in batch 7" in newest.content[0].value
    assert newest.link.endswith("/companies/lg-gls")
    assert [tag.term for tag in newest.tags] == ["designated"]


def test_ids_are_the_same_whenever_the_feed_is_asked_for_and_filters_are_those_of_changes(
    api: httpx.Client,
) -> None:
    whole, again, ratings = feed_of(api), feed_of(api), feed_of(api, kind="rating-changed", limit=2)
    assert [one.id for one in whole.entries] == [one.id for one in again.entries]
    assert whole.feed.id == again.feed.id != ratings.feed.id
    assert {tag.term for one in ratings.entries for tag in one.tags} == {"rating-changed"}
    assert 0 < len(ratings.entries) <= 2
    assert {one.id for one in ratings.entries} <= {one.id for one in whole.entries}
    assert "kind=rating-changed" in next(link.href for link in ratings.feed.links if link.rel == "self")
    nothing = feed_of(api, company="lg-nobody")
    assert (nothing.entries, nothing.feed.updated) == ([], "1970-01-01T00:00:00.000Z")
    assert api.get("changes.atom?kinds=renamed").status_code == 422


@pytest.fixture(scope="module")
def due(database: Database) -> Database:
    """Companies of Zhejiang that are due in 2028, one rated in radar, and one that is not due any more."""
    companies = [
        company("due-1", "浙江启明气动机械有限公司", next_review_year=2028, authority="ZJ", batches=[4, 7]),
        company("due-2", "浙江乙科技有限公司", next_review_year=2028, authority="ZJ", batches=[7]),
        company("due-3", "浙江丙科技有限公司", status="inactive", next_review_year=2028, authority="ZJ"),
        company("due-4", "某丁科技有限公司", next_review_year=2027, authority=None, batches=[3]),
    ]
    watchlists: dict[str, dict[str, Any]] = {
        "w-radar": {"technologies": ["radar"], "min_band": "strong", "authorities": ["ZJ"]},
        "w-name": {"companies": ["浙江启明气动机械有限公司"], "name": "Mine"},
        "w-batch": {"batches": [3]},
        "w-nobody": {"companies": ["无此公司甲乙丙有限公司"]},
    }
    rated = exposure("due-2", {"radar": 300}, families=120, instances=600)
    store(
        database,
        *(
            incoming(topics.COMPANIES, one, key=one["company_id"], offset=n)
            for n, one in enumerate(companies, 50)
        ),
        incoming(topics.EXPOSURES, rated, key="due-2", offset=50),
        *(
            incoming(topics.WATCHLISTS, {"watchlist_id": id_, "owner": "desk"} | asked, key=id_, offset=n)
            for n, (id_, asked) in enumerate(watchlists.items(), 50)
        ),
    )
    return database


def test_the_calendar_has_an_entry_for_each_year_and_authority(api: httpx.Client, due: Database) -> None:
    events = {str(event["uid"]): event for event in events_of(api)}
    zhejiang = events["review-2028-ZJ@little-giants-stream"]
    assert zhejiang["dtstart"].dt == date(2028, 1, 1)
    assert str(zhejiang["summary"]).startswith("Reviews of 2028 begin: Zhejiang, ")
    assert "review-2027-none@little-giants-stream" in events
    assert "due-3" not in str(events)
    assert api.get("reviews.ics").content == api.get("reviews.ics").content


@pytest.mark.parametrize(
    ("watchlist", "expected"),
    [
        ("w-radar", ["Reviews of 2028 begin: Zhejiang, 1 company"]),
        ("w-name", ["Reviews of 2028 begin: Zhejiang, 1 company"]),
        ("w-batch", ["Reviews of 2027 begin: authority not known, 1 company"]),
        ("w-nobody", []),
    ],
)
def test_a_watchlist_has_a_calendar_of_its_companies(
    api: httpx.Client, due: Database, watchlist: str, expected: list[str]
) -> None:
    def found() -> list[str]:
        return [str(event["summary"]) for event in events_of(api, watchlist=watchlist)]

    # The index of names follows the store within seconds.
    wait_until(lambda: found() == expected, f"the calendar of {watchlist}")


def test_a_watchlist_that_there_is_not_has_none(api: httpx.Client) -> None:
    assert api.get("reviews.ics", params={"watchlist": "w-none"}).status_code == 404
