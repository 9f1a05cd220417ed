"""Whose data is whose: every route of the API and every page, asked with the key of somebody else.

The routes are those of the OpenAPI documents, so that one that is added is asked as well: each with every id
of the first desk in every part of its path, in every parameter and in its body. Whatever is told of the first
desk to its own key is told to no other.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import httpx
import orjson
import pytest
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import Mount

from giants.delivery.database import QUEUE_FILE
from giants.delivery.queue import DeliveryQueue
from giants.kafka import topics
from giants.keys import Scope, create_key, key_file
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.export import EXPORTABLE
from giants.store.journal import TABLES
from giants.store.migrations import migrate
from giants.web.app import create_app
from giants.web.openapi import openapi_document, operations
from schemas.changes import Alert
from schemas.documents import read_examples
from schemas.facts import Webhook
from tests.delivery.samples import NOON, alert
from tests.store.builders import incoming, store
from tests.web.conftest import OPTICAL, fill
from tests.web.serving import served

# What the first desk writes has this word in it, and its ids are found nowhere else.
MARK: Final = "qjkv"
OWNER: Final = f"desk-{MARK}"
WATCHLIST: Final = "w-first-desk"
PORTFOLIO: Final = "p-first-desk"
RUN: Final = "r-first-desk"
ENTRY, COMPANY = "e-first-desk", "lg-gls"
# Wherever an id can stand, each of these is tried.
IDS: Final = (WATCHLIST, PORTFOLIO, f"portfolio:{PORTFOLIO}", RUN, OWNER, "1")
PUBLIC: Final[dict[str, tuple[str, ...]]] = {
    "company_id": (COMPANY,),
    "technology": ("radar", OPTICAL),
    "table": tuple(dict.fromkeys((*EXPORTABLE, *TABLES))),
    "dataset": ("default",),
}
SECRET: Final = "whsec_" + "A" * 24
DELIVER: Final = [
    {"kind": "webhook", "url": f"https://hooks.example/services/{MARK}", "secret": SECRET},
    {"kind": "email", "to": f"{MARK}@desk.example", "digest": "immediate"},
]


@dataclass(frozen=True)
class Asked:
    """A request, and the ids of the first desk that it names itself."""

    route: str
    method: str
    path: str
    params: dict[str, str]
    body: Any = None
    form: dict[str, str] | None = None

    @property
    def names(self) -> str:
        """All that is said in it."""
        return f"{self.path} {self.params} {json.dumps(self.body)} {self.form}"


def fill_desk(database: Database, settings: Settings) -> Alert:
    """Everything that can belong to somebody, for the first desk."""
    entries, judgement = read_examples("portfolios.v1")
    (run,) = read_examples("screenings.v1")
    (match,) = read_examples("portfolio-matches.v1")
    of_it = {"portfolio_id": PORTFOLIO, "owner": OWNER}
    pair = {"entry_id": ENTRY, "company_id": COMPANY}
    names = {"entry_name": f"{MARK} 甲有限公司", "company_name": "银河光电科技有限公司"}
    entry = {"entry_id": ENTRY, "name": f"{MARK} 甲有限公司", "reference": f"V-{MARK}"}
    watchlist = {
        "watchlist_id": WATCHLIST,
        "owner": OWNER,
        "name": f"{MARK} radar",
        "companies": [f"{MARK} 有限公司"],
        "technologies": ["radar"],
        "deliver": DELIVER,
    }
    raised = alert(1, WATCHLIST).model_copy(update={"owner": OWNER, "text": f"{MARK} changed"})
    of_portfolio = alert(2, f"portfolio:{PORTFOLIO}").model_copy(update={"owner": OWNER, "text": MARK})
    run = run | {"run_id": RUN, "owner": OWNER, "by": MARK, "label": f"{MARK} list"}
    judged = judgement | of_it | pair | names | {"by": MARK, "why": f"{MARK} knows"}
    matched = match | of_it | pair | {"entry_name": f"{MARK} 甲有限公司"}
    listed = entries | of_it | {"name": f"{MARK} suppliers", "entries": [entry], "deliver": DELIVER}
    refused = {"giants-error": f"name: got {MARK}".encode(), "giants-topic": b"giants.watchlists.v1"}
    store(
        database,
        incoming(topics.WATCHLISTS, watchlist, key=WATCHLIST),
        incoming(topics.PORTFOLIOS, listed, key=PORTFOLIO),
        incoming(topics.PORTFOLIOS, judged, key=PORTFOLIO, offset=1),
        incoming(topics.SCREENINGS, run, key=RUN),
        incoming(topics.PORTFOLIO_MATCHES, matched, key=PORTFOLIO),
        incoming(topics.ALERTS, raised.model_dump(mode="json"), key=WATCHLIST),
        incoming(topics.ALERTS, of_portfolio.model_dump(mode="json"), key=WATCHLIST, offset=1),
        incoming(
            topics.DEAD_LETTERS,
            orjson.dumps({MARK: DELIVER}),
            offset=7,
            headers=refused | {"giants-partition": b"0"},
        ),
    )
    with DeliveryQueue(settings.data_dir / QUEUE_FILE) as queue:
        queue.enqueue(raised, Webhook(kind="webhook", url="https://hooks.example/x", secret=SECRET), NOON)
        queue.disable(queue.due(NOON)[0], NOON, f"answered 410 {MARK}")
    return raised


@dataclass(frozen=True)
class World:
    """A served programme with the data of one desk, and the keys of three callers."""

    client: httpx.Client
    tokens: dict[str, str]
    requests: tuple[Asked, ...]

    def ask(self, who: str, asked: Asked) -> tuple[int, str]:
        """Status and text of an answer; of a stream its first event."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Accept": "application/json, text/html"}
        with self.client.stream(
            asked.method, asked.path, params=asked.params, headers=headers, json=asked.body, data=asked.form
        ) as answer:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return answer.status_code, next(answer.iter_lines())
            raw = answer.read()
        said = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
        return answer.status_code, f"{said} {raw.decode(errors='replace')}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("owners"), api_requests_per_minute=1_000_000)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        fill(database)
        raised = fill_desk(database, settings)
        app = create_app(database, settings)
        file = key_file(settings)
        tokens = {
            "own": create_key(file, "ann", Scope.WRITE, owner=OWNER)[1],
            "other": create_key(file, "eve", Scope.WRITE, owner="desk-b")[1],
            "nameless": create_key(file, "bob", Scope.WRITE)[1],
            "admin": create_key(file, "chief", Scope.ADMIN)[1],
        }
        assert raised.group_id
        with served(settings) as client:
            yield World(client, tokens, tuple(requests_of(app, raised.group_id)))


