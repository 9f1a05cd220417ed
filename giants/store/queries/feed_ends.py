"""Where the feed of an epoch ends in the store: what joins it to records that are read from the topics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from giants.store.client import Database
from giants.store.queries.feed import HEADS

_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StoredEnds:
    """The offset after the last change of each place that was stored, and when the newest of all was.

    A place is topic and partition. The changes of one partition are stored in the order of their offsets, so
    every change of the epoch before such an offset is stored.
    """

    epoch: int
    offsets: Mapping[str, int]
    newest: datetime = _BEFORE_ALL


def stored_ends(database: Database, epoch: int) -> StoredEnds:
    """The ends now."""
    rows = database.rows(HEADS, {"epoch": epoch})
    return StoredEnds(
        epoch,
        {f"{row['topic']}/{row['partition']}": int(row["next"]) for row in rows},
        max((row["newest"] for row in rows), default=_BEFORE_ALL),
    )
