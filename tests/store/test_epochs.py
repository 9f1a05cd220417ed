"""The epoch that queries read is known for a moment, and given up as soon as it changes."""

from datetime import UTC, datetime

from giants.kafka import topics
from giants.store.client import Database
from giants.store.epochs import (
    begin_next_epoch,
    complete_epoch,
    copy_state,
    shown_epoch,
    shown_rows,
    visible_epoch,
)
from giants.store.queries.companies import company_by_id
from tests.store.builders import company, incoming, store
from tests.store.waiting import wait_until

COUNT = "SELECT count() AS n FROM companies_rows FINAL WHERE epoch = {epoch:UInt32}"


def test_the_first_epoch_is_shown_at_once(database: Database) -> None:
    assert shown_epoch(database) == 0
    store(database, incoming(topics.COMPANIES, company("C"), key="C", epoch=3))
    assert shown_epoch(database) == 3
    assert shown_rows(database, COUNT) == [{"n": 1}]


def test_an_epoch_that_this_process_completes_is_shown_at_once(database: Database) -> None:
    store(database, incoming(topics.COMPANIES, company("OLD"), key="OLD"))
    assert company_by_id(database, "OLD") is not None
    epoch = begin_next_epoch(database)
    store(database, incoming(topics.COMPANIES, company("NEW"), key="NEW", epoch=epoch))
    assert company_by_id(database, "NEW") is None
    complete_epoch(database, epoch)
    assert company_by_id(database, "NEW") is not None
    assert company_by_id(database, "OLD") is None


def test_an_epoch_that_another_process_completes_is_shown_soon(database: Database) -> None:
    store(database, incoming(topics.COMPANIES, company("C"), key="C"))
    assert shown_epoch(database) == 1
    now = datetime.now(UTC)
    columns = ("epoch", "started_at", "complete_at", "precedence")
    database.insert("epochs_rows", columns, [(2, now, now, 1)])
    assert visible_epoch(database) == 2
    wait_until(lambda: shown_epoch(database) == 2, "the epoch of the other process")


def test_the_state_of_an_epoch_is_copied_into_a_newer_one_and_again(database: Database) -> None:
    store(database, incoming(topics.COMPANIES, company("C"), key="C"))
    epoch = begin_next_epoch(database)
    for _ in range(2):
        copy_state(database, 1, epoch)
        assert database.rows(COUNT, {"epoch": epoch}) == [{"n": 1}]
    complete_epoch(database, epoch)
    assert company_by_id(database, "C") is not None
