"""Whole tables as files: JSON lines, CSV, Parquet, Arrow; streamed, in bounded memory."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.datatypes.container import Array, Map, Tuple
from clickhouse_connect.datatypes.registry import get_from_name

from giants.store.client import Database
from giants.store.errors import TableOfFormatError, UnknownTableError, UnknownTypeError
from giants.store.ftm import ftm_entities
from giants.store.private import is_private, shown_raw

# Spreadsheet programs run a cell that begins like this as a formula; a quote before it makes it text.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
ROW_GROUP_ROWS: Final = 65_536
# The table that entities of FollowTheMoney are made of.
FTM_TABLE: Final = "companies"


class ExportFormat(StrEnum):
    """Formats of an export."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    FTM = "ftm"  # entities of FollowTheMoney; of companies alone


MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = {
    ExportFormat.JSONL: "application/x-ndjson",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.ARROW: "application/vnd.apache.arrow.stream",
    ExportFormat.FTM: "application/json+ftm",
}
# In a fixed order. Bytes that are not text are exported in base64.
_STATEMENTS: Final[Mapping[str, str]] = {
    "companies": "SELECT * EXCEPT (search, body) FROM companies ORDER BY company_id",
    "company_names": "SELECT * FROM company_names ORDER BY company_id, since, name",
    "company_tags": "SELECT * FROM company_tags ORDER BY company_id, set_on, record_id",
    "company_links": "SELECT * FROM company_links ORDER BY company_id, published_on, record_id",
    "company_ownership": "SELECT * FROM company_ownership ORDER BY company_id, published_on, record_id",
    "designations": "SELECT * FROM designations ORDER BY company_id, batch",
    "reviews": "SELECT * FROM reviews ORDER BY company_id, review_year",
    "status_changes": "SELECT * EXCEPT (body) FROM status_changes ORDER BY company_id, seq",
    "exposures": "SELECT * FROM exposures ORDER BY company_id, technology",
    "rating_changes": "SELECT * FROM rating_changes ORDER BY company_id, technology, seq",
    "signals": "SELECT * FROM signals ORDER BY company_id, signal, technology",
    "signal_changes": (
        "SELECT * EXCEPT (body) FROM signal_changes ORDER BY company_id, signal, technology, seq"
    ),
    "lists": "SELECT * EXCEPT (body) FROM lists ORDER BY list_id",
    "list_changes": "SELECT * EXCEPT (body) FROM list_changes ORDER BY list_id, seq",
    "findings": "SELECT * FROM findings ORDER BY code, subject, finding_id",
    "portfolio": "SELECT * FROM portfolio ORDER BY company_id, family_id",
    "alerts": (
        "SELECT * EXCEPT (body) FROM alerts WHERE {owner:String} = '' OR owner = {owner:String} "
        "ORDER BY watchlist_id, id"
    ),
    "families": "SELECT * FROM families ORDER BY family_id",
    "technologies": "SELECT * FROM technologies ORDER BY taxonomy, listed_as",
    "facts": (
        "SELECT * REPLACE (if(isValidUTF8(key), key, base64Encode(key)) AS key), "
        "if(isValidUTF8(facts.key), 'utf-8', 'base64') AS key_encoding "
        "FROM facts ORDER BY received_at, topic, `partition`, `offset`"
    ),
    "dead_letters": (
        "SELECT * REPLACE (if(isValidUTF8(key), key, base64Encode(key)) AS key, "
        "if(isValidUTF8(value), value, base64Encode(value)) AS value), "
        "if(isValidUTF8(dead_letters.value), 'utf-8', 'base64') AS value_encoding "
        "FROM dead_letters ORDER BY received_at, topic, `partition`, `offset`"
    ),
}
EXPORTABLE: Final = tuple(_STATEMENTS)
_SCALARS: Final[Mapping[str, pa.DataType]] = {
    "Bool": pa.bool_(),
    "UInt8": pa.uint8(),
    "UInt16": pa.uint16(),
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "String": pa.string(),
    "Date32": pa.date32(),
    "DateTime64": pa.timestamp("ms", "UTC"),
}


