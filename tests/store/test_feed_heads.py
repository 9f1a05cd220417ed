"""The feed holds a change once, however the records that bring it again are cut into blocks."""

from datetime import datetime, timedelta

from giants.kafka import topics
from giants.store.buffer import Buffer
from giants.store.client import Database
from giants.store.records import Incoming
from tests.store.builders import LONG_AGO, incoming, rating_change, status_change


def changes(*numbers: int) -> list[Incoming]:
    return [
        incoming(topics.STATUS_CHANGES, status_change("C", number), key="C", offset=number)
        for number in numbers
    ]


def feed(database: Database) -> list[int]:
    rows = database.rows("SELECT `offset` FROM feed_rows ORDER BY stored_at, `offset`")
    return [row["offset"] for row in rows]


def stored_by(buffer: Buffer, database: Database, records: list[Incoming]) -> int:
    for record in records:
        buffer.add(record)
    return buffer.store(database)


def test_changes_that_are_read_again_in_other_blocks_are_in_the_feed_once(database: Database) -> None:
    stored_by(Buffer(LONG_AGO), database, changes(1, 2, 3))
    stored_by(Buffer(LONG_AGO), database, changes(2, 3, 4, 5))
    assert feed(database) == [1, 2, 3, 4, 5]


def test_what_another_process_stored_meanwhile_is_looked_up_once_partitions_come_back(
    database: Database,
) -> None:
    here = Buffer(LONG_AGO)
    stored_by(here, database, changes(1))
    here.discard()
    stored_by(Buffer(LONG_AGO), database, changes(2, 3))
    stored_by(here, database, changes(2, 3, 4))
    assert feed(database) == [1, 2, 3, 4]


def test_a_topic_that_was_made_anew_has_its_changes_stored(database: Database) -> None:
    stored_by(Buffer(LONG_AGO), database, changes(1, 2))
    anew = incoming(topics.RATING_CHANGES, rating_change("C", 9), key="C", offset=1)
    again = incoming(topics.STATUS_CHANGES, status_change("D", 1), key="D", offset=1)
    stored_by(Buffer(LONG_AGO), database, [anew, again])
    assert feed(database) == [1, 2, 1, 1]


def test_a_block_that_was_wholly_stored_is_not_inserted(database: Database) -> None:
    stored_by(Buffer(LONG_AGO), database, changes(1, 2))
    stored_by(Buffer(LONG_AGO), database, changes(2))
    assert feed(database) == [1, 2]


def test_a_process_whose_clock_is_behind_stores_after_the_one_before(database: Database) -> None:
    ahead = LONG_AGO + timedelta(days=365 * 100)
    stored_by(Buffer(ahead), database, changes(1))
    stored_by(Buffer(LONG_AGO), database, changes(2))
    instants: list[datetime] = [
        row["stored_at"] for row in database.rows("SELECT stored_at FROM feed_rows ORDER BY `offset`")
    ]
    assert instants == [ahead + timedelta(microseconds=1), ahead + timedelta(microseconds=2)]


def test_looking_up_costs_one_query_a_partition_and_none_later(database: Database) -> None:
    buffer = Buffer(LONG_AGO)
    stored_by(buffer, database, changes(1))
    asked: list[str] = []
    rows = database.rows

    def counting(sql: str, *arguments: object, **options: object) -> object:
        asked.append(sql)
        return rows(sql, *arguments, **options)  # type: ignore[arg-type]

    database.rows = counting  # type: ignore[method-assign, assignment]
    stored_by(buffer, database, changes(2))
    stored_by(buffer, database, changes(3))
    assert not [sql for sql in asked if "feed_rows" in sql]
