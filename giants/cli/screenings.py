"""`giants screenings list|show|export`: the audit trail of screening."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from giants.cli.target import Api
from giants.screening.trail import TrailFormat
from giants.terminal.output import Json, note, out, print_json, table

EXAMPLES = (
    "Examples: `giants screenings list` · `giants screenings export r-6f2c --format pdf` · "
    "`giants screenings export p-suppliers --judgements --format csv`"
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    screenings = typer.Typer(no_args_is_help=True, help="Runs of screening, for an auditor.")
    screenings.command("list", epilog=EXAMPLES)(show_all)
    screenings.command("show")(show)
    screenings.command("export", epilog=EXAMPLES)(export)
    app.add_typer(screenings, name="screenings")


def show_all(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Runs to show.")] = 50, json: Json = False
) -> None:
    """List runs, the newest first."""
    with Api.of_stack() as api:
        items = api.get("/screenings", limit=limit)["items"]
    if json:
        for item in items:
            print_json(item)
        return
    counts = ("names", "matched", "ambiguous", "review", "none", "problems")
    rows = (
        (
            *(one["run_id"], one["began_at"], one["by"], one["label"] or one["origin"]),
            *(str(one[count]) for count in counts),
        )
        for one in items
    )
    out().print(table(None, ("run", "began", "by", "of", *counts), rows))


def show(
    run_id: Annotated[str, typer.Argument(help="Id of the run, as `list` shows it.")], json: Json = False
) -> None:
    """Show what a run asked and found."""
    path, cursor = f"/screenings/{quote(run_id, safe='')}", None
    rows: list[tuple[str, ...]] = []
    with Api.of_stack() as api:
        while True:
            answer = api.get(path, cursor=cursor)
            if json:
                print_json(answer)
            for part in answer["parts"]:
                for name in part["names"]:
                    best = name["candidates"][0] if name["candidates"] else None
                    found = "" if best is None else f"{best['name']} ({best['score']:.2f})"
                    rows.append((name["name"], name["verdict"] or "error", found or name["problem"] or ""))
            cursor = answer["next"]
            if cursor is None:
                break
    if not json:
        out().print(table(None, ("name", "verdict", "company"), rows))


def export(
    run_id: Annotated[str, typer.Argument(help="Id of a run, or of a portfolio with `--judgements`.")],
    trail_format: Annotated[TrailFormat, typer.Option("--format", help="Format.")] = TrailFormat.CSV,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.")] = None,
    judgements: Annotated[bool, typer.Option("--judgements", help="The judgements of a portfolio.")] = False,
) -> None:
    """Write a run, or the judgements of a portfolio, to a file: CSV, JSON, or one page of PDF."""
    name = quote(run_id, safe="")
    path = f"/portfolios/{name}/judgements/export" if judgements else f"/screenings/{name}/export"
    target = output or Path(f"{'judgements' if judgements else 'screening'}-{name}.{trail_format}")
    draft = target.with_name(f"{target.name}.part")
    with Api.of_stack() as api, draft.open("wb") as file:
        for piece in api.download(path, format=trail_format.value):
            file.write(piece)
    draft.replace(target)
    note(f"{run_id}: {target}")
