"""Requests to the HTTP API: whatever comes is answered, errors as problem documents, and never with a 500.

Parts are separated by the byte 0x1E: method and target as in the first line of a request, headers (one a
line), body. The application answers in this process over a small programme in chDB; what would be written
finds no broker.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI

from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.app import create_app
from giants.web.openapi import operations
from giants.web.problems import MEDIA_TYPE
from tests.agents.hostile import EXAMPLES, as_json
from tests.fuzz.edges import HELD
from tests.web.conftest import fill

SEPARATOR = b"\x1e"
ANSWER_SECONDS_MAX = 20.0
_ENDLESS = "/changes/stream"
_HEADERS = b"host: localhost\naccept: */*"
_REQUESTS_PER_MINUTE = 1_000_000
_loop = asyncio.new_event_loop()


@cache
def _app() -> FastAPI:
    """The application over a database of its own."""
    HELD.callback(_app.cache_clear)
    folder = Path(HELD.enter_context(tempfile.TemporaryDirectory()))
    settings = Settings(data_dir=folder, api_requests_per_minute=_REQUESTS_PER_MINUTE)
    database = HELD.enter_context(connect(settings.clickhouse_dsn()))
    migrate(database)
    fill(database)
    return create_app(database, settings)


def seeds() -> Iterator[bytes]:
    """Every operation with the examples of its parameters, a body where it takes one, and hostile headers."""
    document = _app().openapi()
    for method, path, operation in operations(document):
        target, query = path, []
        for parameter in operation.get("parameters", ()):
            example = _example(parameter)
            if parameter["in"] == "path":
                target = target.replace(f"{{{parameter['name']}}}", example)
            elif parameter["in"] == "query":
                query.append(f"{parameter['name']}={example}")
        body = as_json(EXAMPLES["watchlists"]) if "requestBody" in operation else b""
        line = f"{method.upper()} {target}{'?' if query else ''}{'&'.join(query)}".encode()
        yield SEPARATOR.join((line, _HEADERS, body))
    yield SEPARATOR.join((b"GET /api/v1/companies", _HEADERS + b"\nauthorization: Bearer lg_a_b", b""))
    yield SEPARATOR.join((b"GET /api/v1/batches", _HEADERS + b"\nif-none-match: *\nvia: x", b""))
    yield SEPARATOR.join((b"POST /signin", _HEADERS + b"\ncookie: giants=x", b"key=lg_a_b"))
    for page in (b"/", b"/companies", b"/technologies", b"/changes", b"/companies/lg-gls", b"/quality"):
        yield SEPARATOR.join((b"GET " + page, _HEADERS, b""))


def _example(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema", {})
    found = parameter.get("example") or next(iter(schema.get("examples", ())), None)
    return str(found or {"integer": 1, "boolean": "true"}.get(schema.get("type"), "radar"))


def one_input(data: bytes) -> None:
    """Answer one request."""
    line, _, rest = data.partition(SEPARATOR)
    head, _, body = rest.partition(SEPARATOR)
    scope = _scope(line, head)
    if scope["path"].endswith(_ENDLESS):
        return
    status, headers, answer = _loop.run_until_complete(
        asyncio.wait_for(_answer(scope, body), ANSWER_SECONDS_MAX)
    )
    if status >= 500 and status != 503:
        raise RuntimeError(f"{status} for {scope['method']} {scope['path']}: {answer[:500]!r}")
    kind = headers.get(b"content-type", b"").decode()
    if (
        status >= 400
        and scope["path"].startswith("/api/")
        and kind != MEDIA_TYPE
        and scope["method"] != "HEAD"
    ):
        raise RuntimeError(f"{status} as {kind!r}: {answer[:500]!r}")


def _scope(line: bytes, head: bytes) -> dict[str, Any]:
    """What the server makes of the head of a request; others it refuses (`tests/web/test_bytes.py`)."""
    method, _, target = line.partition(b" ")
    path, _, query = target.partition(b"?")
    raw_path = bytes(byte for byte in path if 0x21 <= byte <= 0x7E)
    fields = (field.partition(b":") for field in head.split(b"\n"))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "".join(filter(str.isalpha, method.decode("ascii", "ignore"))).upper()[:20] or "GET",
        "path": unquote(raw_path.decode()),
        "raw_path": raw_path,
        "root_path": "",
        "query_string": bytes(byte for byte in query if 0x21 <= byte <= 0x7E),
        "headers": [(name.strip().lower(), value.strip()) for name, _, value in fields if name.strip()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


async def _answer(scope: dict[str, Any], body: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    told: list[dict[str, Any]] = []
    done = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    await _app()(scope, receive, send)  # type: ignore[arg-type]  # plain dictionaries, as servers pass them
    start = next(message for message in told if message["type"] == "http.response.start")
    answer = b"".join(m.get("body", b"") for m in told if m["type"] == "http.response.body")
    return start["status"], dict(start["headers"]), answer
