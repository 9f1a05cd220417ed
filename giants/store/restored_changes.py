"""From the feed of a backup to the rows of all tables of changes, as the store makes them of the topics."""

from collections import defaultdict
from collections.abc import Sequence

from giants.store.change_rows import change_rows
from giants.store.client import Database, Row
from giants.store.errors import JournalError, UnreadableError
from giants.store.records import Incoming
from giants.store.said import published_topic
from giants.store.tables import TABLES, FeedRow, StoreRow


def insert_said(database: Database, epoch: int, feed: Sequence[Row]) -> None:
    """Insert rows of the feed, and those of single changes, as rows of an epoch.

    Raises `JournalError` where the bytes of a change cannot be read.
    """
    rows: defaultdict[type[StoreRow], list[StoreRow]] = defaultdict(list)
    for row in feed:
        rows[FeedRow].append(FeedRow(**row)._replace(epoch=epoch))
        for made in _of_change(row):
            if not isinstance(made, FeedRow):
                rows[type(made)].append(made._replace(epoch=epoch))
    for kind, some in rows.items():
        database.insert(TABLES[kind], some[0]._fields, some)


def _of_change(row: Row) -> list[StoreRow]:
    at_ms = int(row["at"].timestamp() * 1000)
    topic = published_topic(row["topic"])
    record = Incoming(topic, row["partition"], row["offset"], None, row["body"], at_ms, {})
    try:
        return list(change_rows(record))
    except (UnreadableError, KeyError) as error:
        raise JournalError(f"the feed holds a change that cannot be read: {error}") from error
