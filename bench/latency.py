"""How long a fact takes through each hop, at several shares of the capacity.

    python -m bench.latency                         # measures the capacity first
    python -m bench.latency --capacity 3000 --seconds 20

Families of skewed portfolios are published at a steady rate as the load, and among them *probes*: each the
first family of a company of its own, so that exactly one change follows, and one alert. A probe is timed from
just before it is sent to being read at each hop: from the family log (intake is done), the delta log
(portfolio), the topic of rating changes (exposure) and that of alerts (watch); to the instant that its row
carries in ClickHouse; and to its event arriving at a client of the event stream. Worker, store and API,
broker and all clients share this machine.
"""

import argparse
import asyncio
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import uvloop
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from bench.brokers import Kind
from bench.listeners import HOPS, WAIT_SECONDS_MAX, BrowserListener, Seen, topic_listener
from bench.pipeline import measure
from bench.plot import lines
from bench.results import FOLDER, Results
from bench.test_rig import Rig, running_rig
from bench.tracker import designate
from bench.workload import COMPANIES, name_of, records
from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka import topics
from giants.kafka.lag import FLOW, WATCH
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.store.client import connect
from schemas.codes import ChangeKind
from schemas.facts import Family, Watchlist
from tests.waiting import wait_for

PLACES: Final = ("topic", "alert", "row", "browser")
PICTURED: Final = ("topic", "row", "browser")
SHARES: Final = (0.1, 0.5, 0.9)
PROBES_A_SECOND: Final = 20
SLICE_SECONDS: Final = 0.05
CAPACITY_RECORDS: Final = 60_000
# A worker that was just started takes the names of all companies in before it matches changes.
ALL: Final = (*FLOW, WATCH)
_CAUSE: Final = re.compile(rb'"ref":"(p[0-9]+)@')


@dataclass(frozen=True, slots=True)
class Level:
    """What was seen of probes, and how many processors each process kept busy while they were published."""

    seen: Seen
    processors: Mapping[str, float]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--capacity", type=float, help="records a second; measured where it is not given")
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES, help="of the capacity")
    parser.add_argument("--seconds", type=int, default=20, help="length of each level")
    parser.add_argument("--broker", type=Kind, choices=list(Kind), default=Kind.KAFKA)
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    count = PROBES_A_SECOND * arguments.seconds
    with running_rig(arguments.broker, beside="api") as rig:
        last = COMPANIES + len(arguments.shares) * count
        designate(rig.settings, last)
        with Publisher(rig.settings) as publisher:
            publisher.send_fact(watchlist(range(COMPANIES, last)))
        rig.progress.wait(ALL, WAIT_SECONDS_MAX)
        capacity = arguments.capacity or _capacity(rig)
        rig.progress.wait(ALL, WAIT_SECONDS_MAX)
        levels = [
            _level(rig, share, capacity, count, number) for number, share in enumerate(arguments.shares)
        ]
        assert rig.beside is not None, "the stand runs an API"
        rig.beside.stop()
        rows = _rows(rig.settings)
        versions = {"broker": rig.broker.name}
    for level in levels:
        level.seen.at["row"].update(rows)
    table: list[dict[str, Any]] = [
        {"share": share, "records_a_second": round(share * capacity), "probes": len(level.seen.sent)}
        | {name: value for where in PLACES for name, value in _figures(where, level.seen).items()}
        | {"hops": _hops(level.seen), "processors": level.processors}
        for share, level in zip(arguments.shares, levels, strict=True)
    ]
    _print(table)
    series = {where: [(100 * row["share"], row[f"{where}_median_ms"]) for row in table] for where in PICTURED}
    labels = ("% of capacity", "median, ms")
    picture = lines("latency", "From a published fact to …", labels, series, logarithmic=False)
    settings = {"capacity": round(capacity), "seconds": arguments.seconds}
    Results("latency", settings, {"levels": table}, versions).write(arguments.output, [picture])


def _capacity(rig: Rig) -> float:
    """Records a second of a backlog, until all of it is stored: what the whole installation can bear."""
    rate = measure(rig, CAPACITY_RECORDS, FLOW)["families a second"]
    assert isinstance(rate, float), "a rate is a number"
    return rate


def _level(rig: Rig, share: float, capacity: float, count: int, number: int) -> Level:
    """Publish at a share of the capacity until all probes are sent and seen."""
    load = records(round(share * capacity * count / PROBES_A_SECOND), prefix=f"l{number}-")
    families = probes(COMPANIES + number * count, count)
    seen = Seen()
    with BrowserListener(rig.api, seen):
        processors = uvloop.run(publish_and_listen(rig, load, families, seen))
        wait_for("every probe in the browser", lambda: seen.has_all("browser"), WAIT_SECONDS_MAX)
    rig.progress.wait(ALL, WAIT_SECONDS_MAX)
    return Level(seen, processors)


