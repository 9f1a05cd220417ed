"""Uniting the publications of a family, wherever in a file they stand, without holding the file in memory.

Publications go into a temporary SQLite file; its sorter, which works on disk, brings those of one family
together. Families come out in the order of their first publication, so the same file gives the same facts
in the same order, and reading can resume after the line of the last one taken.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter

import msgspec
from pydantic import ValidationError

from giants.sources.base import Context, Row, explain
from giants.sources.families.file_days import FileDays
from giants.sources.families.publication import NOTHING, Publication
from giants.sources.families.temporary import temporary_database, write_batch
from giants.sources.families.versions import family_version
from schemas.base import FAMILY_ASSIGNEES_MAX, FAMILY_PUBLICATIONS_MAX, FAMILY_SYMBOLS_MAX
from schemas.facts import Family

# Publications that wait for being written, by number and by size.
BATCH_PUBLICATIONS_MAX = 5_000
BATCH_BYTES_MAX = 16_000_000

_SCHEMA = """
CREATE TABLE publication (place INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE member (place INTEGER PRIMARY KEY, family TEXT NOT NULL);
"""
# Sorting the places alone keeps the content out of the sorter; it is then fetched nearly in file order.
_SORT = """
CREATE TABLE sorted AS
SELECT MIN(place) OVER (PARTITION BY family) AS first, place FROM member ORDER BY first, place
"""
_FETCH = """
SELECT sorted.first, publication.content
FROM sorted CROSS JOIN publication ON publication.place = sorted.place ORDER BY sorted.rowid
"""

_DECODER = msgspec.msgpack.Decoder(Publication)


def unite(found: Iterable[Publication | Row], context: Context, name: str) -> Iterator[Row]:
    """Give the problems at once, and after the last publication one fact for each family.

    `name` is that of the file. How its days are to be read, and the day of its export, are known then.
    """
    days = FileDays(context, name)
    with temporary_database(_SCHEMA) as database:
        batch: list[tuple[str, bytes]] = []
        waiting_bytes = 0
        for item in found:
            if isinstance(item, Row):
                yield item
                continue
            days.learn(item.filed, item.dated)
            content = msgspec.msgpack.encode(item)
            batch.append((_group(item), content))
            waiting_bytes += len(content)
            if len(batch) >= BATCH_PUBLICATIONS_MAX or waiting_bytes >= BATCH_BYTES_MAX:
                _write(database, batch)
                batch, waiting_bytes = [], 0
        _write(database, batch)
        database.execute(_SORT)
        yield from days.settle()
        for _, members in groupby(database.execute(_FETCH), key=itemgetter(0)):
            row = family_row((_DECODER.decode(content) for _, content in members), days)
            if row.line > context.options.resume_after:
                yield row


def each_alone(found: Iterable[Publication], days: FileDays) -> Iterator[Row]:
    """As `unite`, for sources where each record is a whole family; the days of the file are settled."""
    for item in found:
        row = family_row(iter((item,)), days)
        if row.line > days.context.options.resume_after:
            yield row


def _group(publication: Publication) -> str:
    """Numbered versions of one family are facts of their own."""
    return (
        publication.family if publication.version is None else f"{publication.family}\0{publication.version}"
    )


def _write(database: sqlite3.Connection, batch: list[tuple[str, bytes]]) -> None:
    """Both tables number their rows alike: a place is the place of a publication in the file."""
    write_batch(
        database,
        ("INSERT INTO member (family) VALUES (?)", ((family,) for family, _ in batch)),
        ("INSERT INTO publication (content) VALUES (?)", ((content,) for _, content in batch)),
    )


class _Gathered:
    """What the publications of one family say together; the sets stop growing past their limit."""

    def __init__(self, first: Publication, days: FileDays) -> None:
        self.first = first
        self.days = days
        self.assignees: set[str] = set()
        self.symbols: set[str] = set()
        self.numbers: set[str] = set()
        self.filed_on: date | None = None
        self.dated_on: date | None = None
        self.left_out = NOTHING
        self.withdrawn = True

    def add(self, publication: Publication) -> None:
        filed_on, dated_on, odd = self.days.of(publication)
        if filed_on is not None:
            self.filed_on = min(filed_on, self.filed_on or filed_on)
        if dated_on is not None:
            self.dated_on = max(dated_on, self.dated_on or dated_on)
        if publication.withdrawn:
            return
        self.withdrawn = False
        left_out = publication.left_out + odd
        if publication.line != self.first.line:
            left_out = left_out.on_line(publication.line)
        self.left_out += left_out
        for kept, given, limit in (
            (self.assignees, publication.assignees, FAMILY_ASSIGNEES_MAX),
            (self.symbols, publication.symbols, FAMILY_SYMBOLS_MAX),
            (self.numbers, publication.numbers, FAMILY_PUBLICATIONS_MAX),
        ):
            if len(kept) <= limit:
                kept.update(given)

    def remark(self) -> str | None:
        return None if self.left_out == NOTHING else str(self.left_out)


def family_row(publications: Iterator[Publication], days: FileDays) -> Row:
    """One family from its publications (at least one): the fact, or why there is none."""
    first = next(publications)
    gathered = _Gathered(first, days)
    gathered.add(first)
    for publication in publications:
        gathered.add(publication)
    try:
        if (problem := _without_day(gathered)) is not None:
            return Row(first.line, problem=problem)
        return Row(first.line, _family(gathered), note=gathered.remark())
    except ValidationError as error:
        return Row(first.line, problem=f"family {first.family}: {explain(error)}")


def _without_day(gathered: _Gathered) -> str | None:
    """Why a family cannot be put in order with what other files say of it, or null."""
    days = (gathered.dated_on, gathered.days.exported_on)
    if gathered.first.version is not None or any(day is not None for day in days):
        return None
    return (
        f"family {gathered.first.family}: no day of it or of the export is known, so it cannot be told "
        "whether it is newer than what is known: give the day of the export (--exported-on)"
    )


def _family(gathered: _Gathered) -> Family:
    assignees, symbols, numbers = (
        tuple(sorted(values)) for values in (gathered.assignees, gathered.symbols, gathered.numbers)
    )
    version = gathered.first.version
    if version is None:
        version = family_version(gathered.days.exported_on, gathered.dated_on, len(numbers))
    return Family(
        family_id=gathered.first.family,
        version=version,
        assignees=assignees,
        cpc=symbols,
        filed_on=gathered.filed_on,
        publications=numbers,
        withdrawn=gathered.withdrawn,
        backfill=gathered.days.context.options.backfill,
    )
