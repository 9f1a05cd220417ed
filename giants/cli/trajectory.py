"""`giants signals`: trajectory signals in force, each with its numbers; where to look, never a finding."""

from typing import Annotated

import typer

from giants.cli.lookup import find_company, find_technology
from giants.cli.target import Api
from giants.terminal.output import Json, note, out, print_json, table
from schemas.base import AuthorityCode
from schemas.codes import SignalKind

EXAMPLES = (
    "Examples: `giants signals` · `giants signals --kind focus-drift --technology radar` · "
    "`giants signals --company 中科海讯 --json`"
)
SHOWN_DEFAULT = 50
SHOWN_MAX = 1_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(signals)


def signals(
    kind: Annotated[list[SignalKind] | None, typer.Option(help="Only these kinds.")] = None,
    authority: Annotated[list[AuthorityCode] | None, typer.Option(help="Only these authorities.")] = None,
    technology: Annotated[str | None, typer.Option(help="Only about this technology: id or name.")] = None,
    company: Annotated[str | None, typer.Option(help="Only of this company: any name, or its id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=SHOWN_MAX, help="Show so many.")] = SHOWN_DEFAULT,
    json: Json = False,
) -> None:
    """List the signals in force: focus drift, filings drying up, reviews due, elevation candidates."""
    with Api.of_stack() as api:
        about = find_technology(api, technology) if technology is not None else None
        if company is not None:
            found = find_company(api, company)
            answer = api.get(f"/companies/{found['company_id']}/signals")
            items = [
                item
                for item in answer["signals"]
                if (not kind or item["signal"] in kind)
                and (not authority or item["authority"] in authority)
                and about in (None, item["technology"])
            ][:limit]
        else:
            chosen = {"kind": kind or [], "authority": authority or [], "limit": limit}
            answer = api.get("/signals", **chosen, **({"technology": about} if about else {}))
            items = answer["items"]
    if json:
        print_json(items)
        return
    rows = [
        (
            one["company"],
            one["signal"].replace("-", " ") + (f" · {one['technology']}" if one["technology"] else ""),
            one["since"][:10],
            one["text"],
        )
        for one in items
    ]
    out().print(table(None, ("company", "signal", "since", "numbers"), rows))
    for caveat in answer["caveats"][:2]:
        note(caveat["text"])
