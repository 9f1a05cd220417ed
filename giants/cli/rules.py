"""`giants rules`: what codes such as X-04 stand for."""

from typing import Annotated

import typer

from giants.domain.rules import catalogue, rules_by_code
from giants.terminal.output import CommandError, Json, out, print_json, table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Examples: `giants rules X-04` · `giants rules S-17 N-02a` · `giants rules`")(rules)


def rules(
    codes: Annotated[
        list[str] | None, typer.Argument(help="Codes of rules; all where none is given.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what codes such as X-04 stand for: the catalogue of rules, one sentence each."""
    known = {code.casefold(): rule for code, rule in rules_by_code().items()}
    if unknown := [code for code in codes or () if code.casefold() not in known]:
        raise CommandError(f"the catalogue has no rule {unknown[0]}; `giants rules` lists all {len(known)}")
    chosen = [known[code.casefold()] for code in codes or ()]
    if json:
        shown = chosen or list(known.values())
        print_json({"rules": [{"code": rule.code, "text": rule.text} for rule in shown]})
    elif chosen:
        out().print(table(None, ("code", "rule"), [(rule.code, rule.text) for rule in chosen]))
    else:
        for section in catalogue():
            rows = [(rule.code, rule.text) for rule in section.rules]
            out().print(table(section.title, ("code", "rule"), rows))
