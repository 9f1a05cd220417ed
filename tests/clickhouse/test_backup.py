"""The journal of a ClickHouse server: written as Parquet, emptied, and put back row for row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from giants.backup.archive import unpack
from giants.backup.errors import OccupiedError
from giants.backup.make import make_backup
from giants.backup.restore import restore
from giants.kafka import topics
from giants.settings import Settings
from giants.store import journal
from giants.store.client import Database
from giants.store.errors import JournalError
from giants.store.journal import TABLES, DatabaseJournal, read_table, row_counts, write_table
from giants.store.migrations import migrate
from tests.delivery.samples import alert
from tests.store.builders import announcement, company, family, incoming, store

FAMILIES = 300


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def filled(database: Database) -> Database:
    migrate(database)
    store(
        database,
        incoming(topics.ANNOUNCEMENTS, announcement()),
        *(incoming(topics.FAMILIES, family(f"F{n}"), key=f"F{n}", offset=n) for n in range(FAMILIES)),
        incoming(topics.FAMILIES, family("F0"), key="F0", offset=FAMILIES),  # again: one row
        incoming(topics.WATCHLISTS, None, key="w-1"),
        incoming(topics.COMPANIES, company("lg-1"), key="lg-1", epoch=2),
        incoming(topics.ALERTS, alert().model_dump_json().encode(), key="w-1"),
        incoming(topics.DEAD_LETTERS, b"\xff{", headers={"giants-error": b"not JSON \xff", "x": b"1"}),
    )
    return database


def held(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of the journal with every column."""
    raw = ("key", "value", "body", "digest")
    return {
        table: database.rows(
            # The feed alone holds each row once without merging.
            "SELECT * FROM {t:Identifier} ORDER BY ALL"
            if table == "feed"
            else "SELECT * FROM {t:Identifier} FINAL ORDER BY ALL",
            {"t": f"{table}_rows"},
            raw=raw,
        )
        for table in TABLES
    }


def backup(database: Database, settings: Settings, path: Path) -> None:
    make_backup(path, DatabaseJournal(database), settings, lambda: None, lambda _, __: None)


def put_back(database: Database, settings: Settings, path: Path, *, replace: bool) -> dict[str, int]:
    folder = path.with_name("unpacked")
    folder.mkdir()
    rows: dict[str, int] = {}

    def report(table: str, by: int) -> None:
        rows[table] = rows.get(table, 0) + by

    restore(unpack(path, folder, lambda _, __: None), database, settings, replace=replace, report=report)
    return rows


def test_every_row_comes_back_and_what_follows_from_them_is_gone(
    filled: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROW_GROUP_BYTES", 1)  # a group for each block
    before = held(filled)
    path = tmp_path / "backup.zip"
    backup(filled, settings, path)
    with pytest.raises(OccupiedError, match=r"the table facts \(302\)"):
        put_back(filled, settings, path, replace=False)
    (tmp_path / "unpacked").rename(tmp_path / "first")
    rows = put_back(filled, settings, path, replace=True)
    assert {table: count for table, count in rows.items() if count} == {
        table: count for table, count in row_counts(filled).items() if count
    }
    assert held(filled) == before
    assert filled.rows("SELECT count() AS n FROM companies_rows") == [{"n": 0}]


def test_columns_that_no_table_has_and_groups_that_fit_no_memory_are_refused(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "facts.parquet"
    path.write_bytes(b"".join(write_table(filled, "facts")))
    with path.open("rb") as file, pytest.raises(JournalError, match="columns that are not known: digest, "):
        list(read_table(filled, "epochs", file))
    monkeypatch.setattr(journal, "ROW_GROUP_BYTES_MAX", 10)
    with path.open("rb") as file, pytest.raises(JournalError, match="bytes at once, at most 10"):
        list(read_table(filled, "facts", file))


def test_a_large_journal_is_written_in_groups_that_are_bounded(
    filled: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(journal, "BLOCK_ROWS_MAX", 50)
    monkeypatch.setattr(journal, "ROW_GROUP_BYTES", 10_000)
    path = tmp_path / "facts.parquet"
    pieces: Iterator[bytes] = write_table(filled, "facts")
    path.write_bytes(b"".join(pieces))
    metadata = pq.ParquetFile(path).metadata
    assert metadata.num_rows == FAMILIES + 2
    assert metadata.num_row_groups > 1
