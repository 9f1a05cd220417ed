"""A long run: `python -m tests.fuzz --runs 1000000`, or of some edges: `python -m tests.fuzz files http`.

Every edge is fuzzed in a process of its own, one after the other, with its share of the inputs. Corpora are
kept in a folder, so that the next run begins where this one ended. Inputs that break an edge are written
beside them, and the run ends with status 1.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.fuzz.edges import EDGES

RUNS_DEFAULT = 1_000_000
INPUT_BYTES_MAX = 8_192
INPUT_SECONDS_MAX = 30
MEMORY_MEGABYTES_MAX = 3_000
EDGE_MINUTES_MAX = 60
CORPUS = Path(".fuzz")
_EXECUTED = re.compile(rb"^(?:stat::number_of_executed_units: |Done )(\d+)", re.MULTILINE)
_COVERAGE = re.compile(rb" cov: (\d+) ")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one edge: inputs tried, branches reached, wall seconds, files of inputs that broke it."""

    edge: str
    inputs: int
    branches: int
    seconds: float
    broke: list[str]


def fuzz(edge: str, runs: int, folder: Path, minutes_max: int) -> Outcome:
    """Fuzz one edge with so many inputs, or until one breaks it."""
    corpus, found = folder / edge, folder / "found"
    found.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    began = time.monotonic()
    log = folder / f"{edge}.log"
    with log.open("wb") as out:
        status = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.target", edge, str(corpus)),
                f"-runs={runs}",
                f"-max_len={INPUT_BYTES_MAX}",
                f"-timeout={INPUT_SECONDS_MAX}",
                f"-report_slow_units={INPUT_SECONDS_MAX}",  # less says how busy the machine is
                f"-rss_limit_mb={MEMORY_MEGABYTES_MAX}",
                f"-max_total_time={minutes_max * 60}",
                f"-artifact_prefix={found}/{edge}-",
                "-print_final_stats=1",
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    told = log.read_bytes()
    broke = [path.name for path in sorted(set(found.iterdir()) - before)]
    if status and not broke:
        broke = [f"status {status}, see {log}"]
    return Outcome(
        edge,
        max((int(number) for number in _EXECUTED.findall(told)), default=0),
        max((int(number) for number in _COVERAGE.findall(told)), default=0),
        round(time.monotonic() - began, 1),
        broke,
    )


def main() -> int:
    """Fuzz the edges that were asked for; the status is 1 where one broke."""
    parser = argparse.ArgumentParser(description="Fuzz the edges, guided by coverage.")
    parser.add_argument("edges", nargs="*", metavar="EDGE", help=f"some of {', '.join(EDGES)}; all otherwise")
    parser.add_argument("--runs", type=int, default=RUNS_DEFAULT, help="inputs in all")
    parser.add_argument("--minutes", type=int, default=EDGE_MINUTES_MAX, help="longest time of one edge")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of inputs that reach something")
    asked = parser.parse_args()
    edges = asked.edges or list(EDGES)
    if unknown := [edge for edge in edges if edge not in EDGES]:
        parser.error(f"no such edge: {', '.join(unknown)}; there are {', '.join(EDGES)}")
    whole = sum(EDGES[edge] for edge in edges)
    outcomes = []
    for edge in edges:
        runs = max(round(asked.runs * EDGES[edge] / whole), 1)
        outcome = fuzz(edge, runs, asked.corpus, asked.minutes)
        outcomes.append(outcome)
        sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"{sum(outcome.inputs for outcome in outcomes):,} inputs\n")
    return int(any(outcome.broke for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
