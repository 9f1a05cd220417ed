"""Bring the schema of a database up to this program: numbered files, each applied once, in order."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from giants.store.client import Database
from giants.store.errors import MigrationError
from giants.store.layout import Engine, Layout

_FILE_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (number UInt32, name String, applied_at DateTime64(3, 'UTC'))
ENGINE = ReplacingMergeTree ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the folder `ddl`."""

    number: int
    name: str
    statements: tuple[str, ...]


def migrations() -> tuple[Migration, ...]:
    """All migrations that this program knows, in order."""
    found = []
    for file in files("giants.store").joinpath("ddl").iterdir():
        match = _FILE_NAME.fullmatch(file.name)
        if match is not None:
            found.append(Migration(int(match[1]), file.name, _statements(file.read_text(encoding="utf-8"))))
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(database: Database) -> list[str]:
    """Apply the missing migrations; returns their names. Called again it changes nothing.

    After a crash in the middle of a file the file is applied again: every statement can be run twice.
    Raises `MigrationError` where the database was made by a newer program, or lies on other servers than its
    address says.
    """
    layout = database.layout
    _check_cluster(database, layout)
    database.execute(layout.statement(_TABLE.strip()))
    _check_engine(database, layout)
    database.catch_up("schema_migrations")
    done = {
        row["number"]: row["name"]
        for row in database.rows("SELECT number, name FROM schema_migrations FINAL")
    }
    known = migrations()
    newer = sorted(set(done) - {migration.number for migration in known})
    if newer:
        raise MigrationError(
            f"the database holds migration {newer[-1]} ({done[newer[-1]]}), "
            f"this program knows up to {known[-1].number}: run the newer program, or use another database"
        )
    applied = []
    for migration in known:
        if migration.number in done:
            continue
        for statement in migration.statements:
            database.execute(layout.statement(statement))
        row = (migration.number, migration.name, datetime.now(UTC))
        database.insert("schema_migrations", ("number", "name", "applied_at"), [row])
        applied.append(migration.name)
    return applied


def schema_is_current(database: Database) -> bool:
    """Whether every migration of this program is applied."""
    found = database.rows(
        "SELECT count() AS tables FROM system.tables "
        "WHERE database = currentDatabase() AND name = 'schema_migrations'"
    )
    if not found[0]["tables"]:
        return False
    done = {row["number"] for row in database.rows("SELECT number FROM schema_migrations")}
    return all(migration.number in done for migration in migrations())


def _check_cluster(database: Database, layout: Layout) -> None:
    if not layout.cluster:
        return
    # A name with a macro, such as '{cluster}', is put together by the server.
    if "{" in layout.cluster:
        return
    found = database.rows(
        "SELECT cluster, uniqExact(shard_num) AS shards FROM system.clusters GROUP BY cluster"
    )
    shards = {str(row["cluster"]): int(row["shards"]) for row in found}
    if layout.cluster not in shards:
        raise MigrationError(
            f"ClickHouse knows no cluster {layout.cluster}, but {', '.join(sorted(shards)) or 'none'}: put "
            "one of these into GIANTS_CLICKHOUSE (cluster=NAME), or none where the database replicates itself"
        )
    if shards[layout.cluster] != 1:
        raise MigrationError(
            f"cluster {layout.cluster} has {shards[layout.cluster]} shards, expected one with several "
            "replicas: views look rows up in other tables, so that each server needs all rows"
        )


def _check_engine(database: Database, layout: Layout) -> None:
    """Tables that are there stay as they were made: a copy on one server alone would look like success."""
    if layout.engine is Engine.CLOUD:
        return
    found = database.rows(
        "SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'"
    )
    engine = str(found[0]["engine"])
    if engine.startswith("Replicated") != (layout.engine is Engine.REPLICATED):
        raise MigrationError(
            f"the tables of this database are {engine}, and GIANTS_CLICKHOUSE says engine={layout.engine}: "
            "say what they are, or make a new database and fill it by `giants rebuild` or from a backup"
        )


def _statements(text: str) -> tuple[str, ...]:
    """Cut a file into statements: one ends with a semicolon at the end of a line; comments are left out."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    statements = (statement.strip() for statement in re.split(r";\s*(?:\n|$)", code))
    return tuple(_again(statement) for statement in statements if statement)


def _again(statement: str) -> str:
    """Make a statement repeatable."""
    return re.sub(r"^CREATE (TABLE|VIEW) (?!IF NOT EXISTS)", r"CREATE \1 IF NOT EXISTS ", statement)
