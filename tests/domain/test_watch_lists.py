"""News of lists: which watchlists hear of it, and what they are told."""

import pytest

from giants.domain.watch import CompanyContext, Watch, alert_for
from schemas.changes import ListChange
from schemas.facts import Watchlist
from tests.domain.registry.build import Told, designation, notice, review
from tests.domain.watchlists import status_change

NAMES = ("杭州安奥轴承有限公司", "杭州邦宝阀门有限公司")
NOWHERE = CompanyContext("", "")


def watchlist(**asked: object) -> Watchlist:
    return Watchlist.model_validate({"watchlist_id": "w", "owner": "o", **asked})


def news() -> ListChange:
    told = Told(notice("b8-zj", 8, *NAMES, authority="ZJ"))
    return told.outcomes[-1].list_changes[0]


def heard(change: ListChange, **asked: object) -> bool:
    watch = Watch()
    watch.put(watchlist(**asked))
    return bool(watch.match(change, NOWHERE))


@pytest.mark.parametrize(
    ("asked", "is_heard"),
    [
        ({"events": ["list-published"]}, True),
        ({"events": ["list-published"], "authorities": ["ZJ"], "batches": [8]}, True),
        ({"events": ["list-confirmed"]}, False),
        ({"events": ["list-published"], "authorities": ["XJ"]}, False),
        ({"events": ["list-published"], "batches": [7]}, False),
        ({"events": ["list-published"], "companies": [NAMES[0]]}, False),
        ({"events": ["list-published"], "technologies": ["radar"]}, False),
        ({}, False),
    ],
)
def test_news_of_a_list_is_heard_by_those_who_name_its_kind(asked: dict[str, object], is_heard: bool) -> None:
    assert heard(news(), **asked) is is_heard


def test_a_review_list_concerns_the_batches_that_are_due() -> None:
    told = Told(designation("b4", 4, *NAMES, authority="ZJ"), review("r", 2025, NAMES[0], authority="ZJ"))
    change = told.outcomes[-1].list_changes[0]
    due = [batch for batch in range(1, 9) if heard(change, events=["list-published"], batches=[batch])]
    assert due == [1, 4]


def test_old_news_of_a_list_alerts_nobody_unasked() -> None:
    change = news().model_copy(update={"backfill": True})
    assert not heard(change, events=["list-published"])
    assert heard(change, events=["list-published"], include_backfill=True)


def test_a_watchlist_of_everything_still_hears_of_companies() -> None:
    watch = Watch()
    watch.put(watchlist())
    assert watch.match(status_change(), NOWHERE) == ["w"]


def test_the_alert_says_who_published_what_and_leads_to_the_document() -> None:
    alert = alert_for(watchlist(events=["list-published"]), news(), NOWHERE, "https://giants.example/")
    assert (alert.company_id, alert.kind, alert.name) == ("", "list-published", "b8-zj")
    assert alert.link == "https://giants.example/documents/b8-zj%401"
    assert alert.text == (
        "Zhejiang: batch 8 (public notice) published: 2 firms, 2 new, because of designation list b8-zj@1; "
        "note that designation does not by itself show malign activity and that a final list has yet to "
        "confirm this; see https://giants.example/documents/b8-zj%401"
    )
    assert type(alert).model_validate_json(alert.model_dump_json()) == alert
