"""Uniting the publications of a family, wherever in a file they stand, without holding the file in memory.

Publications go into a temporary SQLite file; its sorter, which works on disk, brings those of one family
together. Families come out in the order of their first publication, so the same file gives the same facts
in the same order, and reading can resume after the line of the last one taken.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

import msgspec
from pydantic import ValidationError

from giants.sources.base import Options, Row, explain
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


def unite(found: Iterable[Publication | Row], options: Options) -> Iterator[Row]:
    """Give the problems at once, and after the last publication one fact for each family."""
    with temporary_database(_SCHEMA) as database:
        batch: list[tuple[str, bytes]] = []
        waiting_bytes = 0
        for item in found:
            if isinstance(item, Row):
                yield item
                continue
            content = msgspec.msgpack.encode(item)
            batch.append((_group(item), content))
            waiting_bytes += len(content)
            if len(batch) >= BATCH_PUBLICATIONS_MAX or waiting_bytes >= BATCH_BYTES_MAX:
                _write(database, batch)
                batch, waiting_bytes = [], 0
        _write(database, batch)
        database.execute(_SORT)
        for _, members in groupby(database.execute(_FETCH), key=itemgetter(0)):
            row = family_row((_DECODER.decode(content) for _, content in members), options)
            if row.line > options.resume_after:
                yield row


def each_alone(found: Iterable[Publication | Row], options: Options) -> Iterator[Row]:
    """As `unite`, for sources where each record is a whole family."""
    for item in found:
        row = item if isinstance(item, Row) else family_row(iter((item,)), options)
        if row.line > options.resume_after:
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

    def __init__(self, first: Publication) -> None:
        self.first = first
        self.assignees: set[str] = set()
        self.symbols: set[str] = set()
        self.numbers: set[str] = set()
        self.filed_on = first.filed_on
        self.dated_on = first.dated_on
        self.left_out = NOTHING
        self.withdrawn = True

    def add(self, publication: Publication) -> None:
        if publication.filed_on is not None:
            self.filed_on = min(publication.filed_on, self.filed_on or publication.filed_on)
        if publication.dated_on is not None:
            self.dated_on = max(publication.dated_on, self.dated_on or publication.dated_on)
        if publication.withdrawn:
            return
        self.withdrawn = False
        self.left_out += publication.left_out
        for kept, given, limit in (
            (self.assignees, publication.assignees, FAMILY_ASSIGNEES_MAX),
            (self.symbols, publication.symbols, FAMILY_SYMBOLS_MAX),
            (self.numbers, publication.numbers, FAMILY_PUBLICATIONS_MAX),
        ):
            if len(kept) <= limit:
                kept.update(given)

    def remark(self) -> str | None:
        return None if self.left_out == NOTHING else str(self.left_out)


def family_row(publications: Iterator[Publication], options: Options) -> Row:
    """One family from its publications (at least one): the fact, or why there is none."""
    first = next(publications)
    gathered = _Gathered(first)
    gathered.add(first)
    for publication in publications:
        gathered.add(publication)
    try:
        return Row(first.line, _family(gathered, options), note=gathered.remark())
    except ValidationError as error:
        return Row(first.line, problem=f"family {first.family}: {explain(error)}")


def _family(gathered: _Gathered, options: Options) -> Family:
    assignees, symbols, numbers = (
        tuple(sorted(values)) for values in (gathered.assignees, gathered.symbols, gathered.numbers)
    )
    version = gathered.first.version
    if version is None:
        days = [day for day in (gathered.dated_on, options.exported_on) if day is not None]
        content = (assignees, symbols, gathered.filed_on, numbers, gathered.withdrawn)
        version = family_version(max(days, default=None), len(numbers), content)
    return Family(
        family_id=gathered.first.family,
        version=version,
        assignees=assignees,
        cpc=symbols,
        filed_on=gathered.filed_on,
        publications=numbers,
        withdrawn=gathered.withdrawn,
        backfill=options.backfill,
    )
