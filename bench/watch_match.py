"""How long a change takes to match against 100 to 100,000 watchlists.

    python -m bench.watch_match

Two workloads. `distinct`: every watchlist follows five companies of its own, some narrowed further, so a
change meets a few whatever their number. `crowded`: broad interests that many share, so what a change meets
grows with their number, and its cost must grow with that.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from gc import collect
from statistics import median
from tracemalloc import get_traced_memory, start, stop
from typing import Final

from giants.domain.names import lookup_keys
from giants.domain.watch import CompanyContext, Watch
from schemas.base import AuthorityCode
from schemas.changes import RatingChange, StatusChange
from schemas.codes import Band, ChangeKind, StatusChangeKind
from schemas.facts import Watchlist
from tests.domain.watchlists import rating, rating_change, status_change

SIZES = (100, 1_000, 10_000, 100_000)
COMPANIES = 20_000
TECHNOLOGIES = tuple(f"technology-{number}" for number in range(74))
CHANGES = 2_000
ROUNDS = 5
SEED = 20251020


def name(number: int) -> str:
    """Name of one company."""
    return f"第{number}号光电科技有限公司"


def distinct_watchlist(source: random.Random, number: int) -> Watchlist:
    """Companies of its own, some narrowed further: what a desk with a portfolio asks for."""
    conditions: dict[str, object] = {"companies": [name(source.randrange(10 * COMPANIES)) for _ in range(5)]}
    if source.random() < 0.3:
        conditions["technologies"] = source.sample(TECHNOLOGIES, 2)
    if source.random() < 0.3:
        conditions["min_band"] = source.choice(list(Band))
    return Watchlist.model_validate({"watchlist_id": f"w-{number}", "owner": "bench", **conditions})


def crowded_watchlist(source: random.Random, number: int) -> Watchlist:
    """Broad interests, shared by many."""
    conditions: dict[str, object] = {"technologies": source.sample(TECHNOLOGIES, 2)}
    if source.random() < 0.5:
        conditions["authorities"] = source.sample(list(AuthorityCode), 2)
    if source.random() < 0.5:
        conditions["batches"] = source.sample(range(1, 9), 2)
    conditions["min_band"] = source.choice(list(Band))
    if source.random() < 0.2:
        conditions["events"] = [ChangeKind.RATING_CHANGED, ChangeKind.DECERTIFIED]
    return Watchlist.model_validate({"watchlist_id": f"w-{number}", "owner": "bench", **conditions})


def occurrence(source: random.Random) -> tuple[StatusChange | RatingChange, CompanyContext]:
    """One change of one company, a rating four times out of five."""
    number = source.randrange(COMPANIES)
    context = CompanyContext(
        company_id=f"c-{number}",
        name=name(number),
        authority=source.choice(list(AuthorityCode)),
        batches=(source.randint(1, 8),),
        keys=frozenset(lookup_keys(name(number))),
    )
    if source.random() < 0.2:
        kind = source.choice(list(StatusChangeKind))
        return status_change(company_id=context.company_id, name=context.name, kind=kind), context
    current = rating(source.choice(list(Band)))
    technology = source.choice(TECHNOLOGIES)
    return rating_change(company_id=context.company_id, technology=technology, current=current), context


@dataclass(frozen=True, slots=True)
class Cost:
    """What matching costs at one number of watchlists."""

    microseconds_a_change: float
    matches_a_change: float
    microseconds_a_put: float


def main() -> None:
    """Print a table for each workload."""
    for label, make in WORKLOADS.items():
        print(f"{label}\n{'watchlists':>12}{'us/change':>12}{'matches/change':>16}{'us/put':>10}{'MB':>8}")
        for size in SIZES:
            found = cost(random.Random(SEED), make, size)
            source = random.Random(SEED)
            megabytes = index_bytes([make(source, number) for number in range(size)]) / 1e6
            print(
                f"{size:>12,}{found.microseconds_a_change:>12.1f}{found.matches_a_change:>16.2f}"
                f"{found.microseconds_a_put:>10.1f}{megabytes:>8.1f}"
            )


def cost(source: random.Random, make: Callable[[random.Random, int], Watchlist], size: int) -> Cost:
    """Match changes with so many watchlists; the median of the rounds."""
    watchlists = [make(source, number) for number in range(size)]
    occurrences = [occurrence(source) for _ in range(CHANGES)]
    collect()
    watch, began = Watch(), time.perf_counter()
    for one in watchlists:
        watch.put(one)
    put_us = (time.perf_counter() - began) / size * 1e6
    matches = sum(len(watch.match(*each)) for each in occurrences) / CHANGES
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for each in occurrences:
            watch.match(*each)
        rounds.append((time.perf_counter() - began) / CHANGES * 1e6)
    return Cost(median(rounds), matches, put_us)


def index_bytes(watchlists: list[Watchlist]) -> int:
    """Python memory of the index, the watchlists themselves aside."""
    start()
    watch = Watch()
    for one in watchlists:
        watch.put(one)
    held, _ = get_traced_memory()
    stop()
    return held


WORKLOADS: Final[Mapping[str, Callable[[random.Random, int], Watchlist]]] = {
    "distinct": distinct_watchlist,
    "crowded": crowded_watchlist,
}


if __name__ == "__main__":
    main()
