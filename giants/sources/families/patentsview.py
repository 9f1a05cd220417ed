"""PatentsView download tables (granted patents of the USPTO): a folder or a zip of tab-separated tables.

    g_patent.tsv                   patent_id, patent_date, withdrawn …
    g_application.tsv (optional)   patent_id, filing_date …
    g_assignee_disambiguated.tsv   patent_id, disambig_assignee_organization …
    g_cpc_current.tsv              patent_id, cpc_group …

Each may be packed by itself (`.tsv.gz`, `.tsv.zip`). The tables are brought together by patent in a
temporary SQLite file. PatentsView names no families: each patent is taken as one, `uspto-` and its number.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple
from zipfile import ZipFile, ZipInfo

from giants.sources.base import Column, Context, Kind, Row, Source
from giants.sources.errors import UnreadableFileError
from giants.sources.families.file_days import FileDays
from giants.sources.families.publication import Publication, clean_assignees, clean_symbols
from giants.sources.families.temporary import temporary_database, write_batch
from giants.sources.families.uniting import each_alone
from giants.sources.files import SPOOL_BYTES_MAX, ZIP_MAGIC, Input, open_zip, zip_member
from giants.sources.tables import Columns, Record, table_records
from schemas.base import FAMILY_ASSIGNEES_MAX, FAMILY_SYMBOLS_MAX

ROWS_OF_BATCH_MAX = 20_000
# Rows of one patent over all tables; more than its limits allow are not looked at.
ROWS_OF_PATENT_MAX = 2 * (FAMILY_SYMBOLS_MAX + FAMILY_ASSIGNEES_MAX)
NOTE = "PatentsView names no families: each patent is taken as one"

_SCHEMA = "CREATE TABLE part (patent TEXT NOT NULL, what INTEGER NOT NULL, value TEXT NOT NULL)"
_PATENT, _FILED, _ASSIGNEE, _SYMBOL = range(4)


class _Table(NamedTuple):
    """One table: its name, what it tells of a patent, in which columns."""

    name: str
    what: int
    columns: tuple[str, ...]
    needed: bool = True


_TABLES = (
    _Table("g_patent", _PATENT, ("patent_id", "patent_date", "withdrawn")),
    _Table("g_application", _FILED, ("patent_id", "filing_date"), needed=False),
    _Table("g_assignee_disambiguated", _ASSIGNEE, ("patent_id", "disambig_assignee_organization")),
    _Table("g_cpc_current", _SYMBOL, ("patent_id", "cpc_group")),
)


class PatentsView(Source):
    """The download tables of PatentsView."""

    name = "patentsview"
    kinds = frozenset({Kind.FAMILIES})
    formats = "PatentsView tables (folder or zip with g_patent, g_assignee_disambiguated, g_cpc_current)"

    def sniff(self, source: Input) -> bool:
        """Whether the folder or archive holds a table of patents."""
        if not source.is_folder and not source.head.startswith(ZIP_MAGIC):
            return False
        return any(_table_of(name) == _TABLES[0].name for name in _names(source))

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give one fact for each patent, by patent number; patents are numbered from 1."""
        held = {_table_of(name) for name in _names(source)}
        missing = [table.name for table in _TABLES if table.needed and table.name not in held]
        if missing:
            raise UnreadableFileError(source.name, f"lacks the tables {', '.join(missing)}")
        return self._rows(source, context)

    def _rows(self, source: Input, context: Context) -> Iterator[Row]:
        yield Row(1, note=NOTE)
        with temporary_database(_SCHEMA) as database:
            for number, table in enumerate(_TABLES, start=1):
                yield from _load(database, source, table, context)
                if source.bytes_total is not None:
                    source.progress.bytes_read = source.bytes_total * number // len(_TABLES)
            days = FileDays(context, source.name)
            for what, value in database.execute("SELECT DISTINCT what, value FROM part WHERE what < 2"):
                day = value.partition("\t")[0]
                days.learn("" if what == _PATENT else day, (day,) if what == _PATENT else ())
            yield from days.settle()
            yield from each_alone(_publications(database), days)


def _names(source: Input) -> list[str]:
    if source.is_folder:
        return sorted(path.name for path in source.path.iterdir() if path.is_file())
    try:
        with open_zip(source.name, source.seekable(), SPOOL_BYTES_MAX) as archive:
            return sorted(archive.namelist())
    except UnreadableFileError:
        return []


