"""`giants ingest KIND FILE…`: from files to facts on the input topics."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from giants.cli import ingest_lists
from giants.cli.ingest_preview import write_preview
from giants.cli.ingestion import Ingestion, Outcome
from giants.cli.target import broker_settings
from giants.sources.base import Kind, Options
from giants.terminal.output import (
    FAILURE_STATUS,
    CommandError,
    Json,
    err,
    note,
    out,
    print_json,
    read_settings,
    table,
)
from giants.terminal.waiting import wait_until_through
from schemas.base import AuthorityCode, SourceClass, Stage
from schemas.facts import AnnouncementKind

EXAMPLES = (
    "Examples: `giants ingest families export.csv.gz --wait` · "
    "`giants ingest announcements zj.csv --batch 7 --authority ZJ --published-on 2025-10-20 --complete` · "
    "`giants ingest reviews lists/*.jsonl --dry-run` · `giants ingest names names.jsonl --report bad.csv` · "
    "`giants ingest records tags.csv` · `giants ingest lists archive/ --backfill --yes` · "
    "`giants ingest announcements scan.pdf --dry-run --preview scan.html`"
)
REMARKS_SHOWN_MAX = 10


class What(StrEnum):
    """What files may hold: every kind of fact, and folders of lists."""

    ANNOUNCEMENTS = Kind.ANNOUNCEMENTS.value
    REVIEWS = Kind.REVIEWS.value
    NAMES = Kind.NAMES.value
    RECORDS = Kind.RECORDS.value
    FAMILIES = Kind.FAMILIES.value
    TAXONOMIES = Kind.TAXONOMIES.value
    WATCHLISTS = Kind.WATCHLISTS.value
    LISTS = "lists"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(ingest)


def ingest(
    kind: Annotated[
        What,
        typer.Argument(help="What the files hold; `lists`: whatever the documents of a folder hold."),
    ],
    files: Annotated[
        list[Path], typer.Argument(help="Files to read, folders for `lists`; `-` is standard input.")
    ],
    batch: Annotated[int | None, typer.Option(help="Batch of a designation list.")] = None,
    review_year: Annotated[int | None, typer.Option(help="Year of a review list.")] = None,
    list_kind: Annotated[
        AnnouncementKind | None, typer.Option(help="What a list does to its companies.")
    ] = None,
    stage: Annotated[Stage | None, typer.Option(help="Stage of a list.")] = None,
    authority: Annotated[AuthorityCode | None, typer.Option(help="Authority of a list.")] = None,
    published_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day on which a list was published.")
    ] = None,
    list_id: Annotated[
        str | None, typer.Option(help="Id of a list; derived from its content otherwise.")
    ] = None,
    revision: Annotated[int, typer.Option(help="Revision of a list.")] = 1,
    complete: Annotated[
        bool, typer.Option(help="The list is complete: a company that it does not name is not on it.")
    ] = False,
    expected_count: Annotated[int | None, typer.Option(help="Companies that a list should hold.")] = None,
    source_class: Annotated[SourceClass | None, typer.Option(help="Who published it.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Name of the publisher.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the document.")] = None,
    url: Annotated[str | None, typer.Option(help="Address of the document.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the file, where it is not detected.")
    ] = None,
    exported_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day of a patent database export: newer wins. Otherwise that in the name of the file, or "
            "the newest day in it.",
        ),
    ] = None,
    backfill: Annotated[
        bool, typer.Option(help="History: these lists, names and families alert nobody.")
    ] = False,
    accept: Annotated[
        list[str] | None, typer.Option(help="A proposed name of a list to take as it stands; repeatable.")
    ] = None,
    resume_after: Annotated[int, typer.Option(help="Line of the last fact that was taken before.")] = 0,
    report: Annotated[
        Path | None, typer.Option(help="Write the rows that were not taken to this CSV file.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is understood, publish nothing.")
    ] = False,
    preview: Annotated[
        Path | None,
        typer.Option(
            help="With --dry-run: write a web page that shows each document beside what was understood: the "
            "pictures of its pages, or its cells."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ingest the lists of a folder without asking.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when everything is rated and stored.")] = False,
    json: Json = False,
) -> None:
    """Read files and publish what they say; the same file again changes nothing."""
    if exported_on is not None and exported_on.date() > datetime.now(UTC).date():
        raise CommandError(
            f"--exported-on: expected a day up to today, got {exported_on.date()}: every later export would "
            "lose against it"
        )
    if preview is not None and not dry_run:
        raise CommandError("--preview shows what a dry run understands: add --dry-run")
    options = Options(
        batch=batch,
        review_year=review_year,
        list_kind=list_kind,
        stage=stage,
        authority=authority,
        published_on=published_on.date() if published_on else None,
        list_id=list_id,
        revision=revision,
        complete=complete,
        expected_count=expected_count,
        source_class=source_class,
        publisher=publisher,
        title=title,
        url=url,
        encoding=encoding,
        exported_on=exported_on.date() if exported_on else None,
        backfill=backfill,
        accept=tuple(accept or ()),
        resume_after=resume_after,
        ocr_confidence_min=read_settings().ocr_confidence_min,
        with_pictures=preview is not None,
    )
    settings = None if dry_run else broker_settings()
    shown: dict[str, Any] = {}
    if kind is What.LISTS:
        found = ingest_lists.recognised(files, options)
        shown["recognised"] = ingest_lists.as_dicts(found)
        if not json:
            ingest_lists.show(found)
        if dry_run:
            chosen = ingest_lists.readable(found) if preview is not None else []
        else:
            chosen = ingest_lists.confirm(found, yes=yes)
        with Ingestion(Kind.ANNOUNCEMENTS, options, settings, report) as ingestion:
            outcomes = ingest_lists.take(chosen, ingestion) if chosen else []
    else:
        with Ingestion(Kind(kind.value), options, settings, report) as ingestion:
            outcomes = [ingestion.take(file) for file in files]
    if json:
        print_json({"files": [outcome.as_dict() for outcome in outcomes], "dry_run": dry_run} | shown)
    else:
        _show(outcomes, ingestion, report)
    if preview is not None:
        write_preview(preview, ingestion.previews)
        note(f"{preview} shows each document beside what was understood: open it in a browser")
    if wait and settings is not None:
        wait_until_through(settings)
    if any(outcome.failure for outcome in outcomes):
        raise typer.Exit(FAILURE_STATUS)


def _show(outcomes: list[Outcome], ingestion: Ingestion, report: Path | None) -> None:
    for outcome in outcomes:
        if outcome.failure:
            note(f"error: {outcome.failure}")
    for understood in ingestion.understood:
        out().print(understood)
    columns = ("file", "taken", "taken in part", "proposed", "not taken")
    rows = [
        (one.file, one.taken, one.taken_in_part, one.proposed, one.not_taken)
        for one in outcomes
        if not one.refused
    ]
    if rows:
        out().print(table(None, columns, rows))
    for one in outcomes:
        if one.families is not None:
            found = one.families
            note(
                f"{one.file}: taken {one.taken:,}: {found.new:,} new, {found.unchanged:,} unchanged, "
                f"{found.changed:,} changed, {found.older:,} older"
            )
    for one in outcomes:
        if one.exported_by is not None and not one.refused:
            note(f"{one.file}: exported on {one.exported_on or 'an unknown day'} ({one.exported_by})")
    for remark in ingestion.remarks[:REMARKS_SHOWN_MAX]:
        err().print(f"{remark.file}:{remark.line}: {remark.said}", markup=False)
    if any(one.proposed for one in outcomes):
        note(
            "Proposed rows were not taken, and their lists prove no absence: correct the file, "
            "or take a name as it stands (--accept NAME --revision N)"
        )
    hidden = sum(one.not_taken + one.proposed + one.taken_in_part for one in outcomes) - REMARKS_SHOWN_MAX
    if hidden > 0:
        where = f"all are in {report}" if report else "--report FILE writes them all"
        note(f"{hidden:,} more rows were not taken or only in part; {where}")
