"""How long a fact takes to the topic, to ClickHouse and to a browser, at several shares of the capacity.

    python -m bench.latency                         # measures the capacity first
    python -m bench.latency --capacity 3000 --seconds 20

Families of skewed portfolios are published at a steady rate as the load, and among them *probes*: each the
first family of a company of its own, so that exactly one change follows. A probe is timed from just before
it is sent to its change being read from the topic, to the instant that its row carries in ClickHouse, and
to its event arriving at a client of the event stream. Worker, store and API, broker and all clients share
this machine.
"""

import argparse
import asyncio
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from types import TracebackType
from typing import Any, Final, Self

import httpx
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from bench.brokers import Kind
from bench.pipeline import measure
from bench.plot import lines
from bench.results import FOLDER, Results
from bench.test_rig import Rig, running_rig
from bench.tracker import designate
from bench.workload import COMPANIES, name_of, records
from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka import topics
from giants.kafka.lag import FLOW, STREAM
from giants.kafka.topic_reader import Follower
from giants.settings import Settings
from giants.store.client import connect
from schemas.facts import Family
from tests.waiting import wait_for

PLACES: Final = ("topic", "row", "browser")
SHARES: Final = (0.1, 0.5, 0.9)
PROBES_A_SECOND: Final = 20
SLICE_SECONDS: Final = 0.05
CAPACITY_RECORDS: Final = 60_000
WAIT_SECONDS_MAX: Final = 300.0
_CAUSE: Final = re.compile(rb'"ref":"(p[0-9]+)@')


@dataclass(slots=True)
class Seen:
    """When probes were sent, and when each was seen where; seconds of the system's clock.

    `processors` tells how many of them each process kept busy while the level was published.
    """

    sent: dict[str, float] = field(default_factory=dict)
    on_topic: dict[str, float] = field(default_factory=dict)
    in_browser: dict[str, float] = field(default_factory=dict)
    processors: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--capacity", type=float, help="records a second; measured where it is not given")
    parser.add_argument("--seconds", type=int, default=20, help="length of each level")
    parser.add_argument("--broker", type=Kind, choices=list(Kind), default=Kind.KAFKA)
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    probes = PROBES_A_SECOND * arguments.seconds
    with running_rig(arguments.broker, beside="api") as rig:
        designate(rig.settings, COMPANIES + len(SHARES) * probes)
        rig.progress.wait(FLOW, WAIT_SECONDS_MAX)
        capacity = arguments.capacity or _capacity(rig)
        levels = [_level(rig, share, capacity, probes, number) for number, share in enumerate(SHARES)]
        assert rig.beside is not None, "the stand runs an API"
        rig.beside.stop()
        rows = _rows(rig.settings)
        versions = {"broker": rig.broker.name}
    table = [
        {"share": share, "records_a_second": round(share * capacity), "probes": len(seen.sent)}
        | _figures("topic", seen.sent, seen.on_topic)
        | _figures("row", seen.sent, rows)
        | _figures("browser", seen.sent, seen.in_browser)
        | {"processors": seen.processors}
        for share, seen in zip(SHARES, levels, strict=True)
    ]
    _print(table)
    series = {where: [(100 * row["share"], row[f"{where}_median_ms"]) for row in table] for where in PLACES}
    labels = ("% of capacity", "median, ms")
    picture = lines("latency", "From a published fact to …", labels, series, logarithmic=False)
    settings = {"capacity": round(capacity), "seconds": arguments.seconds}
    Results("latency", settings, {"levels": table}, versions).write(arguments.output, [picture])


def _capacity(rig: Rig) -> float:
    """Records a second of a backlog, until all of it is stored: what the whole installation can bear."""
    rate = measure(rig, CAPACITY_RECORDS, FLOW)["families a second"]
    assert isinstance(rate, float), "a rate is a number"
    return rate


