"""A client that takes nothing costs no memory: it reads on from ClickHouse, or is disconnected."""

import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import orjson
import pytest

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.hub import Hub
from tests.store.builders import status_change
from tests.waiting import wait_for
from tests.web.serving import served

HELD = 50
CHANGES = 4_000
# Two kilobytes each: together more than the sockets between the processes hold.
REASON = "龙" * 700


@pytest.fixture
def api(broker_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """The API with its store, and a window of a few changes."""
    monkeypatch.setattr("giants.web.app.Hub", partial(Hub, items_max=HELD))
    settings = broker_settings.model_copy(update={"store_flush_seconds": 0.05})
    create_topics(settings)
    Path(settings.data_dir).mkdir(exist_ok=True)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
    with served(settings, with_store=True) as client:
        wait_for("the store", lambda: client.get("/readyz").status_code == 200)
        publish(settings, 1, range(1))  # the epoch is visible
        wait_for("the first change", lambda: stored(client) == 1)
        yield client


def publish(settings: Settings, epoch: int, numbers: range) -> None:
    topic = topics.STATUS_CHANGES.full_name(settings)
    with Publisher(settings) as publisher:
        for number in numbers:
            change = status_change(f"C{number}", 1, epoch=epoch, reason=REASON)
            publisher.send(topic, f"C{number}", orjson.dumps(change))


def stored(api: httpx.Client) -> int:
    return len(api.get("/api/v1/changes", params={"limit": 500}).json()["items"])


def metric(api: httpx.Client, name: str) -> float:
    lines = api.get("/metrics").text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


def listen(api: httpx.Client) -> socket.socket:
    """Ask for the stream, and take nothing of it beyond its beginning."""
    taker = socket.socket()
    # Said before it connects, and larger than a segment of the loopback: a smaller window opens by a timer.
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_000_000)
    taker.connect((api.base_url.host, api.base_url.port))
    taker.sendall(b"GET /api/v1/changes/stream HTTP/1.0\r\nHost: localhost\r\n\r\n")
    begun = b""
    while b"event: begin" not in begun:
        begun += taker.recv(4_096)
    taker.settimeout(60)
    return taker


def test_a_slow_client_gets_everything_once(api: httpx.Client, broker_settings: Settings) -> None:
    with listen(api) as taker:
        publish(broker_settings, 1, range(1, CHANGES + 1))
        found: list[str] = []
        rest = b""
        while len(found) < CHANGES:
            more = taker.recv(1_000_000)
            assert more, f"the stream ended after {len(found)} changes"
            rest += more
            *lines, rest = rest.split(b"\r\n")
            found += [orjson.loads(line[6:])["id"] for line in lines if line.startswith(b'data: {"')]
    assert len(set(found)) == len(found) == CHANGES


def test_a_client_that_takes_nothing_is_disconnected(
    api: httpx.Client, broker_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("giants.web.event_stream.SEND_SECONDS_MAX", 0.5)
    with listen(api):
        assert metric(api, "giants_api_event_streams") == 1
        publish(broker_settings, 1, range(1, CHANGES + 1))
        wait_for("the client to be disconnected", lambda: metric(api, "giants_api_event_streams") == 0)
