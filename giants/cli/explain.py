"""`giants explain COMPANY TECHNOLOGY`: how a rating was made, number by number."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from giants.cli.as_filed import show_pair_years
from giants.cli.caveats import show_caveats
from giants.cli.company import shown_reading, shown_status
from giants.cli.cpc import imported_editions, text_table
from giants.cli.lookup import find_company, find_technology
from giants.cli.target import Api
from giants.domain.editions import Editions
from giants.terminal.output import Json, out, pairs, print_json, read_settings

EXAMPLES = (
    "Examples: `giants explain 中科海讯 sonar` · `giants explain wentai radar --json` · "
    "`giants explain 中科海讯 sonar --as-filed`"
)
SYMBOLS_SHOWN_MAX = 40
FAMILIES_SHOWN_MAX = 3
TITLE_CHARACTERS_SHOWN_MAX = 60


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(explain)


def explain(
    company: Annotated[str, typer.Argument(help="Any name of the company, or its id.")],
    technology: Annotated[str, typer.Argument(help="Id or name of the technology, or a part of it.")],
    as_filed: Annotated[
        bool, typer.Option(help="The numbers at the end of every year, by the filing dates of families.")
    ] = False,
    json: Json = False,
) -> None:
    """Show how the score of a company in a technology is made."""
    with Api.of_stack() as api:
        found = find_company(api, company)
        company_id = found["company_id"]
        id_ = find_technology(api, technology)
        if as_filed:
            answer = api.get(f"/companies/{company_id}/as-filed", technology=id_)
        else:
            answer = api.get(f"/companies/{company_id}/explain/{id_}")
    if json:
        print_json(answer)
    elif as_filed:
        out().print(f"[bold]{answer['company']}[/]  {answer['company_en'] or ''}  {id_.replace('-', ' ')}")
        show_pair_years(out(), answer)
        show_caveats(out(), read_settings(), answer["caveats"])
    else:
        _show(out(), answer)
        for one in found["ownership"]:
            out().print(escape(f"{one['text']} · {one['text_zh']} · {one['url']}"))


def _show(console: Console, answer: dict[str, Any]) -> None:
    console.print(f"[bold]{answer['company']}[/]  {answer['company_en'] or shown_reading(answer)}")
    console.print(f"{shown_status(answer)}{_nominator(answer)}")
    console.print(f"{answer['technology_name']}  [dim]({answer['category']})[/]\n")
    shown = answer["symbols"][:SYMBOLS_SHOWN_MAX]
    if shown:
        editions = imported_editions()
        rows = (
            (one["symbol"], _entry(one), one["families"], _families(one), _title(editions, one["symbol"]))
            for one in shown
        )
        columns = ("symbol", "through entry", "families", "such as", "title")
        console.print(text_table("Matching symbols", columns, rows))
        if not editions.names:
            console.print("[dim]`giants cpc import FILE` reads the titles of the symbols.[/]")
    else:
        console.print("No symbol of its portfolio belongs to this technology.")
    if len(answer["symbols"]) > SYMBOLS_SHOWN_MAX:
        console.print(f"… and {len(answer['symbols']) - SYMBOLS_SHOWN_MAX} more symbols (--json has all)")
    console.print()
    console.print(pairs(_arithmetic(answer)))
    show_caveats(console, read_settings(), answer["caveats"])


def _nominator(answer: dict[str, Any]) -> str:
    if not answer["sensitive"]:
        return ""
    return f"; nominated by {answer['authority']}, which administers Xinjiang: context, and no finding"


def _arithmetic(answer: dict[str, Any]) -> dict[str, object]:
    """The steps of the score in the order in which they are taken (X-03 … X-15)."""
    alignment = answer["alignment"]
    share = "undefined, no families" if alignment is None else f"{alignment:.6f}"
    cause = answer["last_cause"]
    return {
        "families": f"{answer['families']:,}, {answer['classified']:,} of them with a CPC symbol",
        "alignment A": f"{answer['matching']:,} matching of {answer['instances']:,} instances = {share}",
        "confidence C": f"{answer['confidence']:.6f} by {answer['methodology']} (no probability)",
        "score E": f"{answer['formula']} = {answer['score']:.4f} ({answer['score_basis']})"
        if answer["rated"]
        else "unrated: alignment is below 2 %, which is not the same as very weak",
        "band": f"{answer['band'].replace('_', ' ')} ({answer['band_basis']} limits)"
        if answer["band"]
        else None,
        "by other choices": answer["depends"] or ("the same band" if answer["band"] else None),
        "profile": answer["profile"],
        "versions": f"taxonomy {answer['taxonomy']} version {answer['taxonomy_version']}, "
        f"methodology {answer['methodology']}",
        "last change because of": f"{cause['kind']} {cause['ref']}" if cause else None,
    }


def _title(editions: Editions, symbol: str) -> str | None:
    """The symbol's own title, the last on the way to it, where an edition of CPC was imported."""
    path = editions.title_path(symbol)
    return path[-1][1][:TITLE_CHARACTERS_SHOWN_MAX] if path else None


def _entry(symbol: dict[str, Any]) -> str:
    what = " (whole group)" if symbol["takes_whole_group"] else ""
    if not what and symbol["entry"] != symbol["symbol"]:
        what = " (with its children)"
    return f"{symbol['entry']}{what}{' retired' if symbol['retired'] else ''}"


def _families(symbol: dict[str, Any]) -> str:
    ids = symbol["family_ids"][:FAMILIES_SHOWN_MAX]
    return ", ".join(ids) + (" …" if symbol["families"] > len(ids) else "")
