"""`giants ingest lists FOLDER…`: a tree of mixed documents, shown as a table and then ingested."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from giants.cli.ingestion import Ingestion, Outcome
from giants.sources.base import Kind, Options
from giants.sources.errors import UnreadableFileError
from giants.sources.folder import Recognised, recognise
from giants.terminal.output import CommandError, note, out, table
from schemas.facts import Announcement, Review

COLUMNS = ("file", "what", "authority", "stage", "published", "companies", "not read", "complete")


def recognised(folders: Sequence[Path], options: Options) -> list[Recognised]:
    """The documents of some folders; ends the command where one is no folder."""
    for folder in folders:
        if not folder.exists():
            raise CommandError(f"there is no folder {folder}")
        if not folder.is_dir():
            raise CommandError(
                f"{folder} is a file, not a folder: `giants ingest announcements {folder}` reads it"
            )
    try:
        # Pictures are kept when the documents are read for good.
        plain = replace(options, with_pictures=False)
        return [found for folder in folders for found in recognise(folder, plain)]
    except UnreadableFileError as error:
        raise CommandError(str(error)) from None


def show(found: Sequence[Recognised]) -> None:
    """The table that a person confirms, and what is set aside with the reason."""
    rows = [row for one in found if one.set_aside is None for row in _rows(one)]
    if rows:
        out().print(table("Lists", COLUMNS, rows))
    aside = [(one.name, one.set_aside) for one in found if one.set_aside is not None]
    if aside:
        out().print(table("Set aside", ("file", "reason"), aside))


def readable(found: Sequence[Recognised]) -> list[Recognised]:
    """The documents that are not set aside."""
    return [one for one in found if one.set_aside is None]


def confirm(found: Sequence[Recognised], *, yes: bool) -> list[Recognised]:
    """The documents to ingest; ends the command where there are none or the person says no."""
    taken = readable(found)
    if not taken:
        raise CommandError("no document of the folder can be read as a list; the table says why of each")
    if not yes:
        if not sys.stdin.isatty():
            raise CommandError(f"{len(taken)} documents would be ingested: look at the table and say --yes")
        typer.confirm(f"Ingest these {len(taken)} documents?", abort=True)
    return taken


def take(found: Sequence[Recognised], ingestion: Ingestion) -> list[Outcome]:
    """Ingest the documents, each as the kind that it turned out to be."""
    outcomes = [ingestion.take(one.path, one.kind, one.options) for one in found]
    note(f"{len(outcomes)} documents, {sum(one.taken for one in outcomes):,} facts")
    return outcomes


def as_dicts(found: Sequence[Recognised]) -> list[dict[str, Any]]:
    """For `--json`: what was recognised, and why the rest is set aside."""
    return [
        {
            "file": one.name,
            "kind": one.kind.value,
            "lists": [dict(zip(COLUMNS[1:], row[1:], strict=True)) for row in _rows(one)],
            "names": one.names,
            "proposed": one.proposed,
            "not_taken": one.not_taken,
            "set_aside": one.set_aside,
        }
        for one in found
    ]


def _rows(one: Recognised) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        (
            one.name,
            _what(fact),
            fact.authority.value if fact.authority is not None else None,
            fact.stage.value,
            fact.published_on.isoformat(),
            len(fact.entries) if isinstance(fact, Announcement) else len(fact.passed) + len(fact.failed),
            fact.unread_rows or None,
            "yes" if fact.complete else None,
        )
        for fact in one.lists
    ]
    if one.kind is Kind.NAMES and one.set_aside is None:
        rows.append((one.name, "names", None, None, None, one.names, one.not_taken or None, None))
    return rows


def _what(fact: Announcement | Review) -> str:
    if isinstance(fact, Review):
        return f"review {fact.review_year}"
    return f"{fact.kind.value}, batch {fact.batch}" if fact.batch is not None else fact.kind.value
