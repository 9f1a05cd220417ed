"""A SQLite file that lives while a file is read: what must be sorted or joined goes to disk, not memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from giants.sources.errors import TemporaryStoreError

# Some hundred million publications.
STORE_BYTES_MAX = 256_000_000_000
CACHE_KIBIBYTES = 32_768
PAGE_BYTES = 8_192


@contextmanager
def temporary_database(schema: str) -> Iterator[sqlite3.Connection]:
    """A database with these tables, in a temporary folder; gone afterwards.

    Raises `TemporaryStoreError` where the disk is full or the limit is reached.
    """
    with TemporaryDirectory(prefix="giants-") as folder:
        try:
            with closing(sqlite3.connect(Path(folder) / "store.sqlite", isolation_level=None)) as database:
                # Nothing has to survive a crash.
                database.executescript(
                    f"PRAGMA page_size = {PAGE_BYTES}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                    f"PRAGMA temp_store = FILE; PRAGMA cache_size = -{CACHE_KIBIBYTES};"
                    f"PRAGMA max_page_count = {STORE_BYTES_MAX // PAGE_BYTES};"
                )
                database.executescript(schema)
                yield database
        except sqlite3.Error as error:
            raise TemporaryStoreError(str(error)) from None


def write_batch(database: sqlite3.Connection, *statements: tuple[str, Iterator[tuple[object, ...]]]) -> None:
    """Execute statements for many rows each, in one transaction."""
    database.execute("BEGIN")
    for sql, rows in statements:
        database.executemany(sql, rows)
    database.execute("COMMIT")
