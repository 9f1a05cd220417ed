"""An open inbox is told of alerts and pairs as they come, and each key of its own alone."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import orjson
import pytest

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.publisher import Publisher
from giants.keys import Scope, create_key, key_file
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.delivery.samples import alert
from tests.web.serving import served
from tests.web.test_changes import events


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    Path(broker_settings.data_dir).mkdir(exist_ok=True)
    with connect(broker_settings.clickhouse_dsn()) as database:
        migrate(database)
    return broker_settings


def send_alert(publisher: Publisher, settings: Settings, number: int, owner: str) -> str:
    """Send an alert of an owner; returns what a page is told of it."""
    made = alert(number).model_copy(update={"owner": owner})
    topic = topics.ALERTS.full_name(settings)
    publisher.send(topic, made.watchlist_id, made.model_dump_json().encode())
    publisher.flush()
    return made.group_id or made.id


def until_live(stream: Iterator[dict[str, str]]) -> None:
    """Read on until news are told as they come."""
    while next(stream)["event"] != "live":
        pass


def news(stream: Iterator[dict[str, str]]) -> tuple[str, str]:
    """The next piece of news: its kind and id."""
    while (event := next(stream))["event"] in ("live", "waiting"):
        pass
    return event["event"], orjson.loads(event["data"])["id"]


def test_an_open_inbox_is_told_of_alerts_and_of_pairs_to_review(settings: Settings) -> None:
    with served(settings) as client, Publisher(settings) as publisher:
        before = send_alert(publisher, settings, 1, "desk-a")
        with client.stream("GET", "/inbox/stream") as answer:
            stream = events(answer.iter_lines())
            until_live(stream)
            after = send_alert(publisher, settings, 2, "desk-a")
            assert before != after
            assert news(stream) == ("alert", after)
            topic = topics.PORTFOLIO_MATCHES.full_name(settings)
            for id_, to_review in (("p-1", False), ("p-2", True)):
                pair = {"id": id_, "owner": "desk-a", "portfolio_id": "b", "to_review": to_review}
                publisher.send(topic, "b", orjson.dumps(pair))
            publisher.send(topic, "b", b"\xff no pair")
            publisher.flush()
            assert news(stream) == ("pair", "p-2")
        with client.stream("GET", "/inbox/stream", params={"portfolio": "c"}) as answer:
            stream = events(answer.iter_lines())
            until_live(stream)
            for portfolio_id in ("b", "c"):
                pair = {"id": portfolio_id, "owner": "x", "portfolio_id": portfolio_id, "to_review": True}
                publisher.send(topic, portfolio_id, orjson.dumps(pair))
            publisher.flush()
            assert news(stream) == ("pair", "c")


def test_a_key_is_told_of_what_is_its_own(settings: Settings) -> None:
    tokens = [create_key(key_file(settings), name, Scope.READ)[1] for name in ("desk-a", "desk-b")]
    with served(settings) as client, Publisher(settings) as publisher, ExitStack() as stack:
        streams = []
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"}
            answer = stack.enter_context(client.stream("GET", "/inbox/stream", headers=headers))
            stream = events(answer.iter_lines())
            until_live(stream)
            streams.append(stream)
        of_a = send_alert(publisher, settings, 1, "desk-a")
        of_b = send_alert(publisher, settings, 2, "desk-b")
        assert [news(stream)[1] for stream in streams] == [of_a, of_b]
        assert httpx.get(client.base_url.join("/inbox/stream")).status_code in (303, 401)


def test_without_a_broker_an_inbox_is_told_to_look_by_itself(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
    with served(settings) as client, client.stream("GET", "/inbox/stream") as answer:
        assert next(events(answer.iter_lines()))["event"] == "waiting"
