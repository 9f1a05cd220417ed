"""`giants company NAME`: who a company is, where it stands and why, and what it is exposed to."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from giants.cli.as_filed import show_day, show_years
from giants.cli.caveats import show_caveats
from giants.cli.lookup import find_company
from giants.cli.target import Api
from giants.terminal.output import Json, out, pairs, print_json, read_settings, table

EXAMPLES = (
    "Examples: `giants company 中科海讯` · `giants company wentai` · `giants company GeneoDX --json` · "
    "`giants company 中科海讯 --as-filed` · `giants company 中科海讯 --as-of 2022-12-31 --as-filed`"
)
RATINGS_SHOWN_MAX = 15


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(company)


def company(
    name: Annotated[str, typer.Argument(help="Any name it ever had, a part of one, pinyin, or its id.")],
    as_of: Annotated[
        str | None, typer.Option(metavar="DAY", help="Ratings that had been announced by the end of a day.")
    ] = None,
    as_filed: Annotated[
        bool, typer.Option(help="Ratings by filing date: at the ends of years, or with --as-of of that day.")
    ] = False,
    json: Json = False,
) -> None:
    """Show a company: names, status with its history, ratings, and what analysts add."""
    with Api.of_stack() as api:
        found = find_company(api, name)
        if as_of is not None or as_filed:
            _then(api, found["company_id"], as_of, as_filed, json)
            return
        exposure = api.get(f"/companies/{found['company_id']}/exposures")
    if json:
        print_json({**found, "exposures": exposure["technologies"]})
        return
    console = out()
    _identity(console, found)
    _history(console, found)
    _ratings(console, exposure)
    _notes(console, found)
    show_caveats(console, read_settings(), [*found["notes"], *exposure["caveats"]])


def _then(api: Api, company_id: str, as_of: str | None, as_filed: bool, json: bool) -> None:
    """The ratings of a day in the past, or those at the ends of years by filing date."""
    if as_of is None:
        answer = api.get(f"/companies/{company_id}/as-filed")
    else:
        basis = "filed" if as_filed else "arrival"
        answer = api.get(f"/companies/{company_id}/exposures", as_of=as_of, basis=basis)
    if json:
        print_json(answer)
        return
    out().print(f"[bold]{answer['company']}[/]  {answer['company_en'] or ''}")
    (show_years if as_of is None else show_day)(out(), answer)
    show_caveats(out(), read_settings(), answer["caveats"])


def _identity(console: Console, found: dict[str, Any]) -> None:
    console.print(f"[bold]{found['name']}[/]  {found['name_en'] or shown_reading(found)}")
    others = sorted({use["name"] for use in found["names"]} - {found["name"]})
    status = shown_status(found)
    shown = {
        "id": found["company_id"],
        "status": status + (", provisional" if found["provisional"] else ""),
        "first designated": found["first_designated"],
        "held without interruption since": found["held_since"],
        "current term since": found["term_since"],
        "authority": found["authority"] or "not known",
        "batches": ", ".join(str(batch) for batch in found["batches"]),
        "next review": str(found["next_review_year"]) if found["next_review_year"] else None,
        "tier": found["tier"],
        "also known as": ", ".join(others) or None,
        "merged from": ", ".join(found["merged_from"]) or None,
    }
    console.print(pairs({key: value for key, value in shown.items() if value is not None}))


def shown_reading(found: dict[str, Any]) -> str:
    """The reading of a name without an English one, marked as one."""
    reading = found.get("reading") or found.get("company_reading")
    return f"[dim](reading: {reading})[/]" if reading else ""


def shown_status(found: dict[str, Any]) -> str:
    """The status since when, and why it is that: a reason, or the list that would settle it."""
    status = f"{found['status']} ({found['sub_state'].replace('_', ' ')}) since {found['since']}"
    return f"{status}: {escape(found['reason'].replace('_', ' '))}" if found["reason"] else status


def _history(console: Console, found: dict[str, Any]) -> None:
    rows: list[tuple[str | None, str, str | None]] = [
        (one["on"], f"designated, batch {one['batch']}, {one['stage']}", one["ref"])
        for one in found["designations"]
    ]
    rows += [
        (one["on"], f"review {one['review_year']}: {one['outcome']}{_why(one['reason'])}", one["ref"])
        for one in found["reviews"]
    ]
    console.print()
    rows.sort(key=lambda row: row[0] or "")
    console.print(table(None, ("on", "what", "document"), rows))


def _why(reason: str | None) -> str:
    return f" ({reason.replace('_', ' ')})" if reason else ""


def _ratings(console: Console, exposure: dict[str, Any]) -> None:
    rated = [pair for pair in exposure["technologies"] if pair["band"] is not None]
    rated.sort(key=lambda pair: -pair["score"])
    counted = exposure["classified"]
    classified = "" if counted is None else f" ({counted:,} with a CPC symbol)"
    console.print()
    console.print(
        f"{exposure['families']:,} families{classified}, {exposure['instances']:,} instances, "
        f"confidence {exposure['confidence']:.2f}; "
        f"taxonomy {exposure['taxonomy']} version {exposure['taxonomy_version']}"
    )
    if not rated:
        console.print("not rated in any technology, which does not mean that it has no activity")
        return
    rows = (
        (
            pair["name"] or pair["technology"],
            f"{pair['score']:.1f}",
            pair["band"].replace("_", " "),
            pair["profile"],
            pair["depends"],
        )
        for pair in rated[:RATINGS_SHOWN_MAX]
    )
    console.print(table(None, ("technology", "score", "band", "profile", "depends on the choice"), rows))
    if len(rated) > RATINGS_SHOWN_MAX:
        console.print(f"… and {len(rated) - RATINGS_SHOWN_MAX} more (--json has all)")


def _notes(console: Console, found: dict[str, Any]) -> None:
    """Tags, links and ownership with who said them and why; nothing of it is inferred (A-07)."""
    rows = [
        (
            one["on"],
            one["category"].replace("_", " "),
            escape(one["evidence"]),
            escape(one["author"]),
            one["ref"],
        )
        for one in found["tags"]
    ]
    rows += [
        (
            one["on"],
            one["record"].replace("_", " "),
            escape(f"{one['title']} {one['url']}"),
            escape(one["source"]["publisher"] or one["source"]["class"]),
            one["ref"],
        )
        for one in found["links"]
    ]
    rows += [
        (
            one["on"],
            "ownership",
            escape(f"{one['text']} {one['text_zh']} {one['url']}"),
            escape(one["source"]["publisher"] or one["source"]["class"]),
            one["ref"],
        )
        for one in found["ownership"]
    ]
    if rows:
        console.print()
        console.print(table(None, ("on", "set by analysts", "evidence", "by", "record"), rows))
