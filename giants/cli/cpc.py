"""`giants cpc`: editions of the CPC scheme, imported so that explanations have titles."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from giants.cli.tables import rows
from giants.cli.target import Api
from giants.domain.cpc import CpcError, normalize_symbol
from giants.domain.editions import EDITIONS_FOLDER, Editions, SymbolStatus, editions_in, keep_edition
from giants.domain.scheme_file import edition_of, read_scheme
from giants.terminal.output import CommandError, Json, note, out, print_json, read_settings, say, table

CHILDREN_SHOWN_MAX = 40

cpc_app = typer.Typer(
    name="cpc", no_args_is_help=True, help="Editions of the CPC scheme: titles, retired symbols."
)


@contextmanager
def clear_errors() -> Iterator[None]:
    """End the command with one line where a symbol, a scheme or a taxonomy is refused."""
    try:
        yield
    except CpcError as error:
        raise CommandError(str(error)) from error


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(cpc_app, name="cpc")


def imported_editions() -> Editions:
    """The editions of the data folder."""
    return editions_in(_folder())


@cpc_app.command(name="import", epilog="Example: `giants cpc import CPCTitleList202505.zip`")
@clear_errors()
def import_(
    path: Annotated[
        Path, typer.Argument(help="CPCTitleList: its zip, a folder with its texts, or one text.")
    ],
    edition: Annotated[
        str | None, typer.Option(help="Year and month, such as 2025.05, where the file names do not say it.")
    ] = None,
    json: Json = False,
) -> None:
    """Import an edition of the CPC scheme into the data folder; the same edition is replaced."""
    named = edition or edition_of(path)
    if named is None:
        raise CommandError(f"{path} does not say which edition it is: give it as --edition 2025.05")
    note(f"reading {path}")
    scheme = read_scheme(path)
    kept = keep_edition(_folder(), named, scheme)
    symbols = sum(1 for _ in scheme.symbols())
    if json:
        print_json({"edition": named, "symbols": symbols, "file": str(kept)})
        return
    say(f"edition {named}: {symbols:,} symbols in {kept}")


@cpc_app.command(epilog="Examples: `giants cpc title H04B10/2519` · `giants cpc title 'H04B 10/25' --json`")
@clear_errors()
def title(
    symbol: Annotated[str, typer.Argument(help="A CPC symbol in any form.")],
    json: Json = False,
) -> None:
    """Show the titles that lead to a symbol, and what stands below it."""
    normal = normalize_symbol(symbol)
    editions = require_editions()
    path = editions.title_path(normal)
    standing = editions.standing(normal)
    if not path:
        raise CommandError(f"{normal} is not of the imported editions ({', '.join(editions.names)})")
    newest = editions.newest
    children = [(child, newest.title(child)) for child in newest.children(normal)] if newest else []
    if json:
        print_json(
            {
                "symbol": normal,
                "standing": standing,
                "edition": editions.edition_of(normal),
                "path": [{"symbol": above, "title": text} for above, text in path],
                "children": [{"symbol": child, "title": text} for child, text in children],
            }
        )
        return
    say(f"{normal}, {standing}, edition {editions.edition_of(normal)}")
    tree = title_tree(path)
    _add_children(tree, path, children)
    out().print(tree)


@cpc_app.command(epilog="Examples: `giants cpc standing` · `giants cpc standing --json`")
@clear_errors()
def standing(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Companies to show at most.")] = 30,
    json: Json = False,
) -> None:
    """Count, for each company, the instances whose symbols are current, retired or unknown to CPC."""
    editions = require_editions()
    with Api.of_stack() as api:
        tallies: dict[str, Counter[str]] = {}
        for row in rows(api, "portfolio"):
            tallies.setdefault(row["company_id"], Counter()).update(row["symbols"])
        names = {row["company_id"]: row["name"] for row in rows(api, "companies")}
    counts = {company_id: editions.count(tally) for company_id, tally in tallies.items()}
    worst = sorted(
        counts, key=lambda id_: (counts[id_][SymbolStatus.CURRENT] - sum(counts[id_].values()), id_)
    )[:limit]
    if json:
        print_json([{"company_id": id_, "company": names.get(id_), **_named(counts[id_])} for id_ in worst])
        return
    columns = ("company", "current", "retired", "unknown")
    values = ((names.get(id_, id_), *(counts[id_][one] for one in SymbolStatus)) for id_ in worst)
    out().print(table(f"Instances by standing in CPC {', '.join(editions.names)}", columns, values))


def _named(counts: Mapping[SymbolStatus, int]) -> dict[str, int]:
    return {standing.value: instances for standing, instances in counts.items()}


def require_editions() -> Editions:
    """The imported editions; ends the command where there is none."""
    editions = imported_editions()
    if not editions.names:
        raise CommandError(
            f"no edition of the CPC scheme is in {_folder()}: `giants cpc import FILE` reads one"
        )
    return editions


def text_table(title: str | None, columns: Iterable[str], values: Iterable[Iterable[object]]) -> Table:
    """A table whose cells are shown as they are: titles and reasons may hold what rich takes for markup."""
    cells = ([escape(cell) if isinstance(cell, str) else cell for cell in row] for row in values)
    return table(title, columns, cells)


def title_tree(path: tuple[tuple[str, str], ...]) -> Tree:
    """A branch from the section down to a symbol."""
    root = branch = Tree(_line(*path[0]))
    for symbol, text in path[1:]:
        branch = branch.add(_line(symbol, text))
    return root


def _add_children(
    tree: Tree, path: tuple[tuple[str, str], ...], children: list[tuple[str, str | None]]
) -> None:
    branch = tree
    for _ in path[1:]:
        branch = branch.children[-1]
    for symbol, text in children[:CHILDREN_SHOWN_MAX]:
        branch.add(_line(symbol, text or ""))
    if len(children) > CHILDREN_SHOWN_MAX:
        branch.add(f"… {len(children) - CHILDREN_SHOWN_MAX} more")


def _line(symbol: str, text: str) -> str:
    return f"[bold]{symbol}[/] {escape(text)}"  # titles contain square brackets: benzo[b]thiophene


def _folder() -> Path:
    return read_settings().data_dir / EDITIONS_FOLDER
