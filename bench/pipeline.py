"""The whole path, from published families to rated, durable and announced: rate, processor time and memory.

    python -m bench.pipeline --families 200000 --workers 1 --broker embedded

The quickest look at the hot path; `python -m bench.peers` compares it with others.
"""

import argparse
import json
import sys
import time

from rich.console import Console
from rich.table import Table

from bench.brokers import Kind
from bench.load import family_load
from bench.test_rig import Rig, running_rig
from bench.tracker import designate
from bench.workload import records
from giants.kafka import topics
from giants.kafka.lag import EXPOSURE, INTAKE, PORTFOLIO, ConsumerGroup

FLOW = (INTAKE, PORTFOLIO, EXPOSURE)
WAIT_SECONDS_MAX = 3_600.0


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.pipeline",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--families", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--broker", type=Kind, choices=list(Kind), default=Kind.EMBEDDED)
    arguments = parser.parse_args()
    with running_rig(arguments.broker, arguments.workers) as rig:
        designate(rig.settings)
        show(measure(rig, arguments.families))


def show(figures: dict[str, object]) -> None:
    """Print the figures as a table, and as one JSON line."""
    table = Table(show_header=False, box=None)
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else str(value))
    Console(stderr=True).print(table)
    sys.stdout.write(json.dumps(figures) + "\n")


def measure(rig: Rig, families: int, flow: tuple[ConsumerGroup, ...] = FLOW) -> dict[str, object]:
    """Publish families of 20,000 companies in random order; wait until `flow` is through."""
    topic = topics.FAMILIES.full_name(rig.settings)
    load = family_load(topic, rig.settings.partitions, records(families))
    used = -sum(worker.processor_seconds for worker in rig.workers)
    began = time.perf_counter()
    load.publish(rig.broker.address)
    rig.progress.wait(flow, WAIT_SECONDS_MAX)
    seconds = time.perf_counter() - began
    used += sum(worker.processor_seconds for worker in rig.workers)
    return {
        "families": families,
        "workers": len(rig.workers),
        "broker": rig.broker.name,
        "seconds": seconds,
        "families a second": families / seconds,
        "worker processor seconds": used,
        "families a processor second": families / used,
        "memory MB": rig.memory(),
    }


if __name__ == "__main__":
    main()
