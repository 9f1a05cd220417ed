"""The demo from beginning to end."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from pydantic import BaseModel
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table

from giants.demo.live import Live
from giants.demo.named import named
from giants.demo.plot import Point, plot_exposure
from giants.demo.portfolios import Portfolios
from giants.demo.programme import DESIGNATED, REVIEWED, programme
from giants.demo.stack import DemoError, clean, stack
from giants.demo.watching import Watcher
from giants.domain.registry import recompute_all
from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka import topics
from giants.kafka.lag import FLOW, LagMonitor
from giants.kafka.publisher import Publisher
from giants.settings import API_PORT, Settings
from giants.terminal.output import bars, table
from giants.terminal.waiting import LagBars
from schemas.changes import CompanySnapshot
from schemas.codes import Band, Status
from schemas.facts import Announcement, Family, ProgrammeFact, Review

THROUGH_SECONDS_MAX: Final = 600.0
PICTURE: Final = "exposure.png"
NEXT: Final = (
    "giants company 闻泰",
    "giants explain 闻泰 advanced-radiofrequency-communication",
    "giants tail --from-start --limit 20",
)


@dataclass(frozen=True, slots=True)
class Size:
    """How large the made-up programme is."""

    companies: int = 2_000
    families: int = 50_000
    seed: int = 8


@dataclass(slots=True)
class Summary:
    """What was done: rows of what, how many, and in how many seconds where that says something."""

    rows: list[tuple[str, int | str, float | None]] = field(default_factory=list)

    def add(self, what: str, count: int | str, seconds: float | None = None) -> None:
        """Add a row."""
        self.rows.append((what, count, seconds))

    def table(self) -> Table:
        """The rows with their rates."""
        rows = (
            (what, count, seconds and round(seconds, 1), _rate(count, seconds))
            for what, count, seconds in self.rows
        )
        return table("What was done, and how fast", ("what", "number", "seconds", "per second"), rows)


class Demo:
    """Plays the demo on a folder of its own."""

    def __init__(self, folder: Path, size: Size, console: Console) -> None:
        self._data_dir = folder / "data"
        self._picture = folder / PICTURE
        self._size, self._console = size, console
        self.summary = Summary()

    def play(self, on_ready: Callable[[Settings], None], stay: Callable[[Settings], None]) -> None:
        """Play everything; `on_ready` is called once the stack answers, `stay` before it ends.

        Raises `DemoError`.
        """
        began = time.monotonic()
        clean(self._data_dir)
        self._title("A broker, a worker, ClickHouse and the API start on this machine")
        with stack(self._data_dir) as settings, Watcher(settings, self._console) as watcher:
            self.summary.add("the stack is ready", "", time.monotonic() - began)
            self._show_address(settings)
            on_ready(settings)
            self._real_companies(settings, watcher)
            snapshots = self._made_up_programme(settings, watcher)
            self._made_up_families(settings, [snapshot.name for snapshot in snapshots])
            self._live(settings, watcher, snapshots)
            self._end(watcher, settings, time.monotonic() - began)
            stay(settings)

    def _real_companies(self, settings: Settings, watcher: Watcher) -> None:
        data = named()
        self._title(
            f"{len(data.names())} real companies with their real batches; their portfolios are illustrations"
        )
        facts = [*data.programme(), *data.families()]
        self._publish(settings, "facts", facts, len(facts))
        self._until_through(settings)
        companies = sorted(watcher.latest(topics.COMPANIES), key=lambda company: company["batches"])
        rows = (
            (company["name"], company["name_en"], company["batches"][0], ", ".join(_former_names(company)))
            for company in companies
        )
        columns = ("name", "English name", "batch", "also found under")
        self._console.print(table(None, columns, rows))

    def _made_up_programme(self, settings: Settings, watcher: Watcher) -> list[CompanySnapshot]:
        """Lists, reviews and names of 2019 to 2025; what comes out is held against the batch computation."""
        size = self._size
        facts = list(made_up_programme(size))
        self._title(f"A made-up programme, 2019 to 2025: {len(facts):,} lists, reviews and name records")
        began = time.monotonic()
        self._publish(settings, "facts", facts, len(facts))
        self._until_through(settings)
        self.summary.add("lists, reviews and name records", len(facts), time.monotonic() - began)
        expected = recompute_all(
            [*facts, *(fact for fact in named().programme() if not isinstance(fact, Family))]
        )
        snapshots = list(expected.snapshots().values())
        active = sum(snapshot.status is Status.ACTIVE for snapshot in snapshots)
        got = watcher.latest(topics.COMPANIES)
        same = {company["company_id"]: company["status"] for company in got} == {
            snapshot.company_id: snapshot.status.value for snapshot in snapshots
        }
        if not same:
            raise DemoError("the stream and the batch computation do not agree on who is a Little Giant")
        self._say(
            f"{len(got):,} companies, {active:,} active: the same as a batch computation over all facts"
        )
        self._say(
            "Lists that would have to name a real company are left incomplete: nobody is said to have lost"
        )
        self._say("a title where no source says so.")
        self.summary.add("companies", len(got))
        self.summary.add("status changes", watcher.count(topics.STATUS_CHANGES))
        return snapshots

    def _made_up_families(self, settings: Settings, names: Sequence[str]) -> None:
        real = {name for portfolio in named().portfolios for name in (portfolio.name,)} | set(named().english)
        taxonomy = shipped_taxonomy()
        portfolios = Portfolios(
            [name for name in names if name not in real], self._size.families, taxonomy, self._size.seed
        )
        self._title(f"{len(portfolios):,} made-up patent families, portfolios as skewed as real ones")
        began = time.monotonic()
        self._publish(settings, "families", portfolios, len(portfolios))
        published = time.monotonic() - began
        self._until_through(settings)
        self.summary.add("families published", len(portfolios), published)
        self.summary.add("families published, rated, stored", len(portfolios), time.monotonic() - began)

    def _live(self, settings: Settings, watcher: Watcher, snapshots: Sequence[CompanySnapshot]) -> None:
        live = Live(settings, watcher, self._size.seed)
        watcher.loud = True
        self._title("Live: the list of a new batch comes in")
        scene, newcomer = live.new_batch()
        scenes = [scene]
        self._title("Live: a complete review list leaves a company out, which loses its status")
        scenes.append(live.lost_status(snapshots))
        self._title(
            f"Live: patent families of {newcomer} come in, and its rating crosses one band after another"
        )
        scenes.append(live.crossing(newcomer))
        watcher.loud = False
        seconds = [one for scene in scenes for one in scene.seconds]
        self.summary.add("live changes seen", len(seconds))
        self.summary.add("median from a fact to its change", f"{1000 * median(seconds):.0f} ms")

    def _end(self, watcher: Watcher, settings: Settings, seconds: float) -> None:
        points = list(_points(watcher))
        self.summary.add("company-technology pairs rated", len(points))
        self.summary.add("rating changes", watcher.count(topics.RATING_CHANGES))
        plot_exposure(points, self._picture, "Exposure of the demo's companies to 74 critical technologies")
        self.summary.add("the whole demo", "", seconds)
        self._title("Done")
        self._console.print(self.summary.table())
        self._console.print()
        self._console.print(f"Picture of all ratings  {self._picture}", soft_wrap=True)
        self._console.print("Ask the stack while it is up:")
        for example in NEXT:
            self._console.print(
                f"  GIANTS_DATA_DIR={self._data_dir} {example}", soft_wrap=True, highlight=False
            )
        self._console.print("Start it again later, with all of this data:")
        self._console.print(f"  {self._again(settings)}", soft_wrap=True, highlight=False)
        self._console.print()
        self._show_address(settings)

    def _again(self, settings: Settings) -> str:
        """The command that starts the same stack again, at the same address."""
        port = (settings.api_url or "").rpartition(":")[2]
        chosen = "" if port == str(API_PORT) else f" GIANTS_API_PORT={port}"
        return f"GIANTS_DATA_DIR={self._data_dir}{chosen} giants up"

    def _show_address(self, settings: Settings) -> None:
        text = f"[bold]Dashboard[/]  {settings.api_url}\n[bold]API page [/]  {settings.api_url}/docs"
        self._console.print(Panel(text, expand=False, border_style="green", padding=(0, 2)), highlight=False)

    def _publish(self, settings: Settings, what: str, facts: Iterable[BaseModel], total: int) -> None:
        with self._bars() as bars, Publisher(settings) as publisher:
            task = bars.add_task(f"publishing {what}", total=total)
            for fact in facts:
                publisher.send_fact(fact)
                bars.advance(task)

    def _until_through(self, settings: Settings) -> None:
        with self._bars() as bars, LagMonitor(settings) as flow:
            report = LagBars(bars)
            flow.wait(FLOW, THROUGH_SECONDS_MAX, report.lag)

    def _bars(self) -> Progress:
        return bars(self._console)

    def _title(self, text: str) -> None:
        self._console.print()
        self._console.print(f"[bold cyan]▸ {text}")

    def _say(self, text: str) -> None:
        self._console.print(f"  {text}")


def made_up_programme(size: Size) -> Iterator[ProgrammeFact]:
    """The facts of a made-up programme, such that they say nothing about the real companies beside it.

    A complete list denies what it does not name. So the made-up lists of the batches of the real companies,
    and of the years of their reviews, are incomplete.
    """
    batches = {one.batch for one in named().lists}
    for fact in programme(size.seed, size.companies / sum(DESIGNATED.values())):
        denies = (isinstance(fact, Announcement) and fact.batch in batches) or (
            isinstance(fact, Review) and any(due in batches for due in REVIEWED.get(fact.review_year, ()))
        )
        yield fact.model_copy(update={"complete": False}) if denies else fact


def _former_names(company: dict[str, Any]) -> list[str]:
    return sorted({use["name"] for use in company["names"]} - {company["name"]})


def _points(watcher: Watcher) -> Iterator[Point]:
    """Every rated pair; the best-rated technology of each real company is labelled."""
    real = set(named().names()) | set(named().english)
    for exposure in watcher.latest(topics.EXPOSURES):
        name, name_en = watcher.names(exposure["company_id"])
        rated = [pair for pair in exposure["technologies"] if pair["band"] is not None]
        best = max(rated, key=lambda pair: float(pair["score"]), default=None)
        for pair in rated:
            yield Point(
                name,
                name_en,
                pair["technology"],
                pair["alignment"],
                exposure["confidence"],
                Band(pair["band"]),
                labelled=pair is best
                and bool(real & {use["name"] for use in watcher.companies[exposure["company_id"]]["names"]}),
            )


def _rate(count: int | str, seconds: float | None) -> int | None:
    return round(count / seconds) if isinstance(count, int) and seconds else None
