"""`giants movers` and `giants history`: what moved in a period, and how one rating came to be what it is."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from giants.cli.lookup import find_company, find_technology
from giants.cli.target import Api
from giants.terminal.output import Json, note, out, print_json, table
from schemas.base import AuthorityCode

MOVERS_EXAMPLES = (
    "Examples: `giants movers` · `giants movers --since 2025-10-01 --until 2025-12-31 --authority ZJ` · "
    "`giants movers --technology radar --json` · `giants movers --technologies`"
)
HISTORY_EXAMPLES = (
    "Examples: `giants history 银河光电 radar` · `giants history lg-2f7a0c1d9e4b5a66 radar --json`"
)
POINTS_MAX = 1_000


def register_movers(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=MOVERS_EXAMPLES)(movers)


def register_history(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=HISTORY_EXAMPLES)(history)


def movers(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day.")] = None,
    technology: Annotated[str | None, typer.Option(help="Only this technology: id or name.")] = None,
    authority: Annotated[AuthorityCode | None, typer.Option(help="Only companies of it.")] = None,
    technologies: Annotated[
        bool, typer.Option("--technologies", help="Technologies that gained companies instead of pairs.")
    ] = False,
    backfill: Annotated[bool, typer.Option(help="Count history that was filled in later too.")] = False,
    json: Json = False,
) -> None:
    """Show what rose and fell furthest; by default in the thirty days up to the newest change."""
    asked: dict[str, Any] = {
        "since": _day(since),
        "until": _day(until),
        "authority": authority.value if authority else None,
        "backfill": backfill,
    }
    with Api.of_stack() as api:
        if technology is not None and not technologies:
            asked["technology"] = find_technology(api, technology)
        path = "/technologies/movements" if technologies else "/movers"
        answer = api.get(path, **{name: value for name, value in asked.items() if value is not None})
    if json:
        print_json(answer)
    elif answer["since"] is None:
        note("nothing has ever changed")
    elif technologies:
        _show_technologies(answer)
    else:
        _show_movers(answer)


def history(
    company: Annotated[str, typer.Argument(help="Any name it ever had, a part of one, pinyin, or its id.")],
    technology: Annotated[str, typer.Argument(help="Id or name of a technology.")],
    json: Json = False,
) -> None:
    """Show what was announced of a company in a technology, newest first."""
    with Api.of_stack() as api:
        found = find_company(api, company)
        about = find_technology(api, technology)
        answer = api.get(f"/companies/{found['company_id']}/history/{about}", limit=POINTS_MAX)
    if json:
        print_json(answer)
        return
    rows = (
        (
            point["at"][:10],
            (point["band"] or "unrated").replace("_", " "),
            point["score"],
            point["profile"],
            f"{point['matching']:,} of {point['instances']:,}",
            point["families"],
            point["classified"],
            f"{point['cause']['kind']} {point['cause']['ref']}",
        )
        for point in answer["points"]
    )
    columns = ("on", "band", "score", "profile", "matching", "families", "classified", "because of")
    out().print(table(f"{answer['company']} in {answer['name']}", columns, rows))
    if not answer["points"]:
        note("nothing was announced of this pair: it has never been rated")


def _day(value: datetime | None) -> str | None:
    return value.date().isoformat() if value else None


def _show_movers(answer: dict[str, Any]) -> None:
    columns = ("company", "technology", "step", "from", "to", "because of")
    for direction in ("rose", "fell"):
        rows = [
            (
                f"{one['company']} {one['company_en'] or ''}".strip(),
                one["technology"],
                f"{one['step']:+.1f}",
                (one["from_band"] or "unrated").replace("_", " "),
                (one["to_band"] or "unrated").replace("_", " "),
                f"{one['cause']['kind']} {one['cause']['ref']}",
            )
            for one in answer[direction]
        ]
        out().print(table(f"{direction} {_period(answer)}", columns, rows))


def _show_technologies(answer: dict[str, Any]) -> None:
    rows = (
        (one["name"] or one["technology"], one["entered"], one["left"], one["net"], one["rose"], one["fell"])
        for one in answer["items"]
    )
    columns = ("technology", "newly rated", "no longer", "net", "rose", "fell")
    out().print(table(f"technologies {_period(answer)}", columns, rows))


def _period(answer: dict[str, Any]) -> str:
    first, last = (date.fromisoformat(answer[end][:10]) for end in ("since", "until"))
    return f"from {first} to {last}"