def _table_of(name: str) -> str:
    """The table that a file holds: `data/g_patent.tsv.zip` holds g_patent."""
    return Path(name).name.partition(".")[0]


def _load(database: sqlite3.Connection, source: Input, table: _Table, context: Context) -> Iterator[Row]:
    """Put one table into the database; rows that cannot be taken are given as problems."""
    with _opened(source, table.name) as opened:
        if opened is None:
            return
        name, stream = opened
        records = table_records(name, stream, "utf-8", heading_first=True)
        heading = next(records, Record(1, []))
        columns = Columns(heading.cells, {column: (column,) for column in table.columns})
        context.understanding.columns.extend(
            Column(table.name, one.heading, one.meaning) for one in columns.columns
        )
        if table.columns[0] not in columns or table.columns[1] not in columns:
            raise UnreadableFileError(name, f"lacks one of the columns {', '.join(table.columns[:2])}")
        batch: list[tuple[str, int, str]] = []
        for record in records:
            if record.remark is not None:
                yield Row(record.line, note=f"{name}: {record.remark}")
            cell = columns.getter(record.cells)
            patent = cell(table.columns[0])
            if len(record.cells) != columns.width or not patent:
                problem = (
                    f"{name}: has {len(record.cells)} cells, the heading {columns.width}"
                    if patent
                    else f"{name}: has no patent_id"
                )
                yield Row(record.line, problem=problem)
                continue
            batch.append((patent, table.what, "\t".join(cell(column) for column in table.columns[1:])))
            if len(batch) >= ROWS_OF_BATCH_MAX:
                _write(database, batch)
                batch = []
        _write(database, batch)


def _write(database: sqlite3.Connection, batch: list[tuple[str, int, str]]) -> None:
    write_batch(database, ("INSERT INTO part VALUES (?, ?, ?)", iter(batch)))


@contextmanager
def _opened(source: Input, table: str) -> "Iterator[tuple[str, IO[bytes]] | None]":
    """The text of a table, wherever it lies and however it is packed; null where there is none."""
    found = next((name for name in _names(source) if _table_of(name) == table), None)
    with ExitStack() as stack:
        if found is None:
            yield None
        elif not source.is_folder:
            archive = stack.enter_context(open_zip(source.name, source.seekable(), SPOOL_BYTES_MAX))
            member = stack.enter_context(zip_member(source.name, archive, archive.getinfo(found)))
            yield found, member
        else:
            inner = stack.enter_context(Input(source.path / found, progress=source.progress))
            if inner.head.startswith(ZIP_MAGIC):
                archive = stack.enter_context(open_zip(found, inner.seekable(), SPOOL_BYTES_MAX))
                member = stack.enter_context(zip_member(found, archive, _only(found, archive)))
                yield found, member
            else:
                yield found, inner.stream


def _only(name: str, archive: ZipFile) -> ZipInfo:
    members = archive.infolist()
    if len(members) != 1:
        raise UnreadableFileError(name, f"expected one table in the archive, got {len(members)}")
    return members[0]


def _publications(database: sqlite3.Connection) -> Iterator[Publication]:
    rows = database.execute("SELECT patent, what, value FROM part ORDER BY patent, what, value")
    line = 0
    for patent, parts in groupby(rows, key=itemgetter(0)):
        values: tuple[list[str], ...] = ([], [], [], [])
        for number, (_, what, value) in enumerate(parts):
            if number < ROWS_OF_PATENT_MAX:
                values[what].append(value)
        # Other tables name patents that this release of g_patent does not hold.
        if not values[_PATENT]:
            continue
        line += 1
        granted, _, withdrawn = values[_PATENT][0].partition("\t")
        symbols, odd_symbols = clean_symbols(values[_SYMBOL])
        assignees, odd_names = clean_assignees(values[_ASSIGNEE])
        yield Publication(
            line=line,
            family=f"uspto-{patent}",
            numbers=(f"US{patent}",),
            assignees=assignees,
            symbols=symbols,
            filed=values[_FILED][0] if values[_FILED] else "",
            dated=(granted,),
            withdrawn=withdrawn == "1",
            left_out=odd_symbols + odd_names,
        )
