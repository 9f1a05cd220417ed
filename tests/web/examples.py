"""Examples of every answer for the OpenAPI document: `python -m tests.web.examples` records them.

They are answers of a real server over the small programme of these tests, cut to what shows their shape.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson

from giants.delivery.database import QUEUE_FILE
from giants.delivery.queue import DeliveryQueue
from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.migrations import migrate
from giants.store.queries.feed import Position, encode_position
from giants.store.records import Incoming
from giants.web import openapi
from schemas.documents import read_examples
from tests.delivery.samples import NOON, alert, webhook
from tests.store.builders import incoming, store
from tests.web.conftest import OPTICAL, fill
from tests.web.serving import served

FILE = Path(openapi.__file__).with_name(openapi.EXAMPLES_FILE)
ITEMS_KEPT = 2
LINES_KEPT = 2
WATCHLIST = {
    "watchlist_id": "w-1",
    "owner": "desk-a",
    "name": "Radar in Xinjiang",
    "technologies": ["radar"],
    "authorities": ["XJ", "XPCC"],
    "min_band": "strong",
    "events": ["designated", "rating-changed"],
    "deliver": [{"kind": "email", "to": "desk@example.org", "digest": "daily"}],
}
# What is asked for each route that gives JSON; those that write give what `GET` then gives.
ASKED = {
    "GET /healthz": "/healthz",
    "GET /readyz": "/readyz",
    "GET /api/v1/companies": "/api/v1/companies?limit=1",
    "GET /api/v1/companies/{company_id}": "/api/v1/companies/lg-cas?as_of=2025-06-30",
    "GET /api/v1/companies/{company_id}/exposures": "/api/v1/companies/lg-gls/exposures",
    "GET /api/v1/companies/{company_id}/as-filed": "/api/v1/companies/lg-gls/as-filed?technology=radar",
    "GET /api/v1/companies/{company_id}/history": "/api/v1/companies/lg-cas/history?limit=1",
    "GET /api/v1/companies/{company_id}/history/{technology}": (
        "/api/v1/companies/lg-cas/history/radar?limit=1"
    ),
    "GET /api/v1/backup": "/api/v1/backup",
    "GET /api/v1/movers": "/api/v1/movers?since=2025-01-01&limit=1",
    "GET /api/v1/technologies/movements": "/api/v1/technologies/movements?since=2025-01-01",
    "GET /api/v1/companies/{company_id}/explain/{technology}": f"/api/v1/companies/lg-gls/explain/{OPTICAL}",
    "GET /api/v1/companies/{company_id}/signals": "/api/v1/companies/lg-gls/signals",
    "GET /api/v1/signals": "/api/v1/signals?limit=1",
    "GET /api/v1/prediction": "/api/v1/prediction",
    "GET /api/v1/technologies": "/api/v1/technologies",
    "GET /api/v1/families": "/api/v1/families?id=F1",
    "GET /api/v1/technologies/{technology}/companies": "/api/v1/technologies/radar/companies?limit=1",
    "GET /api/v1/programme": "/api/v1/programme",
    "GET /api/v1/batches": "/api/v1/batches",
    "GET /api/v1/authorities": "/api/v1/authorities",
    "GET /api/v1/cohorts": "/api/v1/cohorts",
    "GET /api/v1/totals": "/api/v1/totals",
    "GET /api/v1/coverage": "/api/v1/coverage",
    "GET /api/v1/lists": "/api/v1/lists?limit=1",
    "GET /api/v1/lists/{list_id}": "/api/v1/lists/2026-b8-zj-final",
    "GET /api/v1/changes": "/api/v1/changes?limit=1",
    "GET /api/v1/watchlists": "/api/v1/watchlists",
    "POST /api/v1/watchlists": "/api/v1/watchlists/w-1",
    "GET /api/v1/watchlists/{watchlist_id}": "/api/v1/watchlists/w-1",
    "PUT /api/v1/watchlists/{watchlist_id}": "/api/v1/watchlists/w-1",
    "GET /api/v1/alerts": "/api/v1/alerts",
    "GET /api/v1/alerts/groups": "/api/v1/alerts/groups",
    "GET /api/v1/portfolios": "/api/v1/portfolios",
    "POST /api/v1/portfolios": "/api/v1/portfolios/p-suppliers",
    "GET /api/v1/portfolios/{portfolio_id}": "/api/v1/portfolios/p-suppliers",
    "PUT /api/v1/portfolios/{portfolio_id}": "/api/v1/portfolios/p-suppliers",
    "GET /api/v1/portfolios/{portfolio_id}/entries": "/api/v1/portfolios/p-suppliers/entries",
    "GET /api/v1/portfolios/{portfolio_id}/matches": "/api/v1/portfolios/p-suppliers/matches",
    "GET /api/v1/portfolios/{portfolio_id}/judgements": "/api/v1/portfolios/p-suppliers/judgements",
    "GET /api/v1/screenings": "/api/v1/screenings",
    "GET /api/v1/screenings/{run_id}": "/api/v1/screenings/r-6f2c",
    "GET /api/v1/deliveries": "/api/v1/deliveries?state=failed",
    "GET /api/v1/reconcile": "/api/v1/reconcile",
    "GET /api/v1/reconcile/suggest/entity": "/api/v1/reconcile/suggest/entity?prefix=银河光电",
    "GET /api/v1/reconcile/suggest/property": "/api/v1/reconcile/suggest/property?prefix=status",
    "GET /api/v1/reconcile/suggest/type": "/api/v1/reconcile/suggest/type",
    "GET /api/v1/reconcile/properties": "/api/v1/reconcile/properties?limit=3",
    "GET /api/v1/findings": "/api/v1/findings?limit=1",
    "GET /api/v1/dead-letters": "/api/v1/dead-letters",
}
TEXTS = {
    "GET /api/v1/changes.atom": ("application/atom+xml", "/api/v1/changes.atom?limit=1"),
    "GET /api/v1/reviews.ics": ("text/calendar", "/api/v1/reviews.ics"),
    "GET /metrics": ("text/plain", "/metrics"),
    "GET /api/v1/export/{table}": ("application/x-ndjson", "/api/v1/export/rating_changes?format=jsonl"),
    **{
        f"GET {route}/export{' ' * place}": (media_type, f"{path}/export?format={ending}")
        for route, path in (
            ("/api/v1/screenings/{run_id}", "/api/v1/screenings/r-6f2c"),
            ("/api/v1/portfolios/{portfolio_id}/judgements", "/api/v1/portfolios/p-suppliers/judgements"),
        )
        for place, (media_type, ending) in enumerate((("text/csv", "csv"), ("application/json", "json")))
    },
    "GET /api/v1/export/{table}  ": ("application/json+ftm", "/api/v1/export/companies?format=ftm"),
    "GET /api/v1/reconcile/preview": ("text/html", "/api/v1/reconcile/preview?id=lg-gls"),
    "GET /api/v1/export/{table} ": ("text/csv", "/api/v1/export/rating_changes?format=csv"),
}
# The programme of the tests has names of real companies, of which nothing made up may be published.
MADE_UP = {
    "北京中科海讯数字科技股份有限公司": "北京星野数字科技股份有限公司",
    "Beijing Zhongke Haixun Digital Technology": "Beijing Xingye Digital Technology",
    "宁波佳尔灵气动机械有限公司": "宁波星野气动机械有限公司",
}
STREAM = "GET /api/v1/changes/stream"
MATCH = ("POST /api/v1/match", "POST /api/v1/match/{dataset}")
MATCHED_NAME = "宁波佳尔灵气动机械股份有限公司"
MATCHED = {"schema": "Company", "properties": {"name": [MATCHED_NAME]}}
JUDGE = "POST /api/v1/portfolios/{portfolio_id}/judgements"
RESEND = "POST /api/v1/deliveries/{delivery_id}/resend"


def main() -> None:
    """Record all examples."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        with connect(settings.clickhouse_dsn()) as database:
            migrate(database)
            fill_all(settings, database)
            with served(settings) as client:
                found = dict(recorded(client))
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()
    # The folder of a recording is nobody's data folder.
    for said, instead in {folder: "/data", **MADE_UP}.items():
        text = text.replace(said, instead)
    FILE.write_text(f"{text}\n", encoding="utf-8")


