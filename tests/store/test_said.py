"""What was said is carried over into the next epoch, once, and comes back from a backup."""

from io import BytesIO
from typing import Any

import pytest

from giants.decoding.frames import CompanyHead, ListHead
from giants.kafka import topics
from giants.store import said
from giants.store.client import Database
from giants.store.epochs import begin_next_epoch, complete_epoch, visible_epoch
from giants.store.journal import empty, read_table, write_table
from giants.store.queries.feed import EVERYTHING, FeedItem, Position, changes_after, head
from giants.store.queries.history import status_changes
from giants.store.said import carry_over, has_said
from schemas.codes import Status
from tests.store.builders import (
    AT_MS,
    company,
    exposure,
    focus_drift,
    incoming,
    rating_change,
    review_due,
    signal_change,
    status_change,
    store,
)

TABLES = ("status_changes", "rating_changes", "moves", "signal_changes", "list_changes", "feed")
UNRATED = {"current": None, "previous": {"band": "moderate", "profile": "tentative", "score": 41.0}}


@pytest.fixture
def told(database: Database) -> Database:
    """An epoch with chains of every kind: two ratings, one of which ended, and signals, one in force."""
    changes = [
        incoming(topics.STATUS_CHANGES, status_change("C", 1), offset=4),
        incoming(topics.STATUS_CHANGES, status_change("C", 2, "renamed"), offset=5),
        incoming(topics.STATUS_CHANGES, status_change("D", 1, current=None), offset=6),
        incoming(topics.RATING_CHANGES, rating_change("C", 1), offset=7),
        incoming(topics.RATING_CHANGES, rating_change("C", 1, "drones"), offset=8),
        incoming(topics.RATING_CHANGES, rating_change("C", 2, "drones", **UNRATED), offset=9),
        incoming(topics.SIGNAL_CHANGES, signal_change("C", 1, "radar", focus_drift()), offset=0),
        incoming(topics.SIGNAL_CHANGES, signal_change("C", 1, None, review_due()), offset=1),
        incoming(topics.SIGNAL_CHANGES, signal_change("C", 2, None, review_due()), offset=2),
    ]
    store(database, incoming(topics.COMPANIES, company("C"), key="C"), *changes)
    return database


def counts(database: Database, epoch: int) -> dict[str, int]:
    sql = "SELECT count() AS n FROM {}_rows {} WHERE epoch = {{e:UInt32}}"
    final = {"feed": ""}
    return {
        table: database.rows(sql.format(table, final.get(table, "FINAL")), {"e": epoch})[0]["n"]
        for table in TABLES
    }


def feed(database: Database) -> list[FeedItem]:
    items, _ = changes_after(database, Position(visible_epoch(database), 0, {}), EVERYTHING, 100)
    return items


def told_of(item: FeedItem) -> tuple[Any, ...]:
    return item.id, item.kind, item.body, item.stored_at


def test_nothing_was_said_in_an_empty_database(database: Database) -> None:
    assert not has_said(database)


def test_changes_are_carried_over_once_with_ids_bytes_and_order(told: Database) -> None:
    assert has_said(told)
    before = feed(told)
    assert len(before) == 9
    epoch = begin_next_epoch(told)
    for _ in range(2):  # the second after one that was broken off
        carry_over(told, 1, epoch)
        assert counts(told, epoch) == counts(told, 1)
    complete_epoch(told, epoch)
    assert list(map(told_of, feed(told))) == list(map(told_of, before))
    assert [change.seq for change in status_changes(told, "C")] == [2, 1]


def test_a_copy_that_is_made_again_leaves_what_came_after_it(told: Database) -> None:
    epoch = begin_next_epoch(told)
    carry_over(told, 1, epoch)
    store(told, incoming(topics.RATING_CHANGES, rating_change("C", 2, epoch=epoch), offset=0))
    carry_over(told, 1, epoch)
    complete_epoch(told, epoch)
    assert feed(told)[-1].id == "r2-C-radar-2"
    assert len(feed(told)) == 10


def test_a_reader_at_the_end_gets_what_topics_begin_anew_with(told: Database) -> None:
    """Offsets of a new broker are below those of the rows that were carried over."""
    epoch = begin_next_epoch(told)
    carry_over(told, 1, epoch)
    complete_epoch(told, epoch)
    here = head(told)
    store(told, incoming(topics.RATING_CHANGES, rating_change("C", 2, epoch=epoch), offset=0))
    items, _ = changes_after(told, here, EVERYTHING, 100)
    assert [item.id for item in items] == ["r2-C-radar-2"]
    third = begin_next_epoch(told)
    carry_over(told, epoch, third)
    complete_epoch(told, third)
    assert len({item.id for item in feed(told)}) == len(feed(told)) == 10


def test_the_heads_are_the_last_links_of_all_chains(told: Database) -> None:
    ratings = [head for one in said._rating_heads(told, 1, AT_MS) for head in one.ratings]
    assert [(one.technology, one.seq, one.rating is None) for one in ratings] == [
        ("drones", 2, True),
        ("radar", 1, False),
    ]
    signals = [head for one in said._signal_heads(told, 1, AT_MS) for head in one.signals]
    assert [(one.kind, one.technology, one.seq, one.evidence is None) for one in signals] == [
        ("focus-drift", "radar", 1, False),
        ("review-due", "", 2, True),
    ]
    assert said._status_heads(told, 1) == [
        CompanyHead("C", 2, (Status.ACTIVE, None, "某公司")),
        CompanyHead("D", 1, None),
    ]
    assert said._list_heads(told, 1) == list[ListHead]()


def test_companies_that_the_new_epoch_has_no_exposure_of_are_told_to_the_agents(told: Database) -> None:
    both = [
        incoming(topics.EXPOSURES, exposure(key, {"radar": 3}, families=3, instances=3), key=key, offset=n)
        for n, key in enumerate("CD")
    ]
    store(
        told,
        *both,
        incoming(topics.EXPOSURES, exposure("C", {"radar": 3}, families=3, instances=3), key="C", epoch=2),
    )
    lost = list(said._exposure_heads(told, 1, 2, AT_MS))
    assert [(one.company_id, one.ratings, one.signals) for one in lost] == [("D", (), ())]


def test_a_backup_has_what_readers_saw_and_fills_all_tables(told: Database) -> None:
    before, rows = list(map(told_of, feed(told))), counts(told, 1)
    files = {table: BytesIO(b"".join(write_table(told, table))) for table in ("epochs", "feed")}
    empty(told)
    assert counts(told, 1) == dict.fromkeys(TABLES, 0)
    for table, file in files.items():
        for _ in read_table(told, table, file):
            pass
    assert list(map(told_of, feed(told))) == before
    assert counts(told, 1) == rows
