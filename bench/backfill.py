"""From files to rated and stored: a first load, with the processor time and the memory of every process.

    python -m bench.backfill                        # 100,000 families
    python -m bench.backfill --families 500000      # a real portfolio set
    python -m bench.backfill --families 5000000 --workers 2

Families are written as JSON lines beforehand; then `giants ingest families FILE…` publishes them as a
backfill while worker and store are running. The clock runs from the start of that command until all is in
ClickHouse; where it went is told by the processor seconds, since the processes share the processors.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.brokers import Kind
from bench.processes import run_measured
from bench.results import FOLDER, Results, with_others
from bench.test_rig import Rig, running_rig
from bench.tracker import designate, tracker_environment
from bench.workload import COMPANIES, families
from giants.kafka.lag import FLOW, STREAM

FILE_FAMILIES: Final = 250_000
WAIT_SECONDS_MAX: Final = 7_200.0


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.backfill",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--families", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--broker", type=Kind, choices=list(Kind), default=Kind.KAFKA)
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    with running_rig(arguments.broker, arguments.workers, beside="store") as rig:
        designate(rig.settings)
        row = measure(rig, arguments.families)
        versions = {"broker": rig.broker.name}
    Console().print(row)
    rows = with_others(arguments.output, "backfill", "sizes", row, ("families", "workers"))
    Results("backfill", {}, {"sizes": rows}, versions).write(arguments.output)


def measure(rig: Rig, count: int) -> dict[str, object]:
    """Load so many families; seconds by the clock and of the processors, and megabytes."""
    files = list(_write(rig.folder, count))
    size_bytes = sum(file.stat().st_size for file in files)
    command = [sys.executable, "-m", "giants.cli", "ingest", "families", "--backfill", *map(str, files)]
    before = rig.processor()
    began = time.perf_counter()
    ingest = run_measured(command, tracker_environment(rig.settings))
    rig.progress.wait(STREAM, WAIT_SECONDS_MAX)
    rated = time.perf_counter()
    rig.progress.wait(FLOW, WAIT_SECONDS_MAX)
    stored = time.perf_counter()
    spent = {name: seconds - before[name] for name, seconds in rig.processor().items()}
    memory = rig.memory()
    workers = [worker.name for worker in rig.workers]
    return {
        "companies": COMPANIES,
        "families": count,
        "workers": len(workers),
        "file_mb": round(size_bytes / 1e6, 1),
        "published_seconds": round(ingest.seconds, 1),
        "rated_seconds": round(rated - began, 1),
        "stored_seconds": round(stored - began, 1),
        "ingest_processor_seconds": round(ingest.processor_seconds, 1),
        "worker_processor_seconds": round(sum(spent[name] for name in workers), 1),
        "store_processor_seconds": round(spent["store"], 1),
        "broker_processor_seconds": round(spent["broker"], 1),
        "ingest_mb": ingest.memory_mb,
        "worker_mb": max(memory[name] for name in workers),
        "store_mb": memory["store"],
        "broker_mb": memory["broker"],
    }


def _write(folder: Path, count: int) -> Iterator[Path]:
    """The families as files of JSON lines."""
    lines = (f"{family.model_dump_json(by_alias=True)}\n" for family in families(count))
    for number in range(0, count, FILE_FAMILIES):
        file = folder / f"families-{number}.jsonl"
        with file.open("w", encoding="utf-8") as text:
            text.writelines(islice(lines, FILE_FAMILIES))
        yield file


if __name__ == "__main__":
    main()
