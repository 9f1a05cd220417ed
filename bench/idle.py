"""What an installation costs that has nothing to do: processor time of each process of `giants up`.

    python -m bench.idle

An embedded stack is started on an empty folder, left alone, and watched for a minute.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.processes import processor_seconds
from bench.results import FOLDER, Results

SETTLE_SECONDS: Final = 30.0
STOP_SECONDS_MAX: Final = 120.0


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.idle",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GIANTS_DATA_DIR": folder, "GIANTS_CLICKHOUSE": f"chdb:///{folder}/chdb"}
        up = subprocess.Popen(
            [sys.executable, "-m", "giants.cli", "up", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert up.stdout is not None, "its output is read here"
            json.loads(up.stdout.readline())  # everything is ready
            time.sleep(SETTLE_SECONDS)
            rows = _watch(up.pid, arguments.seconds)
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(STOP_SECONDS_MAX)
    table = Table("process", "% of a processor", title=f"idle for {arguments.seconds:.0f} s")
    for row in rows:
        table.add_row(str(row["process"]), f"{row['percent']:.1f}")
    Console().print(table)
    Results("idle", {"seconds": arguments.seconds}, {"processes": rows}, {}).write(arguments.output)


def _watch(root: int, seconds: float) -> list[dict[str, str | float]]:
    """What each process of the tree spends, and all of them together."""
    before = {pid: processor_seconds(pid) for pid in _tree(root)}
    began = time.perf_counter()
    time.sleep(seconds)
    took = time.perf_counter() - began
    spent = {pid: 100 * (processor_seconds(pid) - so_far) / took for pid, so_far in before.items()}
    rows: list[dict[str, str | float]] = [
        {"process": _name(pid, root), "percent": round(percent, 2)} for pid, percent in spent.items()
    ]
    return [*rows, {"process": "together", "percent": round(sum(spent.values()), 2)}]


def _tree(root: int) -> Iterator[int]:
    yield root
    for child in Path(f"/proc/{root}/task/{root}/children").read_text().split():
        yield from _tree(int(child))


def _name(pid: int, root: int) -> str:
    """The command of a process: `serve` is store and API."""
    if pid == root:
        return "supervisor"
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return words[words.index("giants.cli") + 1] if "giants.cli" in words else "broker"


if __name__ == "__main__":
    main()
