"""Bring the schema of a database up to this program: numbered files, each applied once, in order.

Each file says in a line `-- Rolling: yes` or `no` whether the program of the version before, which does not
know it, may go on reading and writing: it may where the migration only adds what has a default or is
computed. The database keeps that mark, so that an old program knows it of migrations that it has no file of.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import structlog

from giants.store.client import Database
from giants.store.errors import MigrationError
from giants.store.layout import Engine, Layout

_FILE_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_ROLLING: Final = re.compile(r"^-- Rolling: (yes|no)$", re.MULTILINE)
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number UInt32, name String, applied_at DateTime64(3, 'UTC'), rolling Bool DEFAULT false
) ENGINE = ReplacingMergeTree ORDER BY number
"""
# Of a database that was made before there were marks.
_HAS_MARKS: Final = """
SELECT name FROM system.columns
WHERE database = currentDatabase() AND table = 'schema_migrations' AND name = 'rolling'
"""
_MARKS: Final = "ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS rolling Bool DEFAULT false"

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the folder `ddl`; `rolling` says that the program before may go on beside it."""

    number: int
    name: str
    statements: tuple[str, ...]
    rolling: bool


def migrations() -> tuple[Migration, ...]:
    """All migrations that this program knows, in order."""
    found = []
    for file in files("giants.store").joinpath("ddl").iterdir():
        match = _FILE_NAME.fullmatch(file.name)
        if match is not None:
            text = file.read_text(encoding="utf-8")
            found.append(Migration(int(match[1]), file.name, _statements(text), _is_rolling(file.name, text)))
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(database: Database, before: Callable[[Sequence[Migration]], None] = lambda _: None) -> list[str]:
    """Apply the missing migrations; returns their names. Called again it changes nothing.

    After a crash in the middle of a file the file is applied again: every statement can be run twice.
    `before` is told what is missing in a database that an earlier program made, and may raise.
    Raises `MigrationError` where a newer program made the database what this one cannot go on with, or where
    it lies on other servers than its address says.
    """
    layout = database.layout
    _check_cluster(database, layout)
    database.execute(layout.statement(_TABLE.strip()))
    _check_engine(database, layout)
    if not database.rows(_HAS_MARKS):
        database.execute(_MARKS)
    database.catch_up("schema_migrations")
    known = migrations()
    done = _applied(database)
    _check_newer(done, known)
    missing = [migration for migration in known if migration.number not in done]
    if done and missing:
        before(missing)
    applied = []
    for migration in missing:
        for statement in migration.statements:
            database.execute(layout.statement(statement))
        row = (migration.number, migration.name, datetime.now(UTC), migration.rolling)
        database.insert("schema_migrations", ("number", "name", "applied_at", "rolling"), [row])
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


def _applied(database: Database) -> dict[int, tuple[str, bool]]:
    """Name and mark of each migration that was applied, by its number."""
    rows = database.rows("SELECT number, name, rolling FROM schema_migrations FINAL")
    return {row["number"]: (row["name"], row["rolling"]) for row in rows}


def _check_newer(done: Mapping[int, tuple[str, bool]], known: Sequence[Migration]) -> None:
    """Raise `MigrationError` where a newer program applied what is not rolling."""
    newer = sorted(set(done) - {migration.number for migration in known})
    for number in newer:
        name, is_rolling = done[number]
        if not is_rolling:
            raise MigrationError(
                f"the database holds migration {number} ({name}), which older programs cannot go on beside; "
                f"this one knows up to {known[-1].number}: run the newer, or use another database"
            )
    if newer:
        _logger.info(
            "a newer program has added to the schema, and this one goes on beside it",
            newest=newer[-1],
            known=known[-1].number,
        )


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


def _is_rolling(name: str, text: str) -> bool:
    """What a file says of itself. Raises `MigrationError` where it says nothing."""
    mark = _ROLLING.search(text)
    if mark is None:
        raise MigrationError(f"migration {name} has no line `-- Rolling: yes` or `-- Rolling: no`")
    return mark[1] == "yes"


def _statements(text: str) -> tuple[str, ...]:
    """Cut a file into statements: one ends with a semicolon at the end of a line; comments are left out."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    statements = (statement.strip() for statement in re.split(r";\s*(?:\n|$)", code))
    return tuple(_again(statement) for statement in statements if statement)


def _again(statement: str) -> str:
    """Make a statement repeatable."""
    return re.sub(r"^CREATE (TABLE|VIEW) (?!IF NOT EXISTS)", r"CREATE \1 IF NOT EXISTS ", statement)
