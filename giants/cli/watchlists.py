"""`giants watchlists`: what is watched, for whom."""

from collections.abc import Iterator
from typing import Any

import typer

from giants.cli.target import Api
from giants.terminal.output import Json, note, out, print_json, table

EXAMPLES = "Examples: `giants watchlists` · `giants watchlists --json`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(watchlists)


def watchlists(json: Json = False) -> None:
    """List the watchlists: owner, what they watch, and where alerts go."""
    with Api.of_stack() as api:
        found = list(_all(api))
    if json:
        for one in found:
            print_json(one)
        return
    if not found:
        note("no watchlist yet: the page /watchlists/new of the dashboard makes one")
        return
    columns = ("id", "name", "owner", "companies", "technologies", "events", "alerts go to")
    out().print(table(None, columns, map(_row, found)))


def _all(api: Api) -> Iterator[dict[str, Any]]:
    answer = api.get("/watchlists")
    yield from answer["items"]
    while answer["next"] is not None:
        answer = api.get("/watchlists", cursor=answer["next"])
        yield from answer["items"]


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    targets = ", ".join(sorted({target["kind"] for target in one["deliver"]})) or "the dashboard"
    return (
        one["watchlist_id"],
        one["name"],
        one["owner"],
        len(one["companies"]),
        ", ".join(one["technologies"]) or "any",
        ", ".join(one["events"]) or "any",
        targets,
    )
