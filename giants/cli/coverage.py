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
AUTHORITY_WIDTH, CELL_WIDTH = 14, 13


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(coverage)


def coverage(json: Json = False) -> None:
    """Show which lists were ingested, by authority, batch and review year, and which are outstanding."""
    with Api.of_stack() as api:
        answer = api.get("/coverage")
    if json:
        print_json(answer)
        return
    columns = answer["columns"]
    if not columns:
        note("no list of a batch or a review year is known")
        return
    # A matrix of 38 rows is shown in as many pieces as the terminal is wide.
    width = max(1, (out().width - AUTHORITY_WIDTH) // CELL_WIDTH)
    for start in range(0, len(columns), width):
        piece = columns[start : start + width]
        out().print(table(None, ("authority", *map(_heading, piece)), _rows(piece)))
    out().print("x complete  0 confirmed zero  ? seen, not complete  ! contradicts itself  · outstanding")
    out().print("a count is that of the best list; 361/366: it names 361 and states 366")
    for column in columns:
        out().print(_settling(column), markup=False)


def _heading(column: dict[str, Any]) -> str:
    return f"B{column['batch']}" if column["batch"] else f"R{column['review_year']}"


def _rows(columns: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for number, cell in enumerate(columns[0]["cells"]):
        cells = (_cell(column["cells"][number]) for column in columns)
        yield cell["authority"] or "national", *cells
    yield "named", *(f"{column['names']:,}" for column in columns)
    yield "lists state", *(_stated(column) for column in columns)
    yield "published", *(_count(column["total"]) for column in columns)


def _cell(cell: dict[str, Any]) -> str:
    sign = SIGNS[cell["state"]]
    if cell["names"] is None or cell["state"] == "zero":
        return sign
    stated = cell["expected"]
    return f"{sign} {cell['names']}" + (f"/{stated}" if stated not in {None, cell["names"]} else "")


def _stated(column: dict[str, Any]) -> str:
    """What lists state together, beside what those lists name where that is another number."""
    stated, named = column["expected"], column["expected_names"]
    return _count(stated) if stated == named else f"{named:,}/{stated:,}"


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _settling(column: dict[str, Any]) -> str:
    missing = column["outstanding"]
    # Lists that are not complete may name others, so what the best of them name is the least there is.
    text = f"{_heading(column)}: lists name {'at least ' if missing else ''}{column['names']:,} companies"
    if column["total"] is not None:
        text += f", the published total is {column['total']:,}{_difference(column['names'], column['total'])}"
    if column["expected"] is not None:
        named, stated = column["expected_names"], column["expected"]
        text += f"; lists that state a count state {stated:,}{_difference(named, stated)}"
    if not missing:
        return f"{text}; nothing is outstanding"
    more = f" and {len(missing) - OUTSTANDING_SHOWN_MAX} more" if len(missing) > OUTSTANDING_SHOWN_MAX else ""
    return (
        f"{text}; open until complete lists are known of {', '.join(missing[:OUTSTANDING_SHOWN_MAX])}{more}"
    )


def _difference(named: int, stated: int) -> str:
    if named == stated:
        return " and all are named"
    return f" ({abs(stated - named):,} {'fewer' if named < stated else 'more'} are named)"