def fill_all(settings: Settings, database: Database) -> None:
    """Something for every route to answer with."""
    with DeliveryQueue(settings.data_dir / QUEUE_FILE) as queue:
        queue.enqueue(alert(), webhook(), NOON)
        queue.disable(queue.due(NOON)[0], NOON, "answered 410 Gone")
    fill(database)
    store(
        database,
        incoming(topics.WATCHLISTS, WATCHLIST, key="w-1"),
        *_lists(),
        *_counterparties(),
        incoming(topics.ALERTS, alert().model_dump(mode="json"), key="w-1"),
    )


def _lists() -> Iterator[Incoming]:
    """The lists of the contract's examples."""
    for topic in (topics.LISTS, topics.LIST_CHANGES):
        for offset, body in enumerate(read_examples(topic.name)):
            yield incoming(topic, body, key=body["list_id"], offset=offset)


def _counterparties() -> Iterator[Incoming]:
    """The portfolio, its match and the run of the contract's examples."""
    for topic in (topics.PORTFOLIOS, topics.SCREENINGS, topics.PORTFOLIO_MATCHES):
        for offset, body in enumerate(read_examples(topic.name)):
            yield incoming(topic, body, key="p-suppliers", offset=offset)


def recorded(client: httpx.Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ask every route, and give each operation with its answers by media type."""
    for operation, path in ASKED.items():
        yield operation, {"application/json": cut(client.get(path).raise_for_status().json())}
    matched = client.post("/api/v1/match", json={"queries": {"row-1": MATCHED}}).raise_for_status().json()
    yield from ((operation, {"application/json": cut(matched)}) for operation in MATCH)
    names = json.dumps({"row-1": {"query": MATCHED_NAME, "limit": 1}})
    reconciled = client.post("/api/v1/reconcile", data={"queries": names}).raise_for_status()
    yield "POST /api/v1/reconcile", {"application/json": reconciled.json()}
    judged = client.get("/api/v1/portfolios/p-suppliers/judgements").raise_for_status().json()
    made = {"judgements": judged["items"], "problems": [], "stored": True}
    yield JUDGE, {"application/json": cut(made)}
    resent = client.post("/api/v1/deliveries/1/resend").raise_for_status()
    yield RESEND, {"application/json": resent.json()}
    texts: dict[str, dict[str, Any]] = {}
    for operation, (media_type, path) in TEXTS.items():
        lines = client.get(path).raise_for_status().text.splitlines(keepends=True)
        texts.setdefault(operation.strip(), {})[media_type] = "".join(lines[:LINES_KEPT])
    yield from texts.items()
    yield STREAM, {"text/event-stream": _stream(client)}


def _stream(client: httpx.Client) -> str:
    """The first events of a stream that begins with the first change."""
    since = encode_position(Position(1, 0, {}))
    with client.stream("GET", "/api/v1/changes/stream", params={"since": since}) as answer:
        lines = []
        for line in answer.iter_lines():
            lines.append(line)
            if lines.count("") == ITEMS_KEPT:
                break
    return "\n".join([*lines, ""])


def cut(value: Any) -> Any:
    """The same, of lists only the first items."""
    if isinstance(value, dict):
        return {name: cut(part) for name, part in value.items()}
    return [cut(part) for part in value[:ITEMS_KEPT]] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
