"""What the shipped taxonomy makes of a patent export: technologies by matched instances, and the rest.

    python -m bench.lens_taxonomy FILE [--scheme CPCTitleList.zip] [--top 25]

FILE is any source of families that `giants ingest families` takes, such as a Lens.org CSV export. An export
about drones should lead with drones, and bees should stay outside: a table that makes no sense is a mapping
that makes none.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from giants.domain.cpc import main_group_of
from giants.domain.scheme import Scheme
from giants.domain.scheme_file import read_scheme
from giants.domain.tallies import portfolios_of
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.domain.taxonomy_diff import Portfolio
from giants.sources.base import Kind
from giants.sources.catalogue import open_source
from schemas.facts import Family

EVERYBODY = "everybody"
TOP = 25


def families_of(path: Path) -> Iterator[Family]:
    """The families of a file, each under one company, so that a family counts once."""
    with open_source(Kind.FAMILIES, path) as reading:
        for row in reading:
            if isinstance(row.fact, Family):
                yield row.fact.model_copy(update={"assignees": (EVERYBODY,)})


def technologies_table(portfolio: Portfolio, taxonomy: Taxonomy, top: int) -> Table:
    """Technologies by matched instances, with the symbols that bring most of them."""
    matched: dict[str, Counter[str]] = {}
    for symbol, families in portfolio.tallies.items():
        for technology in taxonomy.technologies_of(symbol):
            matched.setdefault(technology, Counter())[symbol] += families
    instances = sum(portfolio.tallies.values())
    table = Table(
        "technology", "instances", "share", "through", box=None, title=f"{len(matched)} technologies"
    )
    ranked = sorted(matched.items(), key=lambda one: (-one[1].total(), one[0]))
    for technology, symbols in ranked[:top]:
        through = ", ".join(f"{symbol} {count}" for symbol, count in symbols.most_common(4))
        table.add_row(technology, f"{symbols.total():,}", f"{symbols.total() / instances:.1%}", through)
    return table


def outside_table(portfolio: Portfolio, taxonomy: Taxonomy, scheme: Scheme | None, top: int) -> Table:
    """Main groups that no technology takes any symbol of, by instances: they stay in the denominator."""
    outside: Counter[str] = Counter()
    for symbol, families in portfolio.tallies.items():
        if not taxonomy.technologies_of(symbol):
            outside[main_group_of(symbol)] += families
    table = Table("main group", "instances", "title", box=None, title="outside the taxonomy")
    for group, count in outside.most_common(top):
        title = scheme.title(f"{group}/00") if scheme is not None else None
        table.add_row(group, f"{count:,}", (title or "–")[:90])
    return table


def main() -> None:
    """Print both tables and the totals."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--scheme", type=Path)
    arguments.add_argument("--top", type=int, default=TOP)
    given = arguments.parse_args()
    taxonomy = Taxonomy.compile(shipped_taxonomy())
    scheme = read_scheme(given.scheme) if given.scheme else None
    began = time.perf_counter()
    (portfolio,) = portfolios_of(families_of(given.file), lambda assignee: assignee)
    seconds = time.perf_counter() - began
    instances = sum(portfolio.tallies.values())
    mapped = sum(count for symbol, count in portfolio.tallies.items() if taxonomy.technologies_of(symbol))
    console = Console(width=160)
    console.print(
        f"{portfolio.families:,} families, {instances:,} instances of {len(portfolio.tallies):,} symbols, "
        f"{mapped / instances:.1%} mapped; read in {seconds:.1f} s"
    )
    console.print(technologies_table(portfolio, taxonomy, given.top))
    console.print(outside_table(portfolio, taxonomy, scheme, given.top))


if __name__ == "__main__":
    main()
