"""What a second processor adds: the same folds in one process, and in two at once, without a broker.

    python -m bench.side_by_side

Processors of one machine share caches, memory and the power that their clocks need. What two of them do at
once bounds what a second worker can add (`bench.peers`), whatever the broker takes.
"""

import argparse
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

from rich.console import Console

from bench.flat import FAMILIES_A_COMPANY, Updated
from bench.results import FOLDER, Results

COMPANIES: Final = 10_000
ROUNDS: Final = 7
PROCESSES: Final = 2


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.side_by_side",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--updates", type=int, default=30_000, help="updates of a process in each round")
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    row = measure(arguments.updates)
    Console().print(row)
    settings = {"companies": COMPANIES, "updates": arguments.updates, "rounds": ROUNDS}
    Results("side_by_side", settings, {"processes": [row]}, {}).write(arguments.output)


def measure(updates: int) -> dict[str, float]:
    """Microseconds of an update in one process alone, and in each of two at once, by turns."""
    alone, at_once = [], []
    with get_context("spawn").Pool(PROCESSES) as pool:
        for _ in range(1 + ROUNDS):
            alone.append(pool.map(update, [updates])[0])
            at_once += pool.map(update, [updates] * PROCESSES, chunksize=1)
    one, each = median(alone[1:]), median(at_once[PROCESSES:])
    return {
        "alone_microseconds": round(one, 2),
        "at_once_microseconds": round(each, 2),
        "times_one": round(PROCESSES * one / each, 2),
    }


def update(updates: int) -> float:
    """Microseconds of an update of exposures in this process."""
    return _partition().update(updates)


@cache
def _partition() -> Updated:
    return Updated([f"lg-{number}" for number in range(COMPANIES)], FAMILIES_A_COMPANY)


if __name__ == "__main__":
    main()
