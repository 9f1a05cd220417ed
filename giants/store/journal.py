"""The tables of a backup: those that cannot be computed from the facts, written as Parquet and read back.

Alerts and matches of portfolios are among them, since a rebuild alerts nobody, epochs, whose numbers are part
of the ids of published changes, and the changes that readers see: what was said stays said.
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import IO, Annotated, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from clickhouse_connect.datatypes.registry import get_from_name
from pydantic import BaseModel, ConfigDict, Field

from giants.domain.exposure import METHODOLOGY
from giants.store.client import Database
from giants.store.epochs import EPOCH_TABLES, newest_epoch, visible_epoch
from giants.store.errors import JournalError
from giants.store.export import Sink, arrow_type
from giants.store.migrations import migrations
from giants.store.restored_changes import insert_said

# All changes that readers see, with their bytes: tables of changes are filled from it.
FEED: Final = "feed"
# In the order of writing and restoring: the facts first, what follows from them later.
TABLES: Final = ("facts", "dead_letters", "store_rejects", "alerts", "portfolio_matches", "epochs", FEED)
# Computed from the facts, and emptied before a restore.
_DERIVED: Final = (
    *EPOCH_TABLES,
    *("families_rows", "taxonomies_rows", "watchlists_rows", "portfolio_parts_rows"),
    *("portfolio_deletions_rows", "judgements_rows", "screenings_rows"),
)
# Columns of any bytes; every other text is UTF-8.
_BYTES: Final = frozenset({"key", "value", "body", "digest"})
_COUNT: Final = "SELECT count() AS rows FROM {table}_rows {which}"
_ROWS: Final = "SELECT {names} FROM {table}_rows {which} SETTINGS max_block_size = {rows}"
_VISIBLE: Final = "WHERE epoch = (SELECT epoch FROM visible_epoch)"
# The feed is in the order of these instants, which differ by microseconds.
_STORED_AT: Final = pa.timestamp("us", "UTC")
BLOCK_ROWS_MAX: Final = 8_192
# A row group is in memory as a whole, when it is written and when it is read.
ROW_GROUP_BYTES: Final = 16_000_000
ROW_GROUP_BYTES_MAX: Final = 512_000_000


class Versions(BaseModel):
    """Versions behind a journal: the program, the last migration of its tables, the newest epoch."""

    model_config = ConfigDict(frozen=True)

    program: str
    migration: Annotated[int, Field(ge=0)]
    epoch: Annotated[int, Field(ge=0)]
    methodology: str


class DatabaseJournal:
    """The journal in a database that this process has open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def versions(self) -> Versions:
        """The versions behind the journal."""
        return Versions(
            program=version("little-giants-stream"),
            migration=newest_migration(),
            epoch=newest_epoch(self._database),
            methodology=METHODOLOGY.id,
        )

    def rows(self) -> dict[str, int]:
        """The tables in the order of a backup, with how many rows each has."""
        return row_counts(self._database)

    def table(self, name: str) -> Iterator[bytes]:
        """A table as the pieces of a Parquet file."""
        return write_table(self._database, name)


def row_counts(database: Database) -> dict[str, int]:
    """How many rows each table of a backup has, each row once."""
    return {table: int(database.rows(_count_of(table))[0]["rows"]) for table in TABLES}


def _count_of(table: str) -> str:
    return _COUNT.format(table=table, which=_which(table))


def _which(table: str) -> str:
    """The rows of a table that a backup holds: each once, and of the feed those that readers see."""
    return _VISIBLE if table == FEED else "FINAL"


def newest_migration() -> int:
    """Number of the last migration of this program."""
    return migrations()[-1].number


def write_table(database: Database, table: str) -> Iterator[bytes]:
    """A table as the pieces of a Parquet file, in bounded memory. `table` is one of `TABLES`."""
    types = database.column_types(f"{table}_rows")
    schema = pa.schema([pa.field(name, _type(name, kind)) for name, kind in types.items()])
    raw = [name for name, kind in types.items() if name in _BYTES and kind == "String"]
    names = ", ".join(f"`{name}`" for name in types)
    statement = _ROWS.format(names=names, table=table, rows=BLOCK_ROWS_MAX, which=_which(table))
    sink = Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        group: list[pa.RecordBatch] = []
        for block in database.blocks(statement, raw=raw):
            group.append(_batch(schema, block))
            if sum(batch.nbytes for batch in group) >= ROW_GROUP_BYTES:
                writer.write_table(pa.Table.from_batches(group, schema))
                group.clear()
                yield sink.taken()
        writer.write_table(pa.Table.from_batches(group, schema))
    yield sink.taken()


def read_table(database: Database, table: str, file: IO[bytes]) -> Iterator[int]:
    """Insert the rows of a Parquet file; yields how many after each insert.

    Raises `JournalError` where the file has other columns than the table or does not fit memory. Rows that
    are inserted twice are one.
    """
    types = database.column_types(f"{table}_rows")
    epoch = visible_epoch(database)
    stored = pq.ParquetFile(file)
    names = stored.schema_arrow.names
    if unknown := sorted(set(names) - set(types)):
        raise JournalError(f"{table} has columns that are not known: {', '.join(unknown)}")
    for number in range(stored.num_row_groups):
        size = stored.metadata.row_group(number).total_byte_size
        if size > ROW_GROUP_BYTES_MAX:
            raise JournalError(f"{table} unpacks to {size:,} bytes at once, at most {ROW_GROUP_BYTES_MAX:,}")
        group = stored.read_row_group(number)
        if group.num_rows:
            columns = [_plain(column, types[name]) for name, column in zip(names, group.columns, strict=True)]
            rows = list(zip(*columns, strict=True))
            if table == FEED:
                insert_said(database, epoch, [dict(zip(names, row, strict=True)) for row in rows])
            else:
                database.insert(f"{table}_rows", names, rows)
        yield group.num_rows


def empty(database: Database) -> None:
    """Delete all rows of the journal and of what follows from it."""
    for table in (*(f"{name}_rows" for name in TABLES), *_DERIVED):
        database.execute(f"TRUNCATE TABLE IF EXISTS {table}")


def _type(name: str, kind: str) -> pa.DataType:
    if name in _BYTES:
        return pa.binary()
    return _STORED_AT if name == "stored_at" else arrow_type(get_from_name(kind))


def _batch(schema: pa.Schema, block: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    columns = zip(*block, strict=True) if block else ((),) * len(schema)
    arrays = [
        pa.array(_listed(column, field.type), field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _listed(column: Sequence[Any], kind: pa.DataType) -> Sequence[Any]:
    """A column as Arrow takes it: a map is a list of its pairs."""
    return [list(cell.items()) for cell in column] if pa.types.is_map(kind) else column


def _plain(column: pa.ChunkedArray, kind: str) -> Sequence[Any]:
    """A column as the client of ClickHouse takes it."""
    values: list[Any] = column.to_pylist()
    return [dict(cell) for cell in values] if kind.startswith("Map(") else values
