"""Whoever follows the feed gets every change, wherever it stops and whatever is stored in between."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from giants.kafka import topics
from giants.store.buffer import Buffer
from giants.store.client import Database
from giants.store.epochs import begin_next_epoch, complete_epoch
from giants.store.errors import CursorError
from giants.store.migrations import migrations
from giants.store.queries.feed import (
    HEADS,
    FeedFilter,
    Position,
    advanced,
    changes_after,
    decode_position,
    encode_position,
    head,
    is_behind,
    is_known,
    latest_changes,
    matches,
)
from tests.store.builders import LONG_AGO, incoming, rating_change, status_change, store
from tests.store.waiting import wait_until

START = Position(1, 0, {})
EVERYTHING = FeedFilter()


def ids_after(
    database: Database, position: Position, limit: int, wanted: FeedFilter = EVERYTHING
) -> list[str]:
    """All ids from a position on, in pages, each continued through the text of its cursor."""
    found: list[str] = []
    while True:
        items, position = changes_after(database, position, wanted, limit)
        found += [item.id for item in items]
        if len(items) < limit:
            return found
        position = decode_position(encode_position(position))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    partitions=st.lists(st.integers(0, 3), min_size=1, max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    limit=st.integers(1, 9),
)
def test_pages_of_any_size_hold_every_change_once(
    database: Database, partitions: Sequence[int], cuts: Sequence[int], limit: int
) -> None:
    database.execute("TRUNCATE TABLE feed_rows")
    offsets = dict.fromkeys(range(4), 0)
    buffer = Buffer(LONG_AGO)
    expected = []
    for number, partition in enumerate(partitions):
        change = status_change(f"C{number}", 1)
        expected.append(change["id"])
        buffer.add(incoming(topics.STATUS_CHANGES, change, partition=partition, offset=offsets[partition]))
        offsets[partition] += 1
        if number in cuts:
            buffer.store(database)
    buffer.store(database)
    assert sorted(ids_after(database, START, limit)) == sorted(expected)


def test_changes_of_one_partition_come_in_their_order(database: Database) -> None:
    changes = [incoming(topics.STATUS_CHANGES, status_change("C", n), offset=n) for n in range(1, 30)]
    store(database, *changes)
    assert ids_after(database, START, 7) == [f"s1-C-{n}" for n in range(1, 30)]


def test_a_reader_goes_on_where_it_was_when_more_is_stored(database: Database) -> None:
    buffer = Buffer(LONG_AGO)
    buffer.add(incoming(topics.STATUS_CHANGES, status_change("A", 1), partition=0, offset=0))
    buffer.store(database)
    items, position = changes_after(database, START, FeedFilter(), 10)
    assert [item.id for item in items] == ["s1-A-1"]
    buffer.add(incoming(topics.RATING_CHANGES, rating_change("B", 1), partition=2, offset=0))
    buffer.add(incoming(topics.STATUS_CHANGES, status_change("A", 2), partition=0, offset=1))
    buffer.store(database)
    items, position = changes_after(database, position, FeedFilter(), 10)
    assert sorted(item.id for item in items) == ["r1-B-radar-1", "s1-A-2"]
    assert changes_after(database, position, FeedFilter(), 10)[0] == []


def test_a_reader_can_stop_after_any_change_of_a_page(database: Database) -> None:
    store(database, *(incoming(topics.STATUS_CHANGES, status_change("C", n), offset=n) for n in range(1, 6)))
    items, _ = changes_after(database, START, EVERYTHING, 5)
    position = START
    for item in items[:3]:
        assert not is_behind(position, item)
        position = advanced(position, item)
        assert is_behind(position, item)
    assert [item.id for item in changes_after(database, position, EVERYTHING, 5)[0]] == ["s1-C-4", "s1-C-5"]


def test_records_that_are_stored_again_after_a_crash_are_not_given_out_again(database: Database) -> None:
    change = [incoming(topics.STATUS_CHANGES, status_change("C", n), offset=n) for n in (1, 2, 3)]
    store(database, change[0], change[1])
    _, position = changes_after(database, START, FeedFilter(), 10)
    # The same records in another block, as after a crash between the insert and the commit.
    second = Buffer(datetime.now(UTC))
    for record in change:
        second.add(record)
    second.store(database)
    items, _ = changes_after(database, position, FeedFilter(), 10)
    assert [item.id for item in items] == ["s1-C-3"]
    assert sorted(ids_after(database, START, 10)) == ["s1-C-1", "s1-C-2", "s1-C-3"]


def test_a_filter_that_finds_nothing_still_moves_on(database: Database) -> None:
    store(database, *(incoming(topics.STATUS_CHANGES, status_change("C", n), offset=n) for n in range(1, 6)))
    wanted = FeedFilter(kinds=("revoked",))
    items, position = changes_after(database, START, wanted, 10)
    assert items == []
    assert position.offsets == {"status-changes.v1/0": 6}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (FeedFilter(kinds=("rating-changed",)), ["r1-B-radar-1", "r1-B-sonar-1"]),
        (FeedFilter(company_id="A"), ["s1-A-1"]),
        (FeedFilter(technology="sonar"), ["r1-B-sonar-1"]),
        (FeedFilter(include_backfill=False), ["r1-B-radar-1", "r1-B-sonar-1"]),
    ],
)
def test_filters_take_only_what_they_say(database: Database, wanted: FeedFilter, expected: list[str]) -> None:
    store(
        database,
        incoming(topics.STATUS_CHANGES, status_change("A", 1, backfill=True)),
        incoming(topics.RATING_CHANGES, rating_change("B", 1), offset=0),
        incoming(topics.RATING_CHANGES, rating_change("B", 1, "sonar"), offset=1),
    )
    assert sorted(ids_after(database, START, 2, wanted)) == expected
    latest = latest_changes(database, wanted, None, 10)
    assert sorted(item.id for item in latest.items) == expected
    everything, _ = changes_after(database, START, EVERYTHING, 10)
    assert sorted(item.id for item in everything if matches(wanted, item)) == expected


def test_the_latest_changes_come_newest_first_in_pages(database: Database) -> None:
    instants = [
        "2019-06-05T00:00:00Z",
        "2025-10-20T08:00:00Z",
        "2025-10-20T08:00:00Z",
        "2025-10-01T08:00:00Z",
    ]
    store(
        database,
        *(
            incoming(topics.STATUS_CHANGES, status_change(f"C{n}", 1, at=at), offset=n)
            for n, at in enumerate(instants)
        ),
    )
    seen: list[str] = []
    cursor = None
    while True:
        page = latest_changes(database, FeedFilter(), cursor, 1)
        seen += [item.company_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["C2", "C1", "C3", "C0"]


def test_an_empty_feed_has_a_head_and_no_changes(database: Database) -> None:
    assert changes_after(database, head(database), FeedFilter(), 10) == ([], head(database))
    assert latest_changes(database, FeedFilter(), None, 10).items == ()


def test_the_head_is_after_everything(database: Database) -> None:
    store(database, *(incoming(topics.STATUS_CHANGES, status_change("C", n), offset=n) for n in (1, 2)))
    assert changes_after(database, head(database), FeedFilter(), 10)[0] == []


def test_a_position_of_another_epoch_is_not_known_any_more(database: Database) -> None:
    store(database, incoming(topics.STATUS_CHANGES, status_change("C", 1)))
    position = head(database)
    assert is_known(database, position)
    complete_epoch(database, begin_next_epoch(database))
    assert not is_known(database, position)


@pytest.mark.parametrize(
    "cursor", ["", "x", "☃", "AAAA", "WyJjb21wYW5pZXMiLDAsMCwiQzEiXQ", "A" * 100_000, "k5YBAf__"]
)
def test_a_cursor_that_was_never_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        decode_position(cursor)


@given(st.binary(max_size=200))
def test_no_cursor_breaks_the_reader(raw: bytes) -> None:
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    try:
        position = decode_position(text)
    except CursorError:
        return
    assert decode_position(encode_position(position)) == position


def test_the_latest_changes_of_a_company_are_those_of_both_kinds_in_pages(database: Database) -> None:
    status = [status_change("A", n, at=f"2025-10-0{n}T00:00:00Z") for n in (1, 2, 3)]
    ratings = [rating_change("A", n, at=f"2025-10-0{n}T12:00:00Z") for n in (1, 2)]
    store(
        database,
        *(incoming(topics.STATUS_CHANGES, change, offset=n) for n, change in enumerate(status)),
        *(incoming(topics.RATING_CHANGES, change, offset=n) for n, change in enumerate(ratings)),
        incoming(topics.STATUS_CHANGES, status_change("B", 1), offset=9),
    )
    seen: list[str] = []
    cursor = None
    while True:
        page = latest_changes(database, FeedFilter(company_id="A"), cursor, 2)
        seen += [item.change.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["s1-A-3", "r1-A-radar-2", "s1-A-2", "r1-A-radar-1", "s1-A-1"]


def test_where_partitions_end_is_known_without_reading_the_changes_also_of_those_from_before(
    database: Database,
) -> None:
    database.execute("ALTER TABLE feed_rows DROP PROJECTION heads SETTINGS mutations_sync = 1")
    changes = [incoming(topics.STATUS_CHANGES, status_change("C", n), offset=n) for n in range(1, 6)]
    store(database, *changes[:3])
    [migration] = [one for one in migrations() if one.name == "0008_heads.sql"]
    for statement in (*migration.statements, *migration.statements):
        database.execute(statement)
    store(database, *changes[3:])
    waiting = "SELECT count() AS n FROM system.mutations WHERE table = 'feed_rows' AND NOT is_done"
    wait_until(lambda: database.rows(waiting)[0]["n"] == 0, "the projection of what is stored")
    plan = database.rows(f"EXPLAIN projections = 1 {HEADS}", {"epoch": 1})
    assert any("heads" in row["explain"] for row in plan)
    assert head(database).offsets == {"status-changes.v1/0": 6}
