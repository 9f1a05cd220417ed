"""`giants programme`: what is known of the programme as a whole, with sources."""

from collections.abc import Sequence
from typing import Any

import typer
from rich.markup import escape

from giants.cli.target import Api
from giants.terminal.output import Json, note, out, print_json, table

EXAMPLES = "Examples: `giants programme` · `giants programme --json | jq '.frameworks[0].thresholds'`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(programme)


def programme(json: Json = False) -> None:
    """Show what is known of the programme: aims, ladder, benefits, thresholds, the cycle, with sources."""
    with Api.of_stack() as api:
        answer = api.get("/programme")
    if json:
        print_json(answer)
        return
    numbers = {source["id"]: number for number, source in enumerate(answer["sources"], 1)}
    _statements("What it is for", answer["objectives"], numbers)
    choke_points = f"{answer['choke_points']:,} technological choke points are named by the state"
    out().print(f"· {choke_points} {_cited(answer['choke_points_sources'], numbers)}", "")
    out().print(
        table("The ladder", ("title", "by", "score", "tracked", "what it is"), _ladder(answer, numbers))
    )
    _statements("What a title brings", answer["benefits"], numbers)
    for framework in answer["frameworks"]:
        title = f"Framework {framework['id']}, in force from {framework['in_force_from']}"
        out().print(table(title, ("criterion", "what has to be met"), _criteria(framework)), "")
    out().print(table("The cycle", ("year", "designated", "reviewed"), map(_year, answer["cycle"])), "")
    out().print("[bold]Sources[/]")
    for source in answer["sources"]:
        address = f", {source['url']}" if source["url"] else ""
        out().print(escape(f"[{numbers[source['id']]}] {source['title']} ({source['basis']}){address}"))
    for caveat in answer["caveats"][:2]:
        note(caveat["text"])


def _statements(title: str, statements: Sequence[dict[str, Any]], numbers: dict[str, int]) -> None:
    out().print(f"[bold]{title}[/]")
    for one in statements:
        out().print(f"· {escape(one['text'])} {_cited(one['sources'], numbers)}")


def _cited(ids: Sequence[str], numbers: dict[str, int]) -> str:
    return escape(" ".join(f"[{numbers[id_]}]" for id_ in ids))


def _ladder(answer: dict[str, Any], numbers: dict[str, int]) -> list[tuple[object, ...]]:
    return [
        (
            f"{tier['name']} {tier['name_zh']}",
            tier["level"],
            tier["score_min"],
            "yes" if tier["tracked"] else "no",
            f"{escape(tier['text'])} {_cited(tier['sources'], numbers)}",
        )
        for tier in answer["tiers"]
    ]


def _criteria(framework: dict[str, Any]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        (f"{one['criterion']}: {one['item']}".replace("_", " "), escape(one["text"]))
        for one in framework["thresholds"]
    ]
    rows += [(f"gate: {one['item']}".replace("_", " "), escape(one["text"])) for one in framework["gates"]]
    return rows


def _year(year: dict[str, Any]) -> tuple[object, ...]:
    reviewed = (
        f"batch {one['batch']}" + (f": {one['companies']:,} firms" if one["companies"] else "")
        for one in year["reviewed"]
    )
    return (
        year["year"],
        f"batch {year['designated']} ({year['designation_framework']})",
        "; ".join(reviewed) + (f" ({year['review_framework']})" if year["reviewed"] else ""),
    )