def requests_of(app: FastAPI, group_id: str) -> Iterator[Asked]:
    """Every request of the matrix."""
    pages = next(route.app for route in app.routes if isinstance(route, Mount))
    assert isinstance(pages, FastAPI)
    documents = (openapi_document(app), get_openapi(title="pages", version="1", routes=pages.routes))
    ids = (*IDS, group_id)
    for number, document in enumerate(documents):
        for method, path, operation in operations(document):
            in_path = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"]
            choices = [PUBLIC.get(name, ids) for name in in_path]
            for values in product(*choices):
                filled = path
                for name, value in zip(in_path, values, strict=True):
                    filled = filled.replace("{" + name + "}", value)
                yield from _asked(f"{method} {path}", method, filled, operation, document, is_page=number > 0)


def _asked(
    route: str, method: str, path: str, operation: dict[str, Any], document: dict[str, Any], *, is_page: bool
) -> Iterator[Asked]:
    body = None if is_page else _body(operation, document)
    form = _form() if is_page and method == "POST" else None
    yield Asked(route, method, path, {}, body, form)
    for one in operation.get("parameters", ()):
        if one["in"] == "query" and _takes_an_id(one["schema"]):
            for value in IDS:
                yield Asked(route, method, path, {one["name"]: value}, body, form)


def _takes_an_id(schema: dict[str, Any]) -> bool:
    kinds = schema.get("anyOf", [schema])
    closed = {"enum", "format", "pattern"}
    return any(kind.get("type") == "string" and not closed & set(kind) for kind in kinds)


