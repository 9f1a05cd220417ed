"""`giants taxonomy report`: what each entry brings in given portfolios, and what technologies share."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from giants.cli.cpc import clear_errors, text_table
from giants.cli.taxonomy_files import SHIPPED, load_file
from giants.cli.taxonomy_live import live_portfolios
from giants.cli.taxonomy_trial import portfolios_of_files
from giants.domain.taxonomy import Taxonomy
from giants.domain.taxonomy_report import Contribution, TaxonomyReport, report_on
from giants.terminal.output import CommandError, Json, out, print_json, say

PAIRS_SHOWN_MAX: Final = 40


@clear_errors()
def report(
    file: Annotated[str, typer.Argument(help="A taxonomy file; `shipped` is the project's own.")] = SHIPPED,
    technology: Annotated[
        str | None, typer.Option(help="Id of a technology whose entries are shown; all pairs otherwise.")
    ] = None,
    families: Annotated[
        list[Path] | None,
        typer.Option(help="Files of patent families; the portfolios of the running stack otherwise."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what each entry of a technology brings in real portfolios, and what technologies share."""
    taxonomy = Taxonomy.compile(load_file(file).version)
    if technology is not None and technology not in taxonomy.technologies:
        raise CommandError(
            f"{technology} is no technology of {taxonomy.id}: `giants taxonomy show` lists them"
        )
    portfolios = portfolios_of_files(families, None)[0] if families else live_portfolios()[0]
    tallies: Counter[str] = Counter()
    for portfolio in portfolios:
        tallies.update(portfolio.tallies)
    found = report_on(taxonomy, tallies)
    shown = [technology] if technology is not None else list(taxonomy.technologies)
    if json:
        print_json(_as_dict(found, shown))
    elif technology is not None:
        _show_entries(found, technology)
    else:
        _show_pairs(found)


def _show_entries(found: TaxonomyReport, technology: str) -> None:
    matching = found.matching[technology]
    say(f"{technology} takes {matching:,} of {found.instances:,} instances")
    contributions = sorted(found.contributions[technology], key=lambda one: -one.instances)
    values = (
        (
            one.entry.symbol,
            one.entry.kind,
            one.symbols,
            one.instances,
            _share(one.instances, matching),
            one.alone,
        )
        for one in contributions
    )
    columns = ("entry", "kind", "symbols carried", "instances", "share", "of no other technology")
    out().print(text_table("what each entry brings", columns, values))
    _show_pairs(found, technology)


def _show_pairs(found: TaxonomyReport, technology: str | None = None) -> None:
    pairs = [one for one in found.shared if technology is None or technology in one.technologies]
    values = (
        (*one.technologies, one.instances, f"{one.shares[0]:.0%}", f"{one.shares[1]:.0%}")
        for one in pairs[:PAIRS_SHOWN_MAX]
    )
    columns = ("technology", "and", "instances of both", "share of the first", "share of the second")
    out().print(text_table("shared instances", columns, values))
    if len(pairs) > PAIRS_SHOWN_MAX:
        say(f"… {len(pairs) - PAIRS_SHOWN_MAX:,} more: --json shows all")


def _as_dict(found: TaxonomyReport, technologies: Iterable[str]) -> Mapping[str, Any]:
    named = set(technologies)
    return {
        "instances": found.instances,
        "technologies": [
            {
                "id": id_,
                "matching": found.matching[id_],
                "entries": [_entry(one) for one in found.contributions[id_]],
            }
            for id_ in found.matching
            if id_ in named
        ],
        "shared": [
            {"technologies": one.technologies, "instances": one.instances, "shares": one.shares}
            for one in found.shared
            if named & set(one.technologies)
        ],
    }


def _entry(one: Contribution) -> Mapping[str, Any]:
    return {
        "symbol": one.entry.symbol,
        "kind": one.entry.kind,
        "edition": one.entry.edition,
        "children": len(one.entry.children),
        "symbols": one.symbols,
        "instances": one.instances,
        "alone": one.alone,
    }


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"
