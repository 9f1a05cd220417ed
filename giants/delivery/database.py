"""The queue's file: SQLite with a write-ahead log, readable by its owner only, migrated step by step."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from giants.delivery.errors import QueueVersionError

# In the data folder.
QUEUE_FILE = "delivery.sqlite"
BUSY_SECONDS_MAX = 30.0

# Each step is a list of statements that brings the schema from its index to the next version. Steps are never
# edited once they are released, only added.
_STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE targets (
            id INTEGER PRIMARY KEY,
            watchlist_id TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('webhook', 'email')),
            address TEXT NOT NULL,
            digest TEXT NOT NULL,
            secret TEXT,
            listed INTEGER NOT NULL,
            disabled_why TEXT,
            UNIQUE (watchlist_id, kind, address, digest)
        ) STRICT""",
        """CREATE TABLE alerts (
            id TEXT PRIMARY KEY,
            body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            alert_id TEXT NOT NULL REFERENCES alerts (id),
            target_id INTEGER NOT NULL REFERENCES targets (id),
            state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'cancelled')),
            attempts INTEGER NOT NULL DEFAULT 0,
            due_ms INTEGER NOT NULL,
            slot_ms INTEGER NOT NULL,
            settled_ms INTEGER,
            reason TEXT NOT NULL DEFAULT '',
            UNIQUE (alert_id, target_id)
        ) STRICT""",
        "CREATE INDEX deliveries_by_state ON deliveries (state, due_ms)",
        "CREATE INDEX deliveries_by_target ON deliveries (target_id, state, due_ms)",
        "CREATE INDEX deliveries_by_age ON deliveries (settled_ms) WHERE settled_ms IS NOT NULL",
    ),
    # Of a state the newest first: few have failed among many that were delivered.
    ("CREATE INDEX deliveries_listed ON deliveries (state)",),
    # The trace that led to the alert, as its record carried it.
    ("ALTER TABLE alerts ADD COLUMN traceparent TEXT",),
    # Deliveries to a webhook that are one piece of news are sent as one message, whose members are settled
    # before it is sent. What waited until now is a message each.
    (
        "ALTER TABLE deliveries ADD COLUMN group_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE deliveries ADD COLUMN message_id INTEGER",
        """CREATE TABLE messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            target_id INTEGER NOT NULL REFERENCES targets (id),
            group_id TEXT NOT NULL,
            members INTEGER NOT NULL,
            due_ms INTEGER NOT NULL,
            sealed INTEGER NOT NULL
        ) STRICT""",
        "CREATE INDEX messages_by_group ON messages (target_id, group_id)",
        "CREATE INDEX deliveries_by_group ON deliveries (target_id, group_id)",
        "CREATE INDEX deliveries_by_message ON deliveries (message_id) WHERE message_id IS NOT NULL",
        """INSERT INTO messages (id, target_id, group_id, members, due_ms, sealed)
            SELECT d.id, d.target_id, d.alert_id, 1, d.due_ms, 1
            FROM deliveries d JOIN targets t ON t.id = d.target_id
            WHERE d.state = 'pending' AND t.kind = 'webhook'""",
        "UPDATE deliveries SET group_id = alert_id",
        "UPDATE deliveries SET message_id = id WHERE id IN (SELECT id FROM messages)",
    ),
    # How far the topic of the alerts is taken in; another topic of its name has another id.
    (
        """CREATE TABLE positions (
            topic_id TEXT NOT NULL,
            partition INTEGER NOT NULL,
            next_offset INTEGER NOT NULL,
            PRIMARY KEY (topic_id, partition)
        ) STRICT, WITHOUT ROWID""",
    ),
    # The shape of a webhook's body.
    ("ALTER TABLE targets ADD COLUMN format TEXT NOT NULL DEFAULT 'standard'",),
    # Whose the watchlist was when it raised the alert, as the alert says.
    (
        "ALTER TABLE deliveries ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
        """UPDATE deliveries SET owner = coalesce((
            SELECT CASE WHEN json_valid(CAST(a.body AS TEXT))
                   THEN json_extract(CAST(a.body AS TEXT), '$.owner') END
            FROM alerts a WHERE a.id = deliveries.alert_id
        ), '')""",
        "CREATE INDEX deliveries_by_owner ON deliveries (owner, id)",
    ),
)


class QueueFile:
    """One connection to the file, shared by the threads of a process one at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self._lock = RLock()
        self._within = False

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def all(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """Every row of a query."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, *values: object) -> int:
        """Change rows; returns how many."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    def run_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Change rows with one set of values after another."""
        with self._lock:
            self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction, on disk when the block has ended. A block inside another is part of it."""
        with self._lock:
            if self._within:
                yield
                return
            self._within = True
            try:
                with _transaction(self._connection):
                    yield
            finally:
                self._within = False


def connect(path: Path) -> sqlite3.Connection:
    """Open the queue's file, creating and migrating it where needed.

    Raises `QueueVersionError` where a newer program wrote it. What is committed survives a loss of power.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # It holds secrets of webhooks: its owner alone may read it and its log, which takes over the mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS_MAX, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that takes the write lock at once: upgrading a read lock later could fail."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with _transaction(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(_STEPS):
            raise QueueVersionError(path, version, len(_STEPS))
        for step in _STEPS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_STEPS)}")
