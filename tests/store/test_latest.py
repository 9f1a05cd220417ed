"""The latest changes, whatever is asked for and however they lie: what a plain look at all of them finds."""

from itertools import product

import pytest

from giants.kafka import topics
from giants.store.client import Database
from giants.store.migrations import migrations
from giants.store.queries import feed
from giants.store.queries.feed import FeedFilter, FeedItem, Position, changes_after, latest_changes, matches
from tests.store.builders import (
    focus_drift,
    incoming,
    rating_change,
    review_due,
    signal_change,
    status_change,
    store,
)
from tests.store.waiting import wait_until

# Within a day, a month and years of the newest; several changes at one instant.
INSTANTS = (
    "2025-10-20T09:00:00.125Z",
    "2025-10-20T09:00:00.125Z",
    "2025-10-19T23:00:00.000Z",
    "2025-10-01T00:00:00.000Z",
    "2023-02-03T04:05:06.789Z",
    "2019-01-01T00:00:00.000Z",
)
KINDS: tuple[tuple[str, ...], ...] = (
    (),
    ("rating-changed",),
    ("signal-raised",),
    ("rating-changed", "designated"),
    ("signal-raised", "signal-cleared", "rating-changed"),
)
FILTERS = [
    FeedFilter(kinds=kinds, technology=technology, include_backfill=backfill)
    for kinds, technology, backfill in product(KINDS, ("", "radar", "sonar", "lasers"), (True, False))
]
TECHNOLOGIES = ("radar", "radar", "radar", "sonar", "radar")


def fill(database: Database, numbers: range) -> None:
    """Changes of all kinds, some of them stored twice."""
    changes = [
        *(
            (
                topics.RATING_CHANGES,
                rating_change(
                    f"C{n}",
                    1,
                    TECHNOLOGIES[n % len(TECHNOLOGIES)],
                    at=INSTANTS[n % len(INSTANTS)],
                    backfill=n % 4 == 0,
                ),
            )
            for n in numbers
        ),
        *(
            (topics.STATUS_CHANGES, status_change(f"C{n}", 1, at=INSTANTS[n % len(INSTANTS)]))
            for n in numbers[::3]
        ),
        *(
            (
                topics.SIGNAL_CHANGES,
                signal_change(f"C{n}", 1 + n % 2, about, evidence, at=INSTANTS[n % len(INSTANTS)]),
            )
            for n in numbers[::4]
            for about, evidence in (("sonar", focus_drift()), (None, review_due()))
        ),
    ]
    records = [incoming(topic, change, offset=n) for n, (topic, change) in enumerate(changes, numbers.start)]
    store(database, *records)
    store(database, *records[::5])


def everything(database: Database) -> list[FeedItem]:
    items, _ = changes_after(database, Position(1, 0, {}), FeedFilter(), 1_000)
    return list({item.id: item for item in items}.values())


def pages(database: Database, wanted: FeedFilter, limit: int) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = latest_changes(database, wanted, cursor, limit)
        found += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def expected(items: list[FeedItem], wanted: FeedFilter) -> list[str]:
    asked = [item for item in items if matches(wanted, item)]
    return [item.id for item in sorted(asked, key=lambda item: (item.change.at, item.id), reverse=True)]


def waited_for(database: Database) -> None:
    waiting = "SELECT count() AS n FROM system.mutations WHERE table = 'feed_rows' AND NOT is_done"
    wait_until(lambda: database.rows(waiting)[0]["n"] == 0, "the projection of what is stored")


def test_the_latest_of_any_filter_are_those_of_all_that_match_in_their_order(database: Database) -> None:
    fill(database, range(40))
    items = everything(database)
    assert len(items) == 40 + 14 + 20
    for wanted in FILTERS:
        assert pages(database, wanted, 7) == expected(items, wanted), wanted


def test_a_database_from_before_gives_the_same_while_and_after_it_is_upgraded(database: Database) -> None:
    database.execute("ALTER TABLE feed_rows DROP PROJECTION by_technology SETTINGS mutations_sync = 1")
    fill(database, range(20))
    [migration] = [one for one in migrations() if one.name == "0009_by_technology.sql"]
    add, materialize = migration.statements
    database.execute(add)
    fill(database, range(20, 40))  # what is stored from now on has the projection, what was there has not
    items = everything(database)
    for wanted in FILTERS:
        assert pages(database, wanted, 50) == expected(items, wanted), wanted
    for statement in (add, materialize, materialize):
        database.execute(statement)
    waited_for(database)
    parts = (
        "SELECT count() AS n FROM system.{0} WHERE active AND database = currentDatabase() "
        "AND table = 'feed_rows'"
    )
    (with_it,) = database.rows(parts.format("projection_parts") + " AND name = 'by_technology'")
    (all_parts,) = database.rows(parts.format("parts"))
    assert with_it == all_parts
    for wanted in FILTERS:
        assert pages(database, wanted, 50) == expected(items, wanted), wanted


def test_changes_are_fetched_by_the_key_of_the_feed(database: Database) -> None:
    fill(database, range(10))
    asked = {"epoch": 1, "ids": ["x"], "stored": ["2025-10-20 09:00:00.125125"]}
    plan = database.rows(f"EXPLAIN indexes = 1 {feed._STORED}", asked)
    assert any(row["explain"].strip() == "stored_at" for row in plan)


@pytest.mark.parametrize(
    "place", ["", "/", "nowhere", "rating-changes.v1/007", "rating-changes.v1/-1", f"a/{'9' * 5_000}", "a/²"]
)
def test_a_place_that_no_change_has_hides_none(database: Database, place: str) -> None:
    fill(database, range(10))
    items, _ = changes_after(database, Position(1, 0, {place: 2**62}), FeedFilter(), 1_000)
    assert {item.id for item in items} == {item.id for item in everything(database)}
