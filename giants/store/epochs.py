"""Epochs: a rebuild fills a new one while readers see the old, until the new one is complete."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cachetools import TTLCache

from giants.store.client import Database, Parameters, Row
from giants.store.errors import EpochError

# An epoch that another process completes is visible here within this time.
SHOWN_SECONDS_MAX: Final = 0.5
DATABASES_MAX: Final = 8
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
    "lists_rows",
    "list_changes_rows",
    "feed_rows",
    "portfolio_rows",
    "findings_rows",
)
# Those with what was said, which `giants.store.said` carries over.
SAID_TABLES: Final = (
    "status_changes_rows",
    "rating_changes_rows",
    "moves_rows",
    "signal_changes_rows",
    "list_changes_rows",
    "feed_rows",
)
# A plain `epoch` would be that of the copy.
_COPY_STATE: Final = (
    "INSERT INTO {table} SELECT * REPLACE ({{new:UInt32}} AS epoch) FROM {table} AS t FINAL "
    "WHERE t.epoch = {{old:UInt32}} SETTINGS insert_deduplicate = 0"
)
# Above the precedence of a complete epoch.
_ABANDONED: Final = 2
_COLUMNS: Final = ("epoch", "started_at", "complete_at", "precedence")


class _Shown:
    """A cache of the visible epoch of each database, which every query of the API needs."""

    def __init__(self) -> None:
        self._cache: TTLCache[tuple[Database, int], int] = TTLCache(DATABASES_MAX, SHOWN_SECONDS_MAX)
        self._lock: Final = threading.Lock()
        self._changes = 0  # of epochs by this process: an answer from before a change counts no more

    def epoch(self, database: Database) -> int:
        """The epoch to read."""
        key = database, self._changes
        with self._lock:
            cached = self._cache.get(key)
        if cached is None:
            cached = visible_epoch(database)
            if cached:  # without one the first may be added at any moment
                with self._lock:
                    self._cache[key] = cached
        return cached

    def forget(self) -> None:
        """Invalidate the cache after a change, also for a query that is running now."""
        self._changes += 1


_SHOWN: Final = _Shown()


def shown_rows(
    database: Database, sql: str, parameters: Parameters | None = None, *, raw: Sequence[str] = ()
) -> list[Row]:
    """The rows of a query over the visible epoch, which is bound as `epoch`.

    Queries read the tables, not the views over them: a view looks up the epoch whenever it is read, which
    takes longer than most queries.
    """
    return database.rows(sql, {**(parameters or {}), "epoch": shown_epoch(database)}, raw=raw)


def shown_epoch(database: Database) -> int:
    """The visible epoch, at most `SHOWN_SECONDS_MAX` old; 0 where there is none yet."""
    return _SHOWN.epoch(database)


def visible_epoch(database: Database) -> int:
    """The epoch that readers see; 0 where there is none yet."""
    return int(database.rows("SELECT epoch FROM visible_epoch")[0]["epoch"])


def newest_epoch(database: Database) -> int:
    """The highest epoch that was ever begun; 0 where there is none yet."""
    return int(database.rows("SELECT max(epoch) AS epoch FROM epochs_rows")[0]["epoch"])


def epoch_id(database: Database, epoch: int) -> str:
    """The number of an epoch and when it was begun, which tells it from those of other databases."""
    rows = database.rows(
        "SELECT min(started_at) AS started_at FROM epochs_rows WHERE epoch = {e:UInt32}", {"e": epoch}
    )
    return f"{epoch}@{rows[0]['started_at'].isoformat()}"


def begin_next_epoch(database: Database) -> int:
    """Begin a new epoch; readers see the old one until `complete_epoch`.

    The first epoch of a database is visible at once.
    """
    database.catch_up("epochs_rows")
    epoch = newest_epoch(database) + 1
    note_epoch(database, epoch)
    return epoch


def note_epoch(database: Database, epoch: int) -> None:
    """Register an epoch before its first row is stored; the first of a database is visible at once."""
    database.catch_up("epochs_rows")
    if database.rows("SELECT epoch FROM epochs_rows WHERE epoch = {e:UInt32} LIMIT 1", {"e": epoch}):
        return
    now = datetime.now(UTC)
    complete_at = now if visible_epoch(database) == 0 else None
    database.insert("epochs_rows", _COLUMNS, [(epoch, now, complete_at, 1 if complete_at else 0)])
    _SHOWN.forget()


def complete_epoch(database: Database, epoch: int) -> None:
    """Make a filled epoch visible. Called again it changes nothing."""
    found = database.rows("SELECT started_at FROM epochs WHERE epoch = {e:UInt32}", {"e": epoch})
    now = datetime.now(UTC)
    started_at = found[0]["started_at"] if found else now
    database.insert("epochs_rows", _COLUMNS, [(epoch, started_at, now, 1)])
    _SHOWN.forget()


def copy_state(database: Database, old: int, new: int) -> None:
    """Copy the state of an epoch, without what was said, into a newer one; done twice it changes nothing."""
    for table in (one for one in EPOCH_TABLES if one not in SAID_TABLES):
        database.catch_up(table)
        database.execute(_COPY_STATE.format(table=table), {"old": old, "new": new})


def unfinished_epochs(database: Database) -> list[Row]:
    """Epochs that are being built, oldest first, or whose building was broken off: `epoch`, `started_at`."""
    return database.rows(
        "SELECT epoch, started_at FROM epochs_rows FINAL "
        "WHERE complete_at IS NULL AND precedence < {a:UInt64} "
        "AND epoch > (SELECT epoch FROM visible_epoch) ORDER BY epoch",
        {"a": _ABANDONED},
    )


def unfinished_seconds(database: Database) -> float:
    """How long the oldest epoch that is not complete has been built; 0 where there is none."""
    found = unfinished_epochs(database)
    return (datetime.now(UTC) - found[0]["started_at"]).total_seconds() if found else 0.0


def abandon_epoch(database: Database, epoch: int) -> None:
    """Delete the rows of an epoch that is not complete. Its number stays used: it is in ids of changes.

    Raises `EpochError` where there is no such epoch.
    """
    found = [row for row in unfinished_epochs(database) if row["epoch"] == epoch]
    if not found:
        raise EpochError(f"epoch {epoch} is not one that is being built (`giants epochs list`)")
    for table in EPOCH_TABLES:
        if any(old == epoch for old in _partitions_of(database, table)):
            database.execute(f"ALTER TABLE {table} DROP PARTITION {epoch}")
    database.insert("epochs_rows", _COLUMNS, [(epoch, found[0]["started_at"], None, _ABANDONED)])
    _SHOWN.forget()


def _partitions_of(database: Database, table: str) -> list[int]:
    parts = database.rows(
        "SELECT DISTINCT partition FROM system.parts "
        "WHERE database = currentDatabase() AND table = {t:String} AND active",
        {"t": table},
    )
    return sorted(int(part["partition"]) for part in parts)


def drop_epochs_before(database: Database, epoch: int) -> list[int]:
    """Delete the rows of older epochs; returns those that had any."""
    dropped: set[int] = set()
    for table in EPOCH_TABLES:
        for old in (one for one in _partitions_of(database, table) if one < epoch):
            database.execute(f"ALTER TABLE {table} DROP PARTITION {old}")
            dropped.add(old)
    return sorted(dropped)