def _body(operation: dict[str, Any], document: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    if "judgements" in schema["properties"]:
        return {"judgements": [{"entry_id": ENTRY, "company_id": COMPANY, "verdict": "rejected"}]}
    return {name: value for name, value in schema["examples"][0].items() if name != "owner"}


def _form() -> dict[str, str]:
    return {
        "pair": orjson.dumps([PORTFOLIO, ENTRY, COMPANY]).decode(),
        "verdict": "confirmed",
        "back": f"portfolio={PORTFOLIO}",
        "list": "银河光电科技有限公司",
        "portfolio": PORTFOLIO,
        "portfolio_name": "x",
    }


def told(text: str, asked: Asked) -> set[str]:
    """What of the first desk an answer tells that its request does not say."""
    secrets = {MARK, WATCHLIST, PORTFOLIO, RUN, ENTRY}
    return {one for one in secrets if one in text and one not in asked.names}


# Where the first desk must find what is its own, so that the others miss something.
OWN: Final = {
    "GET /api/v1/watchlists",
    "GET /api/v1/watchlists/{watchlist_id}",
    "GET /api/v1/alerts",
    "GET /api/v1/alerts/groups",
    "GET /api/v1/portfolios",
    "GET /api/v1/portfolios/{portfolio_id}",
    "GET /api/v1/portfolios/{portfolio_id}/entries",
    "GET /api/v1/portfolios/{portfolio_id}/matches",
    "GET /api/v1/portfolios/{portfolio_id}/judgements",
    "GET /api/v1/portfolios/{portfolio_id}/judgements/export",
    "GET /api/v1/screenings",
    "GET /api/v1/screenings/{run_id}",
    "GET /api/v1/screenings/{run_id}/export",
    "GET /api/v1/deliveries",
    "GET /api/v1/export/{table}",
    "GET /api/v1/reviews.ics",
    "GET /watchlists",
    "GET /watchlists/{watchlist_id}",
    "GET /parts/alerts",
    "GET /alerts/{watchlist_id}/{group_id}",
    "GET /inbox",
    "GET /screen",
}
# What changes something is asked by others alone.
READING: Final = {"GET"}


@pytest.mark.timeout(1_200)
def test_what_is_a_desks_own_is_shown_to_it_and_to_no_other(world: World) -> None:
    shown: dict[str, set[str]] = {"own": set(), "admin": set()}
    for asked in world.requests:
        is_reading = asked.method in READING
        own = world.ask("own", asked) if is_reading else (0, "")
        if is_reading:
            _, text = world.ask("admin", asked)
            shown["admin"] |= {asked.route} if told(text, asked) else set()
        if told(own[1], asked):
            shown["own"].add(asked.route)
        status, text = world.ask("other", asked)
        where = f"{asked.method} {asked.path} {asked.params}: {status}"
        assert told(text, asked) == set(), f"{where} {text[:2000]}"
        assert status < 500 or status == 503, where
        if told(own[1], asked) and own[0] == 200 and "{" in asked.route and not asked.params:
            assert status == 404 or asked.route == "GET /api/v1/export/{table}", where
    assert shown["own"] >= OWN, OWN - shown["own"]
    assert shown["admin"] >= OWN, OWN - shown["admin"]
    assert shown["admin"] - shown["own"] >= {"GET /api/v1/dead-letters", "GET /api/v1/backup/{table}"}


@pytest.mark.parametrize("who", ["other", "nameless"])
def test_nobody_replaces_deletes_or_sends_what_is_anothers(world: World, who: str) -> None:
    writes = [
        Asked("", "PUT", f"/api/v1/watchlists/{WATCHLIST}", {}, {"technologies": ["radar"]}),
        Asked("", "PUT", f"/api/v1/watchlists/{WATCHLIST}", {"check": "true"}, {"owner": "desk-b"}),
        Asked("", "DELETE", f"/api/v1/watchlists/{WATCHLIST}", {}),
        Asked("", "PUT", f"/api/v1/portfolios/{PORTFOLIO}", {}, {"entries": []}),
        Asked("", "DELETE", f"/api/v1/portfolios/{PORTFOLIO}", {}),
        Asked("", "POST", "/api/v1/deliveries/1/resend", {}),
    ]
    for asked in writes:
        assert world.ask(who, asked)[0] == 404, asked
    for path in ("/api/v1/watchlists", "/api/v1/portfolios"):
        body = {"owner": OWNER, "entries": []} if path.endswith("portfolios") else {"owner": OWNER}
        assert world.ask(who, Asked("", "POST", path, {}, body))[0] == 403


def test_a_watchlist_is_the_callers_where_it_says_nothing_else(world: World) -> None:
    made = Asked("", "POST", "/api/v1/watchlists", {"check": "true"}, {"technologies": ["radar"]})
    for who, owner in (("own", OWNER), ("other", "desk-b"), ("nameless", "bob"), ("admin", "chief")):
        status, text = world.ask(who, made)
        assert status == 201
        assert f'"owner":"{owner}"' in text
