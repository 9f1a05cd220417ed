"""Which migrations may be applied beside a program that does not know them, and what that program does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from giants.store.client import Database, connect
from giants.store.errors import MigrationError
from giants.store.migrations import Migration, migrate, migrations, schema_is_current

ADDS = re.compile(
    r"CREATE TABLE|CREATE VIEW|CREATE OR REPLACE VIEW"
    r"|ALTER TABLE \w+ (ADD COLUMN|MATERIALIZE COLUMN|ADD PROJECTION|MATERIALIZE PROJECTION)\b"
)
NEXT = migrations()[-1].number + 1


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    with connect(f"chdb://{tmp_path / 'clickhouse'}") as opened:
        yield opened


def shape(database: Database) -> dict[tuple[str, str], Any]:
    """What a program that reads and writes these tables and views relies on."""
    columns = database.rows(
        "SELECT table, name, type, default_kind, default_expression FROM system.columns "
        "WHERE database = currentDatabase()"
    )
    tables = database.rows(
        "SELECT name, engine, partition_key, sorting_key, primary_key FROM system.tables "
        "WHERE database = currentDatabase()"
    )
    return {(row.pop("table"), row.pop("name")): row for row in columns} | {
        (row.pop("name"), ""): row for row in tables
    }


def mark(database: Database, number: int, *, rolling: bool) -> None:
    """Note a migration of a newer program."""
    row = (number, f"{number:04}_later.sql", rolling)
    database.insert("schema_migrations", ("number", "name", "rolling"), [row])


def test_a_migration_beside_which_the_program_before_goes_on_only_adds(empty: Database) -> None:
    for migration in migrations():
        before = shape(empty)
        for statement in migration.statements:
            empty.execute(statement)
            # Rows of another table would have to be filled in by whoever goes on writing that table.
            if migration.rolling:
                assert ADDS.match(" ".join(statement.split())), f"{migration.name}: {statement}"
        if migration.rolling:
            after = shape(empty)
            changed = {what for what, is_so in before.items() if after.get(what) != is_so}
            assert not changed, migration.name


def test_marks_of_migrations_are_kept_also_where_there_were_none(empty: Database) -> None:
    empty.execute(
        "CREATE TABLE schema_migrations (number UInt32, name String, applied_at DateTime64(3, 'UTC')) "
        "ENGINE = ReplacingMergeTree ORDER BY number"
    )
    migrate(empty)
    rows = empty.rows("SELECT number, rolling FROM schema_migrations FINAL ORDER BY number")
    assert [(row["number"], row["rolling"]) for row in rows] == [
        (migration.number, migration.rolling) for migration in migrations()
    ]


def test_an_old_program_goes_on_beside_what_only_adds(empty: Database) -> None:
    migrate(empty)
    mark(empty, NEXT, rolling=True)
    mark(empty, NEXT + 1, rolling=True)
    assert migrate(empty) == []
    assert schema_is_current(empty)


def test_an_old_program_refuses_what_it_cannot_go_on_beside(empty: Database) -> None:
    migrate(empty)
    mark(empty, NEXT, rolling=False)
    mark(empty, NEXT + 1, rolling=True)
    with pytest.raises(MigrationError, match=rf"holds migration {NEXT} .* knows up to {NEXT - 1}"):
        migrate(empty)


def test_what_is_missing_is_told_before_it_is_applied_but_not_in_a_new_database(empty: Database) -> None:
    told: list[list[Migration]] = []
    migrate(empty, lambda missing: told.append(list(missing)))
    assert told == []
    empty.execute(
        f"ALTER TABLE schema_migrations DELETE WHERE number = {NEXT - 1} SETTINGS mutations_sync = 1"
    )
    assert migrate(empty, lambda missing: told.append(list(missing))) == [migrations()[-1].name]
    assert told == [[migrations()[-1]]]
