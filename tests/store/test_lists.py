"""Lists as lists in the store: the latest summary of each, news, pages, and what the feed gives unasked."""

import json
from importlib.resources import files
from typing import Any

from giants.kafka import topics
from giants.store.client import Database
from giants.store.queries.feed import EVERYTHING, FeedFilter, Position, changes_after
from giants.store.queries.lists import (
    ListFilter,
    ListStrength,
    find_lists,
    latest_news,
    list_by_id,
    strength_of_lists,
)
from schemas.changes import ListChange, ListSnapshot
from tests.store.builders import exposure, incoming, store


def examples(name: str) -> list[dict[str, Any]]:
    text = files("schemas").joinpath("examples", f"{name}.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def test_lists_are_found_by_batch_and_authority_and_paged_from_the_latest(database: Database) -> None:
    (summary,) = examples("lists.v1")[:1]
    bodies = [{**summary, "list_id": f"l-{number}", "batch": 7 + number % 2} for number in range(4)]
    for offset, body in enumerate(bodies):
        store(database, incoming(topics.LISTS, body, key=body["list_id"], offset=offset))
    page = find_lists(database, ListFilter(batch=8), limit=1)
    assert [one.list_id for one in page.items] == ["l-3"]
    rest = find_lists(database, ListFilter(batch=8), page.next_cursor, 1)
    assert ([one.list_id for one in rest.items], rest.next_cursor) == (["l-1"], None)
    assert find_lists(database, ListFilter(authority="QH")).items == ()
    assert list_by_id(database, "l-2") == ListSnapshot.model_validate(
        {**summary, "list_id": "l-2", "batch": 7}
    )
    store(database, incoming(topics.LISTS, None, key="l-2", offset=9))
    assert list_by_id(database, "l-2") is None


def test_news_of_lists_is_in_the_feed_for_those_who_ask(database: Database) -> None:
    news = examples("list-changes.v1")
    for offset, one in enumerate(news):
        store(database, incoming(topics.LIST_CHANGES, one, key=one["list_id"], offset=offset))
    expected = [ListChange.model_validate(one) for one in news]
    assert sorted(latest_news(database, 10), key=lambda one: one.list_id) == sorted(
        expected, key=lambda one: one.list_id
    )
    assert latest_news(database, 10, news[0]["list_id"]) == expected[:1]
    start = Position(1, 0, {})
    assert changes_after(database, start, FeedFilter(), 10)[0] == []
    for wanted in (EVERYTHING, FeedFilter(kinds=("list-published", "list-confirmed"))):
        items, _ = changes_after(database, start, wanted, 10)
        assert [item.change for item in items] == expected


def test_the_companies_of_a_list_that_are_rated_strong_are_counted_as_of_now(database: Database) -> None:
    (summary,) = examples("lists.v1")[:1]
    listed = {**summary, "list_id": "l-1", "came": ["lg-a", "lg-b", "lg-c"], "passed": ["lg-a"]}
    other = {**summary, "list_id": "l-2", "came": ["lg-c"], "passed": []}
    strong = {"radar": 100, "sonar": 90}
    store(
        database,
        incoming(topics.LISTS, listed, key="l-1"),
        incoming(topics.LISTS, other, key="l-2", offset=1),
        *(
            incoming(
                topics.EXPOSURES,
                exposure(company_id, matching, families=100, instances=100),
                key=company_id,
                offset=offset,
            )
            for offset, (company_id, matching) in enumerate(
                {"lg-a": strong, "lg-b": {"radar": 100}, "lg-c": {"radar": 3}, "lg-d": strong}.items()
            )
        ),
    )
    found = strength_of_lists(database, ["l-1", "l-2"])
    assert found == {"l-1": ListStrength(2, (("radar", 2), ("sonar", 1)))}
    assert found["l-1"].in_words == "today 2 of them are rated strong or higher: 2 in radar, 1 in sonar"
    assert ListStrength(1, (("sonar", 1),)).in_words == "today 1 of them is rated strong or higher, in sonar"
    assert strength_of_lists(database, []) == {}
