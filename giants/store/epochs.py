"""Epochs: a rebuild fills a new one beside the old, and readers move over when it is complete."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from weakref import WeakKeyDictionary

from giants.store.client import Database, Parameters, Row

# What another process completes is shown within this time.
SHOWN_SECONDS_MAX: Final = 0.5
EPOCH_MAX: Final = 2**31 - 1
# Tables whose rows belong to an epoch, which is their partition.
EPOCH_TABLES: Final = (
    "companies_rows",
    "status_changes_rows",
    "exposures_rows",
    "rating_changes_rows",
    "moves_rows",
    "signals_rows",
    "signal_changes_rows",
    "feed_rows",
    "portfolio_rows",
    "findings_rows",
)
_COLUMNS: Final = ("epoch", "started_at", "complete_at", "precedence")


@dataclass(frozen=True, slots=True)
class _Kept:
    """An epoch that was visible; it counts until an instant, and while this process changes no epoch."""

    epoch: int
    until: float
    state: object


class _Shown:
    """The visible epoch of each database, kept for a moment: every query of the API needs it."""

    def __init__(self) -> None:
        self._kept: Final[WeakKeyDictionary[Database, _Kept]] = WeakKeyDictionary()
        self._state = object()

    def epoch(self, database: Database) -> int:
        """The epoch to read."""
        state, now = self._state, time.monotonic()
        kept = self._kept.get(database)
        if kept is None or kept.state is not state or kept.until <= now:
            kept = _Kept(visible_epoch(database), now + SHOWN_SECONDS_MAX, state)
            if kept.epoch:  # while there is none the first may come at any moment
                self._kept[database] = kept
        return kept.epoch

    def forget(self) -> None:
        """An epoch changed: what is being asked just now may be the answer from before."""
        self._state = object()


_SHOWN: Final = _Shown()


def shown_rows(
    database: Database, sql: str, parameters: Parameters | None = None, *, raw: Sequence[str] = ()
) -> list[Row]:
    """Answer of a query over the rows of the epoch that readers see, which is bound as `epoch`.

    The tables are asked, not the views over them: a view looks for the epoch anew whenever it is read, and
    that takes longer than most queries.
    """
    return database.rows(sql, {**(parameters or {}), "epoch": shown_epoch(database)}, raw=raw)


def shown_epoch(database: Database) -> int:
    """The visible epoch as it was a moment ago at most; 0 where there is none yet."""
    return _SHOWN.epoch(database)


def visible_epoch(database: Database) -> int:
    """The epoch that readers see; 0 where there is none yet."""
    return int(database.rows("SELECT epoch FROM visible_epoch")[0]["epoch"])


def newest_epoch(database: Database) -> int:
    """The highest epoch that was ever begun; 0 where there is none yet."""
    return int(database.rows("SELECT max(epoch) AS epoch FROM epochs_rows")[0]["epoch"])


def begin_next_epoch(database: Database) -> int:
    """Begin a new epoch; readers stay with the old one until `complete_epoch`.

    The first epoch of a database is visible at once: there is nothing better to show.
    """
    epoch = newest_epoch(database) + 1
    note_epoch(database, epoch)
    return epoch


def note_epoch(database: Database, epoch: int) -> None:
    """Know an epoch whose first row is about to be stored; the very first one shows at once."""
    if database.rows("SELECT epoch FROM epochs_rows WHERE epoch = {e:UInt32} LIMIT 1", {"e": epoch}):
        return
    now = datetime.now(UTC)
    complete_at = now if visible_epoch(database) == 0 else None
    database.insert("epochs_rows", _COLUMNS, [(epoch, now, complete_at, 1 if complete_at else 0)])
    _SHOWN.forget()


def complete_epoch(database: Database, epoch: int) -> None:
    """Let readers move over to an epoch that is filled. Again, it changes nothing."""
    found = database.rows("SELECT started_at FROM epochs WHERE epoch = {e:UInt32}", {"e": epoch})
    now = datetime.now(UTC)
    started_at = found[0]["started_at"] if found else now
    database.insert("epochs_rows", _COLUMNS, [(epoch, started_at, now, 1)])
    _SHOWN.forget()


def drop_epochs_before(database: Database, epoch: int) -> list[int]:
    """Free the room of older epochs; returns those that had rows."""
    dropped: set[int] = set()
    for table in EPOCH_TABLES:
        parts = database.rows(
            "SELECT DISTINCT partition FROM system.parts "
            "WHERE database = currentDatabase() AND table = {t:String} AND active",
            {"t": table},
        )
        for old in sorted(int(part["partition"]) for part in parts if int(part["partition"]) < epoch):
            database.execute(f"ALTER TABLE {table} DROP PARTITION {old}")
            dropped.add(old)
    return sorted(dropped)
