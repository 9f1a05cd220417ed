"""The feed by cause: one list is one entry, in the order of the feed, and pages go on where one ended."""

from datetime import UTC, datetime

from giants.web.dashboard.feed import Entry
from giants.web.dashboard.feed_groups import grouped
from schemas.changes import Cause
from schemas.codes import ChangeKind


def entry(number: int, ref: str, company_id: str = "", kind: ChangeKind = ChangeKind.DESIGNATED) -> Entry:
    return Entry(
        id=f"e-{number}",
        kind=kind,
        at=datetime(2026, 3, 10, tzinfo=UTC),
        company_id=company_id,
        name="甲公司",
        name_en=None,
        technology=None,
        technology_name=None,
        before=None,
        after=None,
        cause=Cause(kind="designation", ref=ref),
        backfill=False,
        caveats=(),
    )


def test_changes_of_one_cause_are_one_group_in_the_order_of_the_feed() -> None:
    feed = [entry(1, "a@1", "x"), entry(2, "b@1", "y"), entry(3, "a@1", "z"), entry(4, "a@1")]
    groups, taken = grouped(feed, 10)
    assert taken == 4
    assert [[one.id for one in group.entries] for group in groups] == [["e-1", "e-3", "e-4"], ["e-2"]]
    assert groups[0].companies == 2
    assert [one.id for one in groups[0].first] == ["e-4", "e-1", "e-3"]


def test_a_page_takes_a_beginning_of_the_feed() -> None:
    feed = [entry(1, "a@1", "x"), entry(2, "a@1", "y"), entry(3, "b@1", "z"), entry(4, "a@1", "w")]
    groups, taken = grouped(feed, 1)
    assert ([len(group.entries) for group in groups], taken) == ([2], 2)