def export_table(
    database: Database, table: str, export_format: ExportFormat, owner: str = ""
) -> Iterator[bytes]:
    """A whole table as the pieces of a file; what belongs to owners for one of them, where one is named.

    Raises `UnknownTableError` or `TableOfFormatError` before the first piece.
    """
    if export_format is ExportFormat.FTM:
        if table != FTM_TABLE:
            raise TableOfFormatError(table, export_format, FTM_TABLE)
        return ftm_entities(database)
    statement = _STATEMENTS.get(table)
    if statement is None:
        raise UnknownTableError(table, EXPORTABLE)
    asked = {"owner": owner} if "{owner:String}" in statement else {}
    described = database.rows(f"DESCRIBE TABLE ({statement})", asked)
    fields = [pa.field(row["name"], arrow_type(get_from_name(row["type"]))) for row in described]
    schema = pa.schema(fields)
    return _WRITERS[export_format](schema, _batches(database, statement, schema, asked))


def arrow_type(kind: ClickHouseType) -> pa.DataType:
    """The Arrow type of a ClickHouse type. Raises `UnknownTypeError`."""
    match kind:
        case Array():
            return pa.list_(arrow_type(kind.element_type))
        case Tuple():
            parts = zip(kind.element_names, kind.element_types, strict=True)
            return pa.struct([pa.field(part, arrow_type(of)) for part, of in parts])
        case Map():
            return pa.map_(arrow_type(kind.key_type), arrow_type(kind.value_type))
    name = type(kind).__name__
    if name not in _SCALARS:
        raise UnknownTypeError(name, tuple(_SCALARS))
    return _SCALARS[name]


def _batches(
    database: Database, statement: str, schema: pa.Schema, asked: Mapping[str, str]
) -> Iterator[pa.RecordBatch]:
    for columns in database.columns(statement, asked):
        shown = _without_secrets(schema.names, columns)
        arrays = [
            pa.array(_plain(column, field.type), field.type)
            for column, field in zip(shown, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _without_secrets(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """Columns of raw facts or refused inputs, of which those that belong to somebody are without secrets."""
    by_name = dict(zip(names, columns, strict=True))
    if not {"topic", "value"} <= set(by_name):
        return columns
    topics = by_name["topic"]
    for name in {"value", "reason"} & set(by_name):
        by_name[name] = [shown_raw(*cell) for cell in zip(topics, by_name[name], strict=True)]
    if "value_encoding" in by_name:
        # Bytes that are no text: what is a secret in them cannot be told.
        cells = zip(topics, by_name["value"], by_name["value_encoding"], strict=True)
        by_name["value"] = ["" if is_private(one) and as_ != "utf-8" else cell for one, cell, as_ in cells]
    return tuple(by_name.values())


def _plain(column: Any, kind: pa.DataType) -> Any:
    """A column as Arrow takes it: a map is a list of its pairs."""
    return [list(cell.items()) for cell in column] if pa.types.is_map(kind) else column


def _jsonl(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    for batch in batches:
        yield b"".join(orjson.dumps(row) + b"\n" for row in _rows(batch))


def _csv(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """CSV with a byte order mark, by which spreadsheet programs recognise UTF-8."""
    piece = io.StringIO()
    writer = csv.writer(piece)
    piece.write("\ufeff")
    writer.writerow(schema.names)
    for batch in batches:
        writer.writerows([guarded_cell(value) for value in row.values()] for row in _rows(batch))
        yield piece.getvalue().encode()
        piece.seek(0)
        piece.truncate()
    yield piece.getvalue().encode()


def guarded_cell(value: object) -> object:
    """A cell that no spreadsheet program runs as a formula; lists and the like are JSON."""
    if isinstance(value, list | dict):
        value = orjson.dumps(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.to_pylist(maps_as_pydicts="lossy")
    return rows


def _arrow(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    sink = Sink()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


def _parquet(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    sink = Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        group: list[pa.RecordBatch] = []
        for batch in batches:
            group.append(batch)
            if sum(part.num_rows for part in group) >= ROW_GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(group, schema))
                group.clear()
                yield sink.taken()
        if group:
            writer.write_table(pa.Table.from_batches(group, schema))
    yield sink.taken()


class Sink(io.RawIOBase):
    """Buffers what a writer of Arrow or Parquet writes until `taken` is called."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """True: the writers of Arrow ask."""
        return True

    def write(self, data: Any) -> int:
        """Buffer a piece."""
        piece = bytes(data)
        self._parts.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """What was written since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


_WRITERS: Final[Mapping[ExportFormat, Callable[[pa.Schema, Iterator[pa.RecordBatch]], Iterator[bytes]]]] = {
    ExportFormat.JSONL: _jsonl,
    ExportFormat.CSV: _csv,
    ExportFormat.PARQUET: _parquet,
    ExportFormat.ARROW: _arrow,
}
