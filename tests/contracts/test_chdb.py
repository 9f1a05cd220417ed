"""chDB and the client of ClickHouse: one process, several threads, tokens, engines and instants."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from giants.store.client import Database, connect

ROWS = 2_000
OPEN = "import sys; from giants.store.client import connect; connect(f'chdb://{sys.argv[1]}').close()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "clickhouse"


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    with connect(f"chdb://{folder}") as opened:
        yield opened


def count(database: Database, table: str) -> int:
    return int(database.rows("SELECT count() AS n FROM {t:Identifier}", {"t": table})[0]["n"])


def test_a_database_is_open_in_one_process_at_a_time(folder: Path, database: Database) -> None:
    """Why store and API share a process where it is embedded, and why a backup asks that process."""
    assert database.rows("SELECT 1 AS one") == [{"one": 1}]
    second = subprocess.run(
        [sys.executable, "-c", OPEN, str(folder)], capture_output=True, text=True, check=False
    )
    assert second.returncode != 0
    assert "BusyError" in second.stderr
    assert "(is it open in another process?)" in second.stderr


def test_a_token_counts_where_the_table_has_a_window_and_does_nothing_where_it_has_none(
    database: Database,
) -> None:
    """Why every table of the store states `non_replicated_deduplication_window`: it is 0 by default."""
    for table, window in (("kept", "SETTINGS non_replicated_deduplication_window = 10"), ("lost", "")):
        database.execute(f"CREATE TABLE {table} (n UInt64) ENGINE = MergeTree ORDER BY n {window}")
        for _ in range(2):
            database.insert(table, ("n",), [(1,)], "the same token")
    assert (count(database, "kept"), count(database, "lost")) == (1, 2)


def test_a_token_is_one_of_a_partition(database: Database) -> None:
    """Why the same records may fill the epochs of two topic prefixes: an epoch is a partition."""
    database.execute(
        "CREATE TABLE epochs_of (epoch UInt32, n UInt64) ENGINE = MergeTree PARTITION BY epoch ORDER BY n "
        "SETTINGS non_replicated_deduplication_window = 10"
    )
    for epoch in (1, 2, 1):
        database.insert("epochs_of", ("epoch", "n"), [(epoch, 1)], "the same token")
    assert count(database, "epochs_of") == 2


def test_the_highest_precedence_is_the_row_that_final_gives(database: Database) -> None:
    """What makes rows that come twice one, in whatever order (`giants.store.tables`)."""
    database.execute("CREATE TABLE latest (k String, p UInt64) ENGINE = ReplacingMergeTree(p) ORDER BY k")
    for precedence in (2, 3, 1):
        database.insert("latest", ("k", "p"), [("a", precedence)])
    assert database.rows("SELECT k, p FROM latest FINAL") == [{"k": "a", "p": 3}]


def test_instants_with_a_zone_come_back_as_they_went_in(database: Database) -> None:
    """Why no naive instant is inserted: the client takes it for one of the host's zone."""
    at = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    database.execute("CREATE TABLE instants (at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY at")
    database.insert("instants", ("at",), [(at,)])
    assert database.rows("SELECT at FROM instants") == [{"at": at}]


def test_threads_read_while_another_inserts(database: Database) -> None:
    """What lets the API answer while the store works in the same process."""
    database.execute("CREATE TABLE busy (n UInt64) ENGINE = MergeTree ORDER BY n")
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(count(database, "busy"))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(20):
        database.insert("busy", ("n",), [(number * ROWS + row,) for row in range(ROWS)])
    done.set()
    for reader in readers:
        reader.join()
    assert count(database, "busy") == 20 * ROWS
    assert all(rows % ROWS == 0 for rows in seen), "no reader sees half a block"
