"""What an update costs by the size of its portfolio, by the number of companies, by the number of watchlists.

    python -m bench.flat

Folds alone, without a broker: one family update goes through the exposures of a partition, snapshot and
entries of the changelog included; one change is matched with all watchlists. Rounds go round, every size
once and then again, so that a processor that changes its speed favours none; the median of the rounds counts.
Whatever the size, a company has one technology: what an update costs depends on how many it has, and the
taxonomy bounds their number.
"""

import argparse
import random
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from agents.exposure import ExposureProcessor
from bench.plot import lines
from bench.results import FOLDER, Results
from bench.watch_match import WORKLOADS, cost
from bench.workload import OUTSIDE, SEED, SYMBOLS_A_FAMILY
from giants.decoding.facts import taxonomy_event
from giants.decoding.frames import DeltaFrame
from giants.domain.events import Delta, Origin
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.settings import Settings

PORTFOLIOS: Final = (10, 100, 1_000, 10_000, 50_000)
COMPANIES: Final = (100, 1_000, 10_000, 100_000)
WATCHLISTS: Final = (100, 1_000, 10_000, 100_000)
FAMILIES_A_COMPANY: Final = 10
INSIDE: Final = "G01V7/00"
ROUNDS: Final = 15
_ORIGIN: Final = Origin(0)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.flat",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--updates", type=int, default=2_000, help="updates in each of the rounds")
    parser.add_argument("--watchlists", type=int, default=max(WATCHLISTS), help="the most watchlists")
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    rows = {
        "portfolio": by_portfolio(PORTFOLIOS, arguments.updates),
        "companies": by_companies(COMPANIES, arguments.updates),
        "watchlists": by_watchlists([size for size in WATCHLISTS if size <= arguments.watchlists]),
    }
    for name, found in rows.items():
        Console().print(_table(name, found))
    pictures = [
        lines(f"flat-{name}", title, (axis, "µs"), _series(rows[name]))
        for name, title, axis in (
            ("portfolio", "Cost of an update by the size of its portfolio", "families of the company"),
            ("companies", "Cost of an update by the number of companies", "companies of the partition"),
            ("watchlists", "Cost of matching a change", "watchlists"),
        )
    ]
    Results("flat", {"updates": arguments.updates, "rounds": ROUNDS}, rows, {}).write(
        arguments.output, pictures
    )


def by_portfolio(sizes: Sequence[int], updates: int) -> list[dict[str, Any]]:
    """Update one company that has so many families."""
    return _by_size({size: Updated(["lg-0"], size) for size in sizes}, updates)


def by_companies(sizes: Sequence[int], updates: int) -> list[dict[str, Any]]:
    """Update companies at random, of so many that have ten families each."""
    some = {size: Updated([f"lg-{number}" for number in range(size)], FAMILIES_A_COMPANY) for size in sizes}
    return _by_size(some, updates)


def by_watchlists(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Match changes with so many watchlists, under two loads."""
    rows = []
    for size in sizes:
        row: dict[str, Any] = {"size": size}
        for label, make in WORKLOADS.items():
            found = cost(random.Random(SEED), make, size)
            row[f"{label}_microseconds"] = round(found.microseconds_a_change, 2)
            row[f"{label}_matches"] = round(found.matches_a_change, 2)
        rows.append(row)
    return rows


class Updated:
    """The exposures of a partition with companies of so many families each, which are updated."""

    def __init__(self, companies: Sequence[str], families: int) -> None:
        self._companies: Final = companies
        self._source: Final = random.Random(SEED)
        self._fold: Final = ExposureProcessor(0, Settings(broker="127.0.0.1:1", clock=False))
        self._fold.apply(0, DeltaFrame([taxonomy_event(shipped_taxonomy(), _ORIGIN)]))
        self._outside: Final = _outside()
        for company in companies:
            for number in range(families):
                self._fold.ratings.apply_delta(self._delta(company, f"f{number}"))

    def update(self, updates: int) -> float:
        """Microseconds of one update; each is taken out again, so that portfolios keep their size."""
        fold = self._fold
        deltas = [self._delta(self._source.choice(self._companies), f"u{n}") for n in range(updates)]
        seconds = 0.0
        for offset, delta in enumerate(deltas, 1):
            frame = DeltaFrame([delta])
            began = time.perf_counter()
            step = fold.apply(offset, frame)
            list(fold.snapshots(step.touched))
            fold.entries(step.touched)
            seconds += time.perf_counter() - began
            back = Delta(delta.company_id, delta.family_id, 1, delta.after, None, "family", "f@1", _ORIGIN)
            fold.ratings.apply_delta(back)
        return 1e6 * seconds / updates

    def _delta(self, company: str, family: str) -> Delta:
        symbols = (INSIDE, *self._source.sample(self._outside, SYMBOLS_A_FAMILY - 1))
        return Delta(company, family, 1, None, symbols, "family", "f@1", _ORIGIN)


@cache
def _outside() -> list[str]:
    """Symbols of no technology."""
    taxonomy = Taxonomy.compile(shipped_taxonomy())
    return [symbol for symbol in OUTSIDE if not taxonomy.technologies_of(symbol)]


def _by_size(some: Mapping[int, Updated], updates: int) -> list[dict[str, Any]]:
    """Microseconds of an update by size, medians of the rounds; one before them warms caches up."""
    rounds = [{size: one.update(updates) for size, one in some.items()} for _ in range(1 + ROUNDS)][1:]
    return [{"size": size, "microseconds": round(median(one[size] for one in rounds), 2)} for size in some]


def _series(rows: Sequence[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    columns = [name for name in rows[0] if name.endswith("microseconds")]
    return {
        name.removesuffix("microseconds").rstrip("_") or "update": [(row["size"], row[name]) for row in rows]
        for name in columns
    }


def _table(name: str, rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=name, title_justify="left")
    for column in rows[0]:
        table.add_column(column.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(f"{value:,}" for value in row.values()))
    return table


if __name__ == "__main__":
    main()
