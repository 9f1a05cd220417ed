"""The whole path, from published families to rated, durable and announced: rate, latency, memory, flat cost.

    python -m bench.pipeline rate --families 200000 --workers 1
    python -m bench.pipeline latency --rate 500 --seconds 30
    python -m bench.pipeline flat

Everything runs on this machine: the embedded broker, worker processes, and this program as the producer.
Figures hold for the machine and its load; ratios hold better.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.exposure import ExposureFold
from giants.domain.events import Delta, Origin
from giants.domain.facts import taxonomy_event
from giants.domain.taxonomy import shipped_taxonomy
from schemas.base import Source, SourceClass
from schemas.facts import Announcement, AnnouncementKind, Entry, Family
from streams import topics
from streams.admin import create_topics
from streams.embedded.broker import EmbeddedBroker, start_broker
from streams.follow import Follower
from streams.frames import DeltaFrame
from streams.progress import EXPOSURE, INTAKE, PORTFOLIO, STREAM, Progress
from streams.publisher import Publisher
from streams.settings import Settings

SEED = 7
COMPANIES = 20_000
SYMBOLS_A_FAMILY = 5
# Portfolios are skewed: a company's share falls with a power of its rank.
SKEW = 2.5
OUTSIDE = tuple(
    f"{section}{group:02d}B{main}/{sub:02d}"
    for section in "ABCDEFG"
    for group in (1, 21, 60)
    for main in (1, 3, 7, 9)
    for sub in (0, 2, 10, 40)
)


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    rate = commands.add_parser("rate", help="families a second, processor time and memory")
    rate.add_argument("--families", type=int, default=100_000)
    rate.add_argument("--workers", type=int, default=1)
    latency = commands.add_parser("latency", help="from a published family to its change on the topic")
    latency.add_argument("--rate", type=int, default=500)
    latency.add_argument("--seconds", type=int, default=20)
    flat = commands.add_parser("flat", help="cost of an update by portfolio size")
    flat.add_argument("--updates", type=int, default=20_000)
    arguments = parser.parse_args()
    if arguments.command == "rate":
        show(measure_rate(arguments.families, arguments.workers))
    elif arguments.command == "latency":
        show(measure_latency(arguments.rate, arguments.seconds))
    else:
        show(measure_flat(arguments.updates))


def show(figures: dict[str, object]) -> None:
    """Print the figures as a table, and as one JSON line."""
    table = Table(show_header=False, box=None)
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else str(value))
    Console(stderr=True).print(table)
    sys.stdout.write(json.dumps(figures) + "\n")


def measure_rate(families: int, workers: int) -> dict[str, object]:
    """Publish families of 20,000 companies in random order; wait until they are rated and durable."""
    with running(workers) as (settings, broker, processes):
        _programme(settings)
        before = [_processor_seconds(process.pid) for process in processes]
        documents = list(_families(families))
        began = time.perf_counter()
        with Publisher(settings) as publisher:
            for family in documents:
                publisher.send_fact(family)
        published = time.perf_counter()
        with Progress(settings) as progress:
            progress.wait((INTAKE, PORTFOLIO, EXPOSURE), timeout_seconds=3_600)
        seconds = time.perf_counter() - began
        used = sum(_processor_seconds(process.pid) for process in processes) - sum(before)
        return {
            "families": families,
            "workers": workers,
            "seconds": seconds,
            "seconds to publish": published - began,
            "families a second": families / seconds,
            "worker processor seconds": used,
            "families a processor second": families / used,
            "worker memory MB": [_memory_mb(process.pid) for process in processes],
            "broker memory MB": _memory_mb(broker.process.pid),
        }


def measure_latency(rate: int, seconds: int) -> dict[str, object]:
    """Publish families at a steady rate, each the first of a company, and time the change it leads to."""
    count = rate * seconds
    with running(1) as (settings, _, _):
        _programme(settings, count)
        sent: dict[str, float] = {}
        seen: dict[str, float] = {}
        stop = threading.Event()
        follower = threading.Thread(target=_follow, args=(settings, seen, count, stop))
        follower.start()
        symbols = [technology.cpc[0] for technology in shipped_taxonomy().technologies]
        with Publisher(settings) as publisher:
            began = time.perf_counter()
            for number in range(count):
                wait = began + number / rate - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                family = Family(
                    family_id=f"l{number}", version=1, assignees=(_name(number),), cpc=(symbols[number % 74],)
                )
                sent[family.family_id] = time.perf_counter()
                publisher.send_fact(family)
        follower.join(timeout=120)
        stop.set()
        follower.join()
        milliseconds = sorted(1000 * (seen[id_] - sent[id_]) for id_ in sent if id_ in seen)
        return {
            "families": count,
            "changes seen": len(milliseconds),
            "rate": rate,
            "median ms": statistics.median(milliseconds),
            "99th percentile ms": milliseconds[int(0.99 * (len(milliseconds) - 1))],
        }


def measure_flat(updates: int) -> dict[str, object]:
    """Time the fold of one family update into portfolios of several sizes, entries of the state included."""
    figures: dict[str, object] = {}
    base = 0.0
    for size in (10, 100, 1_000, 10_000, 50_000):
        microseconds = statistics.median(_fold_microseconds(size, updates // 5) for _ in range(5))
        base = base or microseconds
        figures[f"portfolio of {size:,}: µs an update"] = microseconds
        figures[f"portfolio of {size:,}: against 10"] = microseconds / base
    return figures


@contextmanager
def running(workers: int) -> Iterator[tuple[Settings, EmbeddedBroker, Sequence[subprocess.Popen[bytes]]]]:
    """Run the embedded broker and workers, with topics and taxonomy."""
    with tempfile.TemporaryDirectory() as folder:
        broker = start_broker(Path(folder) / "broker.log")
        settings = Settings(broker=broker.address, clock=False, data_dir=Path(folder))
        environment = {
            **os.environ,
            "GIANTS_BROKER": broker.address,
            "GIANTS_CLOCK": "false",
            "GIANTS_DATA_DIR": folder,
            "GIANTS_LOG_LEVEL": "WARNING",
        }
        processes: list[subprocess.Popen[bytes]] = []
        try:
            create_topics(settings)
            for _ in range(workers):
                command = [sys.executable, "-m", "giants.cli", "worker"]
                processes.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL))
            yield settings, broker, processes
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()
            broker.stop()


def _programme(settings: Settings, companies: int = COMPANIES) -> None:
    """Designate the companies, put the taxonomy in force, and wait until both are through."""
    with Publisher(settings) as publisher:
        publisher.send_fact(shipped_taxonomy())
        for first in range(0, companies, 4_000):
            publisher.send_fact(_designation(first, min(first + 4_000, companies)))
    with Progress(settings) as progress:
        progress.wait(STREAM, timeout_seconds=600)


def _designation(first: int, last: int) -> Announcement:
    return Announcement(
        list_id=f"bench-{first}",
        kind=AnnouncementKind.DESIGNATION,
        batch=7,
        published_on=date(2025, 10, 20),
        source=Source(source_class=SourceClass.SUPPLEMENTARY),
        entries=tuple(Entry(name=_name(number)) for number in range(first, last)),
    )


def _families(count: int) -> Iterator[Family]:
    random_ = random.Random(SEED)
    inside = [symbol for technology in shipped_taxonomy().technologies for symbol in technology.cpc]
    for number in range(count):
        company = int(COMPANIES * random_.random() ** SKEW)
        # A company works in one field: two symbols from a stretch of the list, the others from outside.
        field = company * 31 % (len(inside) - 12)
        symbols = random_.sample(inside[field : field + 12], 2) + random_.sample(
            OUTSIDE, SYMBOLS_A_FAMILY - 2
        )
        yield Family(
            family_id=f"b{number}",
            version=1,
            assignees=(_name(company),),
            cpc=tuple(symbols),
            publications=("CN1A",),
        )


def _name(number: int) -> str:
    return f"测试{number:06d}科技有限公司"


def _follow(settings: Settings, seen: dict[str, float], count: int, stop: threading.Event) -> None:
    with Follower(settings, [topics.RATING_CHANGES]) as follower:
        follower.skip_to_end()
        for message in follower.onwards(stop):
            now = time.perf_counter()
            family_id = json.loads(message.value or b"{}")["cause"]["ref"].partition("@")[0]
            seen.setdefault(family_id, now)
            if len(seen) >= count:
                return


def _fold_microseconds(size: int, updates: int) -> float:
    settings = Settings(broker="127.0.0.1:1", clock=False)
    fold = ExposureFold(0, settings)
    random_ = random.Random(SEED)
    # The same technologies at every size: what an update costs depends on them, and the taxonomy bounds them.
    inside = "G01V7/00"
    origin = Origin(0)
    fold.apply(0, DeltaFrame([taxonomy_event(shipped_taxonomy(), origin)]))
    deltas = [
        Delta(
            "lg-1",
            f"f{number}",
            1,
            None,
            (inside, *random_.sample(OUTSIDE, SYMBOLS_A_FAMILY - 1)),
            "family",
            "f@1",
            origin,
        )
        for number in range(size + updates)
    ]
    for delta in deltas[:size]:
        fold.apply(1, DeltaFrame([delta]))
    began = time.perf_counter()
    for offset, delta in enumerate(deltas[size:], 2):
        step = fold.apply(offset, DeltaFrame([delta]))
        list(fold.snapshots(step.touched))
        fold.entries(step.touched)
        # Taken out again, so that the portfolio keeps its size.
        fold.ratings.apply_delta(
            Delta("lg-1", delta.family_id, 1, delta.after, None, "family", "f@1", origin)
        )
    return 1e6 * (time.perf_counter() - began) / updates


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    main()
