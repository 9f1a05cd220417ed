"""From the SIGKILL of a worker to caught up, by the size of its state.

    python -m bench.recovery                       # 20,000 companies, 100,000 families
    python -m bench.recovery --families 500000
    python -m bench.recovery --families 500000 --store rocksdb

The only worker is killed, some families are published, and it is started again at once, under the name that
it had. It reads the changelogs of all partitions, or opens its copies on the local disk, and works off what
came meanwhile. The clock runs from the kill until everything is rated and durable; interpreter, libraries and
joining the groups are in it.
"""

import argparse
import time
from pathlib import Path
from statistics import median
from typing import Final

from rich.console import Console

from bench.brokers import Kind
from bench.load import family_load
from bench.peers.offsets import Offsets
from bench.results import FOLDER, Results, with_others
from bench.test_rig import Rig, running_rig
from bench.tracker import designate
from bench.workload import COMPANIES, records
from giants.kafka import topics
from giants.kafka.lag import STREAM

NEW_RECORDS: Final = 1_000
WAIT_SECONDS_MAX: Final = 3_600.0


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.recovery",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--families", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--store", choices=("memory", "rocksdb"), default="memory", help="where state lies")
    parser.add_argument("--broker", type=Kind, choices=list(Kind), default=Kind.KAFKA)
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    console = Console()
    kept = {"GIANTS_STATE_STORE": arguments.store, "GIANTS_WORKER_ID": "worker-1"}
    with running_rig(arguments.broker, environment=kept) as rig:
        designate(rig.settings)
        _publish(rig, arguments.families, "b")
        rig.progress.wait(STREAM, WAIT_SECONDS_MAX)
        changelog = _changelog_records(rig)
        seconds = [_recover(rig, number) for number in range(arguments.runs)]
        row = {
            "companies": COMPANIES,
            "families": arguments.families,
            "store": arguments.store,
            "changelog_records": changelog,
            "seconds": round(median(seconds), 2),
            "slowest_seconds": round(max(seconds), 2),
            "runs": len(seconds),
            "worker_mb": rig.workers[0].memory_mb,
        }
        versions = {"broker": rig.broker.name}
    console.print(row)
    rows = with_others(arguments.output, "recovery", "sizes", row, ("families", "store"))
    Results("recovery", {}, {"sizes": rows}, versions).write(arguments.output)


def _publish(rig: Rig, count: int, prefix: str) -> None:
    topic = topics.FAMILIES.full_name(rig.settings)
    load = family_load(topic, rig.settings.partitions, records(count, prefix=prefix))
    load.publish(rig.broker.address)


def _recover(rig: Rig, number: int) -> float:
    worker = rig.workers[0]
    began = time.perf_counter()
    worker.kill()
    worker.start()
    _publish(rig, NEW_RECORDS, f"r{number}-")
    rig.progress.wait(STREAM, WAIT_SECONDS_MAX)
    return time.perf_counter() - began


def _changelog_records(rig: Rig) -> int:
    """Records of the changelogs, which a worker reads when it starts; compaction makes them fewer."""
    with Offsets(rig.broker.address) as offsets:
        names = (topic.full_name(rig.settings) for topic in (topics.PORTFOLIO_STATE, topics.EXPOSURE_STATE))
        return sum(offsets.count(name) for name in names)


if __name__ == "__main__":
    main()
