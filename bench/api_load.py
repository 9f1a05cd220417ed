"""How fast the API answers at full scale: every GET route, median and 95th percentile, slowest first.

    python -m bench.api_load --changes 200000
    python -m bench.api_load --folder /tmp/api-world --requests 100 --output bench/results
    python -m bench.api_load --folder /tmp/api-world --explain 100 --only companies

The second keeps the database of full scale, filled once in the folder and found there again, and writes the
results for `bench.report`. The third shows the plans of statements behind answers above 100 ms, of some
routes alone. One reader asks, one request after another, and nobody remembers what was asked before.
"""

import json
import statistics
import tempfile
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import uvicorn

from bench.api_world import Scale, company_id, fill
from bench.results import Results, percentile
from giants.delivery.database import QUEUE_FILE
from giants.delivery.queue import DeliveryQueue
from giants.settings import Settings
from giants.store.client import Database, Row, connect, parse_dsn
from giants.store.migrations import migrate
from giants.store.queries.feed import encode_position, head
from giants.web.app import create_app
from giants.web.openapi import openapi_document, operations
from streams.garbage import look_for_garbage_seldom, pass_over_what_is_there

ANSWER_SECONDS_MAX: Final = 120.0
# They are read by no page and no program at every step: a stream that never ends, and whole tables.
LEFT_OUT: Final = {
    "/api/v1/changes/stream",
    "/api/v1/export/{table}",
    "/api/v1/backup",
    "/api/v1/backup/{table}",
}
# ClickHouse remembers where conditions that it was given before held nothing. The same addresses are asked
# again and again here, which no reader does: each answer has to be found anew.
FORGET: Final = "SYSTEM DROP QUERY CONDITION CACHE"
TECHNOLOGIES: Final = ("radar", "advanced-optical-communication", "quantum-sensors")
COMPANIES_ASKED: Final = 10
# Changes of each partition that a reader has not seen yet.
BEHIND: Final = 1_000
# The queries of each route, of which each is asked equally often; {company} and {technology} vary.
ASKED: Final[Mapping[str, Sequence[str]]] = {
    "/api/v1/companies": (
        "",
        "?q=宁波",
        "?q=ningbo",
        "?q=c12",
        "?status=active&authority=ZJ&batch=5",
        "?technology={technology}&min_band=moderate",
        "?min_band=strong",
        "?as_of=2023-06-30&status=active",
    ),
    "/api/v1/companies/{company_id}": ("", "?as_of=2024-06-30"),
    "/api/v1/companies/{company_id}/exposures": ("", "?as_of=2024-12-31"),
    "/api/v1/companies/{company_id}/history": ("", "?technology={technology}"),
    "/api/v1/technologies/{technology}/companies": ("", "?min_band=strong", "?limit=1000"),
    "/api/v1/batches": ("", "?as_of=2023-06-30"),
    "/api/v1/authorities": ("", "?as_of=2023-06-30"),
    "/api/v1/changes": (
        "",
        "?since=now",
        "?since=start",
        "?kind=designated",
        "?kind=rating-changed&technology={technology}",
        "?company={company}",
        "?backfill=false",
        "?since={cursor}",
        "?since={cursor}&technology={technology}",
        "?since={behind}",
    ),
    "/api/v1/movers": ("", "?technology={technology}", "?authority=ZJ"),
    "/api/v1/technologies/movements": ("", "?authority=ZJ"),
    "/api/v1/signals": ("", "?kind=review-due", "?authority=ZJ"),
    "/api/v1/watchlists": ("", "?owner=desk-1"),
    "/api/v1/alerts": ("", "?watchlist=w-1"),
    "/api/v1/findings": ("", "?code=contradiction"),
}
PAGES: Final = (
    "/",
    "/companies?q=宁波",
    "/companies/{company}",
    "/companies/{company}/technologies/{technology}",
    "/technologies",
    "/technologies/{technology}",
    "/batches",
    "/changes",
    "/movements?days=90",
    "/quality",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement that was asked for an answer, and how long it took."""

    sql: str
    parameters: Mapping[str, Any]
    seconds: float


class WatchedDatabase(Database):
    """A database that remembers what it was asked."""

    def __init__(self, where: str, options: Mapping[str, Any]) -> None:
        self.asked: list[Asked] = []
        super().__init__(where, options)

    def rows(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, raw: Sequence[str] = ()
    ) -> list[Row]:
        """As the database does, and note it."""
        begun = time.perf_counter()
        answer = super().rows(sql, parameters, raw=raw)
        self.asked.append(Asked(sql, dict(parameters or {}), time.perf_counter() - begun))
        return answer


@dataclass(slots=True)
class Route:
    """Times of one route and query, milliseconds, the statements that each needed, and the slowest of them.

    `processor_milliseconds` are those of client, server and database together.
    """

    name: str
    milliseconds: list[float] = field(default_factory=list)
    processor_milliseconds: list[float] = field(default_factory=list)
    statements: int = 0
    slowest: Asked | None = None

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return percentile(self.milliseconds, 95)


def main() -> None:
    """Fill, serve, ask, print."""
    look_for_garbage_seldom()  # as every command does
    options = _options()
    scale = Scale(companies=options.companies, changes=options.changes)
    folder = nullcontext(str(options.folder)) if options.folder else tempfile.TemporaryDirectory()
    with folder as data, _opened(Path(data), scale) as (database, settings):
        with _served(database, settings) as client:
            asked = [
                (name, paths)
                for name, paths in _requests(client, database, settings, scale, pages=options.pages)
                if options.only in name
            ]
            routes = [_measure(client, database, name, paths, options.requests) for name, paths in asked]
        routes.sort(key=lambda route: -route.p95)
        for route in routes:
            _say(_row(route))
        _write(options, routes)
        if options.explain is not None:
            for route in routes:
                if route.p95 > options.explain and route.slowest is not None:
                    _explain(database, route.name, route.slowest)


def _options() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--changes", type=int, default=10_000_000, help="rating changes")
    parser.add_argument("--requests", type=int, default=20, help="of each query")
    parser.add_argument("--pages", action="store_true", help="the pages of the dashboard too")
    parser.add_argument("--only", default="", help="ask only what has this in its address")
    parser.add_argument("--folder", type=Path, help="where the database is kept for another run")
    parser.add_argument("--output", type=Path, help="where the results are written to, for bench.report")
    parser.add_argument(
        "--explain", type=float, help="show the plan of what takes more milliseconds than this"
    )
    return parser.parse_args()


@contextmanager
def _opened(folder: Path, scale: Scale) -> Iterator[tuple[WatchedDatabase, Settings]]:
    """The database of a folder, filled where it is empty."""
    settings = Settings(data_dir=folder, api_requests_per_minute=1_000_000)
    where, options = parse_dsn(settings.clickhouse_dsn())
    with connect(settings.clickhouse_dsn()) as plain:
        migrate(plain)
        if not plain.rows("SELECT count() AS n FROM companies_rows")[0]["n"]:
            begun = time.perf_counter()
            fill(plain, scale, lambda what: _say({"storing": what}))
            _say({"filled_seconds": round(time.perf_counter() - begun, 1)})
    DeliveryQueue(folder / QUEUE_FILE).close()
    with WatchedDatabase(where, options) as database:
        for table in ("companies", "exposures", "portfolio", "rating_changes", "moves", "feed"):
            found = database.rows(
                "SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts "
                "WHERE active AND database = currentDatabase() AND table = {t:String}",
                {"t": f"{table}_rows"},
            )[0]
            _say({"table": table} | found)
        yield database, settings


@contextmanager
def _served(database: Database, settings: Settings) -> Iterator[httpx.Client]:
    """A client of the API, served by a thread."""
    config = uvicorn.Config(create_app(database, settings), port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    pass_over_what_is_there()  # as the server does
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_SECONDS_MAX) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def _requests(
    client: httpx.Client, database: Database, settings: Settings, scale: Scale, *, pages: bool
) -> Iterator[tuple[str, list[str]]]:
    """Each route and query with the addresses that are asked for it; every GET route is there.

    `cursor` is the end of the feed, `behind` some thousands of changes before it.
    """
    step = max(scale.companies // COMPANIES_ASKED, 1)
    companies = [company_id(number) for number in range(0, scale.companies, step)]
    here = head(database)
    cursors = {
        "cursor": encode_position(here),
        "behind": encode_position(
            msgspec.structs.replace(
                here, offsets={place: max(offset - BEHIND, 0) for place, offset in here.offsets.items()}
            )
        ),
    }
    document = openapi_document(create_app(database, settings))
    for method, path, _ in operations(document):
        if method != "GET" or path in LEFT_OUT:
            continue
        for query in ASKED.get(path, ("",)):
            yield path + query, _concrete(path + query, companies, cursors)
    for page in PAGES if pages else ():
        yield f"page {page}", _concrete(page, companies, cursors)


def _concrete(path: str, companies: Sequence[str], cursors: Mapping[str, str]) -> list[str]:
    """The address for one company after another."""
    found = []
    for number, company in enumerate(companies):
        technology = TECHNOLOGIES[number % len(TECHNOLOGIES)]
        values = {"company_id": company, "company": company, "technology": technology}
        found.append(path.format(**values, watchlist_id="w-1", **cursors))
    return found


def _measure(
    client: httpx.Client, database: WatchedDatabase, name: str, paths: Sequence[str], requests: int
) -> Route:
    route = Route(name)
    for path in paths[:2]:  # what is read once is in memory from then on
        _answer(client, path)
    for number in range(requests):
        path = paths[number % len(paths)]
        database.execute(FORGET)
        database.asked.clear()
        begun, worked = time.perf_counter(), time.process_time()
        _answer(client, path)
        route.milliseconds.append((time.perf_counter() - begun) * 1000)
        route.processor_milliseconds.append((time.process_time() - worked) * 1000)
        route.statements = max(route.statements, len(database.asked))
        for asked in database.asked:
            if route.slowest is None or asked.seconds > route.slowest.seconds:
                route.slowest = asked
    return route


def _answer(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "*/*"})
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")


def _row(route: Route) -> dict[str, Any]:
    return {
        "route": route.name,
        "fastest_ms": round(min(route.milliseconds), 1),
        "median_ms": round(statistics.median(route.milliseconds), 1),
        "p95_ms": round(route.p95, 1),
        "processor_ms": round(statistics.median(route.processor_milliseconds), 1),
        "statements": route.statements,
        "statement_ms": round(route.slowest.seconds * 1000, 1) if route.slowest else None,
    }


def _write(options: Namespace, routes: Sequence[Route]) -> None:
    """Write the results where that is asked for."""
    if options.output is None:
        return
    scale = Scale(companies=options.companies, changes=options.changes)
    settings = {"companies": scale.companies, "pairs": scale.pairs, "changes": scale.changes}
    settings["requests"] = options.requests
    versions = {package: version(package) for package in ("chdb-core", "clickhouse-connect", "fastapi")}
    Results("api_load", settings, {"routes": [_row(route) for route in routes]}, versions).write(
        options.output
    )


def _explain(database: Database, name: str, asked: Asked) -> None:
    _say({"plan_of": name, "statement": " ".join(asked.sql.split())})
    for row in database.rows(f"EXPLAIN indexes = 1, projections = 1 {asked.sql}", asked.parameters):
        _say({"plan": row["explain"]})


def _say(line: Mapping[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False, default=str), flush=True)


if __name__ == "__main__":
    main()
