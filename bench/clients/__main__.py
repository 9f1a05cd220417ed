"""What a record costs each client: sent durably, and read, by one event loop.

    python -m bench.clients
    python -m bench.clients --records 50000 --runs 1

aiokafka as this project uses it (batches of its own making, those of all partitions side by side) against
confluent-kafka (the library in C) with its interface for asyncio and without. Each is a process of its own;
what counts is the time of a processor, all threads together. Runs go round.
"""

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.brokers import Kind, running_broker
from bench.peers.environments import REPOSITORY, python_of, versions_of
from bench.peers.offsets import Offsets
from bench.results import FOLDER, Results

PARTITIONS: Final = 8
SECONDS_MAX: Final = 600


@dataclass(frozen=True, slots=True)
class Client:
    """A client, the module that uses it, and with which interface."""

    name: str
    module: str
    interface: str
    python: Path


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.clients",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    theirs = python_of("confluent")
    clients = (
        Client("aiokafka, whole batches", "aiokafka_client", "asyncio", Path(sys.executable)),
        Client("confluent-kafka, asyncio", "confluent_client", "asyncio", theirs),
        Client("confluent-kafka, blocking", "confluent_client", "blocking", theirs),
    )
    costs: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    with TemporaryDirectory() as folder, running_broker(Kind.KAFKA, Path(folder)) as broker:
        for run in range(1, arguments.runs + 1):
            for client, figures in _round(clients, broker.address, arguments.records, run):
                costs[client.name].append(figures)
                shown = ", ".join(f"{name} {value:.2f}" for name, value in figures.items())
                print(f"run {run}: {client.name}: {shown}", flush=True)
        versions = {"broker": broker.name} | versions_of(theirs, ("confluent-kafka",))
    rows = [
        {"client": name} | {key: round(median(one[key] for one in runs), 2) for key in runs[0]}
        for name, runs in costs.items()
    ]
    settings = {"records": arguments.records, "runs": arguments.runs, "partitions": PARTITIONS}
    Results("clients", settings, {"clients": rows}, versions).write(arguments.output)


def _round(
    clients: tuple[Client, ...], broker: str, records: int, run: int
) -> Iterator[tuple[Client, dict[str, float]]]:
    """Every client once, each on a topic of its own."""
    offsets = Offsets(broker)
    for number, client in enumerate(clients):
        topic = f"clients-{run}-{number}"
        offsets.create([topic], PARTITIONS)
        order = [broker, topic, str(records), str(PARTITIONS), client.interface]
        program = [str(client.python), "-m", f"bench.clients.{client.module}", *order]
        done = subprocess.run(
            program, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
        )
        if done.returncode != 0:
            sys.exit(f"{client.name} failed:\n{done.stderr}")
        yield client, json.loads(done.stdout)


if __name__ == "__main__":
    main()
