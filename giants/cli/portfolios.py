"""`giants portfolios put|list|show|judge|delete`: a desk's own counterparties."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from time import time_ns
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer

from giants.cli.screen import Column, one_line
from giants.cli.target import Api
from giants.screening import columns as meanings
from giants.screening.columns import columns_of
from giants.screening.entries import portfolio_rows
from giants.screening.reading import read_list
from giants.sources.files import Input
from giants.terminal.output import Json, note, out, print_json, table
from schemas.codes import WebhookFormat
from schemas.portfolios import JudgementVerdict

ROWS_AT_ONCE: Final = 10_000
PROBLEMS_SHOWN_MAX: Final = 20
SHOWN: Final = 100
EXAMPLES: Final = (
    "Examples: `giants portfolios put suppliers.csv --id p-suppliers --title Suppliers` · "
    "`giants portfolios show p-suppliers --to-review` · "
    '`giants portfolios judge p-suppliers e-1f0e lg-2f7a rejected --why "another firm"`'
)
PortfolioId = Annotated[str, typer.Argument(help="Id of the portfolio.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    portfolios = typer.Typer(no_args_is_help=True, help="Your own counterparties, watched and judged.")
    portfolios.command("put", epilog=EXAMPLES)(put)
    portfolios.command("list")(show_all)
    portfolios.command("show", epilog=EXAMPLES)(show)
    portfolios.command("judge", epilog=EXAMPLES)(judge)
    portfolios.command("delete")(delete)
    app.add_typer(portfolios, name="portfolios")


def put(
    file: Annotated[Path, typer.Argument(help="CSV, Excel, or one name a line; `-` is standard input.")],
    portfolio_id: Annotated[str, typer.Option("--id", help="Id; the list of that id is replaced.")],
    title: Annotated[str | None, typer.Option(help="What the list is called.")] = None,
    owner: Annotated[str | None, typer.Option(help="Whose it is; without it the key's.")] = None,
    name: Column = None,
    english: Column = None,
    former: Column = None,
    place: Column = None,
    uscc: Column = None,
    reference: Column = None,
    webhook: Annotated[str | None, typer.Option(help="Address that takes alerts.")] = None,
    secret: Annotated[str | None, typer.Option(help="Secret of the webhook (whsec_…).")] = None,
    webhook_format: Annotated[
        WebhookFormat, typer.Option(help="Body of the webhook: the alert's JSON, or a message of a chat.")
    ] = WebhookFormat.STANDARD,
    email: Annotated[str | None, typer.Option(help="E-mail address that takes alerts.")] = None,
    json: Json = False,
) -> None:
    """Make a portfolio of a list of counterparties, or replace one. Judgements of its entries stay."""
    asked = {
        meanings.NAME: name,
        meanings.NAME_EN: english,
        meanings.FORMER: former,
        meanings.PLACE: place,
        meanings.USCC: uscc,
        meanings.REFERENCE: reference,
    }
    chosen = {meaning: column for meaning, column in asked.items() if column is not None}
    deliver: list[dict[str, str]] = []
    if webhook is not None:
        target = {"kind": "webhook", "url": webhook, "format": webhook_format.value}
        deliver.append(target | ({"secret": secret} if secret else {}))
    if email is not None:
        deliver.append({"kind": "email", "to": email})
    with one_line(), Input(file) as source, Api.of_stack() as api:
        listed = read_list(source)
        columns = columns_of(listed.sample, chosen)
        note(f"{source.name}: {columns.summary()}{'' if columns.has_heading else ' (no heading)'}")
        rows = islice(listed.rows, 1, None) if columns.has_heading else listed.rows
        kept, problems = portfolio_rows(rows, columns)
        head = {"name": title, "owner": owner, "deliver": deliver}
        answer = _send(api, portfolio_id, kept, {key: value for key, value in head.items() if value})
    problems += answer["problems"]
    for one in problems[:PROBLEMS_SHOWN_MAX]:
        note(f"{one['where']}: {one['detail']}")
    if len(problems) > PROBLEMS_SHOWN_MAX:
        note(f"… and {len(problems) - PROBLEMS_SHOWN_MAX:,} more")
    for warning in answer["warnings"]:
        note(f"beware: {warning}")
    if json:
        keys = ("portfolio_id", "owner", "revision", "entries", "stored")
        print_json({key: answer[key] for key in keys} | {"problems": problems})
    else:
        state = "stored" if answer["stored"] else "on its way"
        note(f"{portfolio_id}: {answer['entries']:,} entries of {answer['owner']}, {state}")


def show_all(json: Json = False) -> None:
    """List portfolios."""
    with Api.of_stack() as api:
        items = list(_pages(api, "/portfolios"))
    if json:
        for item in items:
            print_json(item)
        return
    rows = ((one["portfolio_id"], one["owner"], one["name"] or "", f"{one['entries']:,}") for one in items)
    out().print(table(None, ("id", "owner", "name", "entries"), rows))


def show(
    portfolio_id: PortfolioId,
    to_review: Annotated[
        bool, typer.Option("--to-review", help="Only pairs that wait for a person.")
    ] = False,
    judgements: Annotated[bool, typer.Option("--judgements", help="Who decided what, when, why.")] = False,
    json: Json = False,
) -> None:
    """Show entries with what each means today, pairs that wait for a person, or judgements."""
    path = f"/portfolios/{quote(portfolio_id, safe='')}"
    with Api.of_stack() as api:
        if judgements:
            items = list(_pages(api, f"{path}/judgements"))
        elif to_review:
            items = list(_pages(api, f"{path}/matches", to_review=True))
        else:
            items = list(_pages(api, f"{path}/entries"))
    if json:
        for item in items:
            print_json(item)
        return
    if judgements:
        rows = ((one["entry_id"], one["company_id"], one["verdict"], one["by"], one["at"]) for one in items)
        out().print(table(None, ("entry", "company", "verdict", "by", "at"), rows))
    elif to_review:
        pairs = (one["match"] for one in items)
        shown = (
            (pair["entry_id"], pair["entry_name"], pair["name"], pair["company_id"], f"{pair['score']:.2f}")
            for pair in pairs
        )
        out().print(table(None, ("entry", "mine", "theirs", "company", "score"), shown))
    else:
        entries = (
            (one["entry"]["entry_id"], one["entry"]["name"], one["verdict"], _best(one)) for one in items
        )
        out().print(table(None, ("entry", "name", "verdict", "company"), entries))


def judge(
    portfolio_id: PortfolioId,
    entry_id: Annotated[str, typer.Argument(help="Id of the entry.")],
    company_id: Annotated[str, typer.Argument(help="Id of the company.")],
    verdict: Annotated[JudgementVerdict, typer.Argument(help="What is decided.")],
    why: Annotated[str | None, typer.Option(help="The reason, for the audit trail.")] = None,
    json: Json = False,
) -> None:
    """Decide whether an entry is a company. A rejected pair is proposed again only on new evidence."""
    body = {"entry_id": entry_id, "company_id": company_id, "verdict": verdict.value, "why": why}
    with Api.of_stack() as api:
        path = f"/portfolios/{quote(portfolio_id, safe='')}/judgements"
        answer = api.post(path, {"judgements": [body]})
    for problem in answer["problems"]:
        note(problem["detail"])
    if answer["problems"]:
        raise typer.Exit(1)
    if json:
        print_json(answer["judgements"][0])
    else:
        note(f"{entry_id} and {company_id}: {verdict.value}")


def delete(portfolio_id: PortfolioId) -> None:
    """Delete a portfolio and what was judged in it; the audit trail of its judgements stays."""
    with Api.of_stack() as api:
        api.delete(f"/portfolios/{quote(portfolio_id, safe='')}")
    note(f"{portfolio_id} is deleted")


def _send(
    api: Api, portfolio_id: str, rows: Sequence[tuple[int, dict[str, Any]]], head: Mapping[str, Any]
) -> dict[str, Any]:
    """Send a list in parts that fit a request; the answer of the last, with the counts of all."""
    chunks = [rows[first : first + ROWS_AT_ONCE] for first in range(0, len(rows), ROWS_AT_ONCE)] or [[]]
    revision = time_ns() // 1_000_000
    entries, problems, answer = 0, [], {}
    for number, chunk in enumerate(chunks, 1):
        body = {**head, "entries": [entry for _, entry in chunk], "revision": revision}
        parts = {"part": number, "parts": len(chunks)}
        answer = api.put(f"/portfolios/{quote(portfolio_id, safe='')}", body | parts)
        entries += answer["entries"]
        for one in answer["problems"]:
            line = chunk[one["row"] - 1][0] if 0 < one["row"] <= len(chunk) else 0
            problems.append({"where": f"line {line}", "detail": one["detail"]})
    return {**answer, "entries": entries, "problems": problems}


def _pages(api: Api, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = api.get(path, cursor=cursor, limit=SHOWN, **parameters)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _best(one: Mapping[str, Any]) -> str:
    if not one["near"]:
        return ""
    best = one["near"][0]
    return f"{best['name']} ({best['company_id']}, {best['score']:.2f}, {best['status']})"
