"""`giants export TABLE`: a whole table as a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

from giants.cli.target import Api
from giants.store.export import EXPORTABLE, FTM_TABLE, ExportFormat
from giants.terminal.output import CommandError, err

EXAMPLES = (
    "Examples: `giants export companies` · `giants export exposures --format parquet -o exposures.parquet` · "
    "`giants export --format ftm -o companies.ftm.json` (FollowTheMoney) · "
    "`giants export facts -o journal.jsonl` (`giants ingest` reads the facts of a contract topic back)"
)
BINARY = {ExportFormat.PARQUET, ExportFormat.ARROW}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(export)


def export(
    table: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(EXPORTABLE)}; with ftm companies alone.")
    ] = None,
    form: Annotated[
        ExportFormat | None, typer.Option("--format", help="Taken from the ending of the file otherwise.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File; stdout without it.")] = None,
) -> None:
    """Write a whole table: companies, exposures, changes, facts and more."""
    chosen = form or _by_ending(output)
    if table is None:
        if chosen is not ExportFormat.FTM:
            raise CommandError(f"name a table: one of {', '.join(EXPORTABLE)}")
        table = FTM_TABLE
    if output is None and chosen in BINARY and sys.stdout.isatty():
        raise CommandError(f"{chosen} cannot be shown in a terminal: name a file with -o")
    with Api.of_stack() as api:
        pieces = api.download(f"/export/{table}", format=chosen.value)
        if output is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            return
        draft = output.with_name(f"{output.name}.part")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn())
        console = err()
        with (
            draft.open("wb") as file,
            Progress(*columns, console=console, disable=not console.is_terminal) as bar,
        ):
            task = bar.add_task(table, total=None)
            for piece in pieces:
                file.write(piece)
                bar.advance(task, len(piece))
        draft.replace(output)


def _by_ending(output: Path | None) -> ExportFormat:
    """The format that the ending of a file names; ends the command where it names another one."""
    ending = output.suffix.removeprefix(".").lower() if output is not None else ""
    endings = {form.value: form for form in ExportFormat}
    if output is not None and output.name.endswith(".ftm.json"):
        return ExportFormat.FTM
    if ending and ending not in endings:
        known = ", ".join(f".{name}" for name in endings)
        raise CommandError(f"a file .{ending} would hold JSON lines: expected {known}, or say --format")
    return endings.get(ending, ExportFormat.JSONL)
