"""Which changes the feed holds already, so that none is stored twice: its key does not show it.

Records are read again after a crash, after a rebalance, and after an insert that failed or seemed to. Tokens
tell the same block only where it is cut the same way, and only for a while; here rows are looked up instead,
once for each partition that this process begins to store, and of those only up to where the feed ends.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from giants.store.client import Database
from giants.store.tables import FeedRow

TABLE: Final = "feed_rows"
# Read from the projection `heads`: a row or two for each partition and part.
_HEADS: Final = """
SELECT epoch, topic, `partition`, max(`offset`) AS head, max(stored_at) AS newest
FROM feed_rows
WHERE epoch IN {epochs:Array(UInt32)}
GROUP BY epoch, topic, `partition`
"""
_STORED: Final = """
SELECT DISTINCT epoch, topic, `partition`, `offset`, id
FROM feed_rows
WHERE epoch IN {epochs:Array(UInt32)} AND topic IN {topics:Array(String)}
  AND `offset` BETWEEN {first:UInt64} AND {last:UInt64} AND id IN {ids:Array(String)}
"""

_Partition = tuple[int, str, int]


class FeedHeads:
    """Where the feed ended for each (epoch, topic, partition) when this process began to store it."""

    def __init__(self) -> None:
        self._heads: Final[dict[_Partition, int]] = {}

    def forget(self) -> None:
        """Look again: another process may have stored, or an insert that failed may have taken effect."""
        self._heads.clear()

    def missing(self, database: Database, rows: Sequence[FeedRow]) -> tuple[list[FeedRow], datetime | None]:
        """The rows that the feed does not hold, and the newest `stored_at` of it where it was looked up.

        The same offset with another id is another change: the topic was made anew.
        """
        newest = self._look_up(database, {_partition(row) for row in rows} - self._heads.keys())
        known = [row for row in rows if row.offset <= self._heads[_partition(row)]]
        stored = self._stored(database, known) if known else set()
        return [row for row in rows if _identity(row) not in stored], newest

    def _look_up(self, database: Database, partitions: set[_Partition]) -> datetime | None:
        if not partitions:
            return None
        database.catch_up(TABLE)
        found = database.rows(_HEADS, {"epochs": sorted({epoch for epoch, _, _ in partitions})})
        heads = {(row["epoch"], row["topic"], row["partition"]): row["head"] for row in found}
        self._heads.update({partition: heads.get(partition, -1) for partition in partitions})
        return max((row["newest"] for row in found), default=None)

    @staticmethod
    def _stored(database: Database, rows: Sequence[FeedRow]) -> set[tuple[int, str, int, int, str]]:
        found = database.rows(
            _STORED,
            {
                "epochs": sorted({row.epoch for row in rows}),
                "topics": sorted({row.topic for row in rows}),
                "first": min(row.offset for row in rows),
                "last": max(row.offset for row in rows),
                "ids": sorted({row.id for row in rows}),
            },
        )
        names = ("epoch", "topic", "partition", "offset", "id")
        return {tuple(row[name] for name in names) for row in found}


def _partition(row: FeedRow) -> _Partition:
    return row.epoch, row.topic, row.partition


def _identity(row: FeedRow) -> tuple[int, str, int, int, str]:
    return row.epoch, row.topic, row.partition, row.offset, row.id
