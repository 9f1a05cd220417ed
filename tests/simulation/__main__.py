"""Run as many seeds as there is time for: `python -m tests.simulation --seeds 100000`."""

import argparse
import logging
import os
import sys
from multiprocessing import Pool
from time import monotonic

import structlog
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from tests.simulation.run import Failure, digest, failures

_SEEDS_A_TASK = 50
_FAILURES_SHOWN_MAX = 10


def main() -> int:
    """Run seeds on all cores; returns 1 where one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--digest", action="store_true", help="print the fingerprint of each run instead")
    arguments = parser.parse_args()
    # What workers warn of is what the simulation does to them.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    if arguments.digest:
        for seed in seeds:
            sys.stdout.write(f"{seed} {digest(seed)}\n")
        return 0
    return _run(seeds, arguments.jobs)


def _run(seeds: range, jobs: int) -> int:
    began, failed = monotonic(), 0
    chunks = [seeds[start : start + _SEEDS_A_TASK] for start in range(0, len(seeds), _SEEDS_A_TASK)]
    console = Console()
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=console) as progress:
        bar = progress.add_task("seeds", total=len(seeds))
        with Pool(jobs) as pool:
            for chunk, found in zip(chunks, pool.imap(_failures, chunks), strict=True):
                progress.advance(bar, len(chunk))
                failed += len(found)
                for failure in found:
                    console.print(str(failure), markup=False)
                if failed >= _FAILURES_SHOWN_MAX:
                    console.print("too many failures, ending here")
                    break
    console.print(f"{len(seeds):,} seeds from {seeds.start} on, {failed} failed, {monotonic() - began:.0f} s")
    return 1 if failed else 0


def _failures(seeds: range) -> list[Failure]:
    return list(failures(seeds))


if __name__ == "__main__":
    sys.exit(main())
