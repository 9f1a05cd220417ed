"""Google Patents Public Data (BigQuery `patents-public-data.patents.publications`): JSON lines and Parquet.

One row a publication: `family_id` is the DOCDB simple family, `assignee_harmonized` a list of records with
`name`, `cpc` one of records with `code`, days are whole numbers such as 20240501 (0: not known). BigQuery
writes whole numbers as text in JSON, and wraps lists in Parquet.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from giants.domain.publications import publication_number
from giants.sources.base import Column, Context, Kind, Row, Source
from giants.sources.errors import UnreadableFileError
from giants.sources.families.json_fields import at, items, text
from giants.sources.families.publication import (
    Publication,
    clean_assignees,
    clean_symbols,
    docdb_family,
)
from giants.sources.families.uniting import unite
from giants.sources.files import Input
from giants.sources.json_text import first_keys, read_records

PARQUET_MAGIC = b"PAR1"
PARQUET_BATCH_ROWS = 1_000
# Strings and lists in the description of a Parquet file; a few thousand columns stay below.
PARQUET_DESCRIPTION_BYTES_MAX = 64_000_000

_NEEDED = frozenset({"publication_number", "family_id", "cpc"})
_FIELDS = (
    "publication_number",
    "family_id",
    "assignee_harmonized",
    "assignee",
    "cpc",
    "filing_date",
    "publication_date",
    "grant_date",
)


class GoogleJson(Source):
    """BigQuery export as JSON lines."""

    name = "google-json"
    kinds = frozenset({Kind.FAMILIES})
    formats = "Google Patents Public Data JSON lines (publication_number, family_id, cpc …)"

    def sniff(self, source: Input) -> bool:
        """Whether the first objects have the fields of the table."""
        return {"publication_number", "family_id"} <= first_keys(source)

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give one fact for each family."""
        records = read_records(source, context)
        found = (
            Row(record.line, problem=record.problem)
            if record.value is None
            else _publication(record.line, record.value)
            for record in records
        )
        return unite(found, context, source.name)


class GoogleParquet(Source):
    """BigQuery export as Parquet."""

    name = "google-parquet"
    kinds = frozenset({Kind.FAMILIES})
    formats = "Google Patents Public Data Parquet"

    def sniff(self, source: Input) -> bool:
        """Whether the file begins as Parquet does."""
        return source.head.startswith(PARQUET_MAGIC)

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give one fact for each family; rows are numbered from 1."""
        try:
            file = pq.ParquetFile(
                source.seekable(),
                thrift_string_size_limit=PARQUET_DESCRIPTION_BYTES_MAX,
                thrift_container_size_limit=PARQUET_DESCRIPTION_BYTES_MAX,
            )
            names = list(file.schema_arrow.names)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise UnreadableFileError(source.name, f"is no Parquet file: {_first_line(error)}") from None
        missing = sorted(_NEEDED.difference(names))
        if missing:
            raise UnreadableFileError(source.name, f"lacks the columns {', '.join(missing)}")
        context.understanding.columns.extend(
            Column("", name, name if name in _FIELDS else None) for name in names
        )
        found = _rows(source, file, [name for name in names if name in _FIELDS])
        return unite(found, context, source.name)


def _rows(source: Input, file: pq.ParquetFile, columns: list[str]) -> Iterator[Publication | Row]:
    line = 0
    try:
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(PARQUET_BATCH_ROWS, row_groups=[group], columns=columns):
                for value in batch.to_pylist():
                    line += 1
                    yield _publication(line, value)
            source.progress.bytes_read = (source.bytes_total or 0) * (group + 1) // file.num_row_groups
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            f"{source.name}, row {line + 1}", f"is damaged: {_first_line(error)}"
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def _publication(line: int, value: dict[str, object]) -> Publication | Row:
    number = publication_number(text(value.get("publication_number")))
    if not number:
        return Row(line, problem="has no publication_number")
    harmonized = [text(at(item, "name")) for item in items(value.get("assignee_harmonized"))]
    names = harmonized or [text(item) for item in items(value.get("assignee"))]
    symbols, odd_symbols = clean_symbols(text(at(item, "code")) for item in items(value.get("cpc")))
    assignees, odd_names = clean_assignees(names)
    return Publication(
        line=line,
        family=docdb_family(text(value.get("family_id")), number),
        numbers=(number,),
        assignees=assignees,
        symbols=symbols,
        filed=_day(value.get("filing_date")),
        dated=(_day(value.get("publication_date")), _day(value.get("grant_date"))),
        left_out=odd_symbols + odd_names,
    )


def _day(value: object) -> str:
    """A day as text; 0 stands for one that is not known."""
    day = text(value)
    return "" if day == "0" else day
