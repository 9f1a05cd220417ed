"""How long a list of thousands of firms holds up the families beside it.

    python -m bench.burst --rate 300
    python -m bench.burst --rate 300 --broker embedded

Families are published at a steady rate and among them the probes of `bench.latency`, twice: alone, and beside
a list of new firms that is published once the probes have begun. What counts is how long a probe takes to its
change on the topic, of those sent until the list is through, and how long the list takes.
"""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import uvloop
from rich.console import Console
from rich.table import Table

from bench.brokers import Kind
from bench.latency import PROBES_A_SECOND, probes, publish_and_listen, watchlist
from bench.listeners import WAIT_SECONDS_MAX, Seen
from bench.results import FOLDER, Results
from bench.test_rig import Rig, running_rig
from bench.tracker import designate
from bench.workload import COMPANIES, name_of, records
from giants.kafka.lag import INTAKE, REGISTRY, STREAM
from giants.kafka.publisher import Publisher
from schemas.base import Source, SourceClass
from schemas.facts import Announcement, AnnouncementKind, Entry

FIRMS: Final = 4_000
BEGIN_SECONDS: Final = 2.0


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.burst",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rate", type=int, default=300, help="families a second beside the list")
    parser.add_argument("--seconds", type=int, default=15, help="length of each part")
    parser.add_argument("--broker", type=Kind, choices=list(Kind), default=Kind.KAFKA)
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    count = PROBES_A_SECOND * arguments.seconds
    with running_rig(arguments.broker) as rig:
        designate(rig.settings, COMPANIES + 2 * count)
        with Publisher(rig.settings) as publisher:
            publisher.send_fact(watchlist(range(COMPANIES, COMPANIES + 2 * count)))
        rows = [
            _part(rig, arguments.rate, count, firms, COMPANIES + number * count)
            for number, firms in enumerate((0, FIRMS))
        ]
        versions = {"broker": rig.broker.name}
    _print(rows)
    name = "burst" if arguments.broker is Kind.KAFKA else f"burst-{arguments.broker}"
    settings = {"rate": arguments.rate, "seconds": arguments.seconds}
    Results(name, settings, {"parts": rows}, versions).write(arguments.output, [])


def _part(rig: Rig, rate: int, count: int, firms: int, first: int) -> dict[str, Any]:
    """Publish families, and a list of so many firms beside them where there are any."""
    load = records(round(rate * count / PROBES_A_SECOND), prefix=f"u{firms}-")
    seen, began, ended = Seen(), 0.0, time.time() + WAIT_SECONDS_MAX

    async def beside() -> None:
        nonlocal began, ended
        await asyncio.sleep(BEGIN_SECONDS)
        began = time.time()
        if firms:
            await asyncio.to_thread(_send_list, rig, firms)
            ended = time.time()

    async def play() -> None:
        await asyncio.gather(publish_and_listen(rig, load, probes(first, count), seen), beside())

    uvloop.run(play())
    rig.progress.wait(STREAM, WAIT_SECONDS_MAX)
    held = [
        1000 * (seen.at["topic"][probe] - sent) for probe, sent in seen.sent.items() if began <= sent <= ended
    ]
    return {
        "firms": firms,
        "probes": len(held),
        "median_ms": round(median(held), 1),
        "99_ms": round(quantiles(held, n=100)[98], 1),
        "most_ms": round(max(held), 1),
        "list_seconds": round(ended - began, 1) if firms else None,
    }


def _send_list(rig: Rig, firms: int) -> None:
    """Publish a list of new firms, and wait until the registry is through."""
    announcement = Announcement(
        list_id="burst",
        kind=AnnouncementKind.DESIGNATION,
        batch=8,
        published_on=date(2026, 10, 20),
        source=Source(source_class=SourceClass.SUPPLEMENTARY),
        entries=tuple(Entry(name=name_of(500_000 + number)) for number in range(firms)),
    )
    with Publisher(rig.settings) as publisher:
        publisher.send_fact(announcement)
    rig.progress.wait((INTAKE, REGISTRY), WAIT_SECONDS_MAX)


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    table = Table("firms of the list", title="families beside a list, ms", title_justify="left")
    for name in ("probes", "median", "99th percentile", "most", "list, s"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = (f"{row[name]:,.0f}" for name in ("median_ms", "99_ms", "most_ms"))
        took = "" if row["list_seconds"] is None else f"{row['list_seconds']:.1f}"
        table.add_row(f"{row['firms']:,}", str(row["probes"]), *figures, took)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