def _level(rig: Rig, share: float, capacity: float, probes: int, number: int) -> Seen:
    """Publish at a share of the capacity until all probes are sent and seen."""
    load = records(round(share * capacity * probes / PROBES_A_SECOND), prefix=f"l{number}-")
    first = COMPANIES + number * probes
    seen = Seen()
    with _TopicListener(rig.settings, seen), _BrowserListener(rig.api, seen):
        before, began = _processor(rig), time.perf_counter()
        asyncio.run(_publish(rig, load, _probes(first, probes), seen))
        seconds = time.perf_counter() - began
        seen.processors = {
            name: round((after - before[name]) / seconds, 2) for name, after in _processor(rig).items()
        }
        rig.progress.wait(STREAM, WAIT_SECONDS_MAX)
        rig.progress.wait(FLOW, WAIT_SECONDS_MAX)
        wait_for("every probe on the topic", lambda: len(seen.on_topic) == probes, WAIT_SECONDS_MAX)
        wait_for("every probe in the browser", lambda: len(seen.in_browser) == probes, WAIT_SECONDS_MAX)
    return seen


def _processor(rig: Rig) -> dict[str, float]:
    """Processor seconds of each process so far; this one is all clients: it publishes, and listens twice."""
    return rig.processor() | {"clients": time.process_time()}


def _probes(first: int, count: int) -> list[Family]:
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


async def _publish(rig: Rig, load: Sequence[Family], probes: Sequence[Family], seen: Seen) -> None:
    """Send load and probes evenly, a slice at a time."""
    topic = topics.FAMILIES.full_name(rig.settings)
    slices = round(len(probes) / PROBES_A_SECOND / SLICE_SECONDS)
    values = [_record(family) for family in load]
    producer = AIOKafkaProducer(bootstrap_servers=rig.broker.address, acks="all", linger_ms=5)
    await producer.start()
    try:
        began = time.perf_counter()
        for number in range(slices):
            for key, value in values[_part(len(values), number, slices)]:
                await producer.send(topic, value, key)
            for probe in probes[_part(len(probes), number, slices)]:
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


class _Listener(threading.Thread):
    """Listens from the moment its block begins until it ends."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._ready, self._stop_listening = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        self.start()
        assert self._ready.wait(WAIT_SECONDS_MAX), f"{self.name} does not get ready"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening.set()
        self.join(WAIT_SECONDS_MAX)

    @staticmethod
    def _note(found: dict[str, float], body: bytes) -> None:
        match = _CAUSE.search(body)
        if match is not None:
            found.setdefault(match[1].decode(), time.time())


class _TopicListener(_Listener):
    """Reads the topic of rating changes."""

    def __init__(self, settings: Settings, seen: Seen) -> None:
        super().__init__("topic listener")
        self._settings, self._seen = settings, seen

    def run(self) -> None:
        """Read until the block ends."""
        with Follower(self._settings, [topics.RATING_CHANGES]) as follower:
            follower.skip_to_end()
            self._ready.set()
            for message in follower.onwards(self._stop_listening):
                self._note(self._seen.on_topic, message.value or b"")


class _BrowserListener(_Listener):
    """Reads the event stream as a dashboard does."""

    def __init__(self, api: str, seen: Seen) -> None:
        super().__init__("browser listener")
        self._api, self._seen = api, seen

    def run(self) -> None:
        """Read until the block ends; a ping comes often enough to notice it."""
        with httpx.stream("GET", f"{self._api}/changes/stream", timeout=WAIT_SECONDS_MAX) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                self._ready.set()  # the stream begins by telling where it stands
                self._note(self._seen.in_browser, line.encode())
                if self._stop_listening.is_set():
                    return


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


def _figures(where: str, sent: Mapping[str, float], seen: Mapping[str, float]) -> dict[str, Any]:
    """Median and 99th percentile in milliseconds."""
    milliseconds = [1000 * (seen[id_] - at) for id_, at in sent.items()]
    return {
        f"{where}_median_ms": round(median(milliseconds), 1),
        f"{where}_99_ms": round(quantiles(milliseconds, n=100)[98], 1),
    }


def busy(row: Mapping[str, Any]) -> str:
    """How many processors each process kept busy."""
    return " / ".join(f"{name} {share:.2f}" for name, share in row["processors"].items())


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    table = Table("% of capacity", title="median / 99th percentile, ms", title_justify="left")
    for name in ("records/s", "probes", *PLACES, "processors busy"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = (f"{row[f'{where}_median_ms']:,.0f} / {row[f'{where}_99_ms']:,.0f}" for where in PLACES)
        table.add_row(
            f"{100 * row['share']:.0f}",
            f"{row['records_a_second']:,}",
            str(row["probes"]),
            *figures,
            busy(row),
        )
    Console().print(table)


if __name__ == "__main__":
    main()
