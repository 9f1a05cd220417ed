"""State in memory against a local store on disk (RocksDB), where memory is short.

    python -m bench.local_store

The same families are counted with their records in a dictionary, as the tracker keeps them, and in RocksDB
with its default options: microseconds of an update, what memory grows by, and how long it takes to open the
store again. The dictionary has nothing to open: its state comes from the changelog (`python -m
bench.recovery`).
"""

import argparse
import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console

from bench.peers.environments import REPOSITORY, python_of
from bench.results import FOLDER, Results

SIZES: Final = (100_000, 500_000)
STORES: Final = ("memory", "rocksdb")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.local_store",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of families")
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    rows = [measure(store, size) for size in arguments.sizes for store in STORES]
    for row in rows:
        Console().print(row)
    Results("local_store", {}, {"stores": rows}, {"rocksdict": "0.3.29"}).write(arguments.output)


def measure(store: str, size: int) -> dict[str, Any]:
    """Count so many families in a process of its own; raises `CalledProcessError` where it fails."""
    with TemporaryDirectory() as folder:
        command = [str(python_of("rocksdb")), "-m", "bench.peers.programs.families_kept"]
        done = subprocess.run(
            [*command, store, str(size), f"{folder}/{store}"],
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