async def publish_and_listen(
    rig: Rig, load: Sequence[Family], firsts: Sequence[Family], seen: Seen
) -> Mapping[str, float]:
    """In one event loop: threads would wait for each other's turns. Returns how busy the processors were."""
    async with topic_listener(rig.settings, seen):
        before, began = _processor(rig), time.perf_counter()
        await _publish(rig, load, firsts, seen)
        seconds = time.perf_counter() - began
        busy = {name: round((after - before[name]) / seconds, 2) for name, after in _processor(rig).items()}
        for hop in HOPS:
            everything = partial(seen.has_all, hop)
            await asyncio.to_thread(wait_for, f"every probe at {hop}", everything, WAIT_SECONDS_MAX)
    return busy


def _processor(rig: Rig) -> dict[str, float]:
    """Processor seconds of each process so far; this one is all clients: it publishes, and listens twice."""
    return rig.processor() | {"clients": time.process_time()}


def probes(first: int, count: int) -> list[Family]:
    """The first families of companies that have none, each of one symbol."""
    symbols = [technology.cpc[0] for technology in shipped_taxonomy().technologies]
    return [
        Family(
            family_id=f"p{number:09d}",
            version=1,
            assignees=(name_of(number),),
            cpc=(symbols[number % len(symbols)],),
        )
        for number in range(first, first + count)
    ]


def watchlist(numbers: Iterable[int]) -> Watchlist:
    """One that every probe's change matches, and nothing else."""
    companies = tuple(map(name_of, numbers))
    return Watchlist(
        watchlist_id="probes", owner="bench", companies=companies, events=(ChangeKind.RATING_CHANGED,)
    )


async def _publish(rig: Rig, load: Sequence[Family], firsts: Sequence[Family], seen: Seen) -> None:
    """Send load and probes evenly, a slice at a time."""
    topic = topics.FAMILIES.full_name(rig.settings)
    slices = round(len(firsts) / PROBES_A_SECOND / SLICE_SECONDS)
    values = [_record(family) for family in load]
    producer = AIOKafkaProducer(bootstrap_servers=rig.broker.address, acks="all")
    await producer.start()
    try:
        began = time.perf_counter()
        for number in range(slices):
            for key, value in values[_part(len(values), number, slices)]:
                await producer.send(topic, value, key)
            for probe in firsts[_part(len(firsts), number, slices)]:
                seen.sent[probe.family_id] = time.time()
                key, value = _record(probe)
                await producer.send(topic, value, key)
            await asyncio.sleep(max(0.0, began + (number + 1) * SLICE_SECONDS - time.perf_counter()))
    finally:
        await producer.stop()


def _part(count: int, number: int, slices: int) -> slice:
    return slice(count * number // slices, count * (number + 1) // slices)


def _record(family: Family) -> tuple[bytes, bytes]:
    return family.family_id.encode(), family.model_dump_json(by_alias=True).encode()


def _rows(settings: Settings) -> dict[str, float]:
    """When the change of each probe was stored; the process that had the database open has ended."""
    seconds = "toUnixTimestamp64Micro(stored_at) / 1e6 AS seconds"
    question = f'SELECT body, {seconds} FROM feed_rows WHERE match(body, \'"ref":"p[0-9]+@\')'  # noqa: S608
    with connect(settings.clickhouse_dsn()) as database:
        rows = database.rows(question)
    found = {}
    for row in rows:
        match = _CAUSE.search(str(row["body"]).encode())
        if match is not None:
            found[match[1].decode()] = float(row["seconds"])
    return found


def _figures(where: str, seen: Seen) -> dict[str, float]:
    """Median and 99th percentile in milliseconds."""
    milliseconds = seen.milliseconds(where)
    return {
        f"{where}_median_ms": round(median(milliseconds), 1),
        f"{where}_99_ms": round(quantiles(milliseconds, n=100)[98], 1),
    }


def _hops(seen: Seen) -> dict[str, list[float]]:
    """Median and 99th percentile in milliseconds of each hop, from the one before."""
    hops = {}
    for hop, before in zip(HOPS, (None, *HOPS), strict=False):
        milliseconds = seen.milliseconds(hop, before)
        hops[hop] = [round(median(milliseconds), 1), round(quantiles(milliseconds, n=100)[98], 1)]
    return hops


def busy(row: Mapping[str, Any]) -> str:
    """How many processors each process kept busy."""
    return " / ".join(f"{name} {share:.2f}" for name, share in row["processors"].items())


def hops(row: Mapping[str, Any]) -> str:
    """How long each hop took."""
    return ", ".join(f"{hop} {middle:.0f}/{most:.0f}" for hop, (middle, most) in row["hops"].items())


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    table = Table("% of capacity", title="median / 99th percentile, ms", title_justify="left")
    for name in ("records/s", *PLACES, "each hop", "processors busy"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = (f"{row[f'{where}_median_ms']:,.0f} / {row[f'{where}_99_ms']:,.0f}" for where in PLACES)
        table.add_row(
            f"{100 * row['share']:.0f}",
            f"{row['records_a_second']:,}",
            *figures,
            hops(row),
            busy(row),
        )
    Console(width=200).print(table)


if __name__ == "__main__":
    main()
