"""`giants coverage`: which lists are there, and which would settle what is open."""

from collections.abc import Iterator
from typing import Any

import typer

from giants.cli.target import Api
from giants.terminal.output import Json, note, out, print_json, table

EXAMPLES = "Examples: `giants coverage` · `giants coverage --json | jq '.columns[].outstanding'`"
# Of each state, in one sign: a matrix of 38 rows has to fit a terminal.
SIGNS = {"outstanding": "·", "seen": "?", "contradicting": "!", "complete": "x", "zero": "0"}
OUTSTANDING_SHOWN_MAX = 12


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(coverage)


def coverage(json: Json = False) -> None:
    """Which lists are there, by authority, batch and review year, and which are outstanding."""
    with Api.of_stack() as api:
        answer = api.get("/coverage")
    if json:
        print_json(answer)
        return
    columns = answer["columns"]
    if not columns:
        note("no list of a batch or a review year is known")
        return
    out().print(table(None, ("authority", *map(_heading, columns)), _rows(columns)))
    out().print("x complete  0 confirmed zero  ? seen, not complete  ! contradicts itself  · outstanding")
    for column in columns:
        out().print(_settling(column), markup=False)


def _heading(column: dict[str, Any]) -> str:
    return f"B{column['batch']}" if column["batch"] else f"R{column['review_year']}"


def _rows(columns: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for number, cell in enumerate(columns[0]["cells"]):
        signs = (SIGNS[column["cells"][number]["state"]] for column in columns)
        yield cell["authority"] or "national", *signs


def _settling(column: dict[str, Any]) -> str:
    total = "" if column["total"] is None else f" of {column['total']:,}"
    missing = column["outstanding"]
    # Lists that are not complete may name others, so what the best of them name is the least there is.
    names = f"{_heading(column)}: {'at least ' if missing else ''}{column['names']:,}{total} companies"
    if not missing:
        return f"{names}; nothing is outstanding"
    more = f" and {len(missing) - OUTSTANDING_SHOWN_MAX} more" if len(missing) > OUTSTANDING_SHOWN_MAX else ""
    return (
        f"{names}; open until complete lists are known of {', '.join(missing[:OUTSTANDING_SHOWN_MAX])}{more}"
    )
