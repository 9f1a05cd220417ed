"""The broker is killed under open streams: they stay, say so, live on what is stored, and miss nothing."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from giants.embedded.broker import LOOPBACK, free_port
from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.kafka.cluster import KafkaCluster, KafkaMissingError
from tests.store.builders import incoming, status_change, store
from tests.waiting import wait_for
from tests.web.live.world import World
from tests.web.serving import served
from tests.web.test_changes import events


def until(stream: Iterator[dict[str, str]], name: str) -> list[str]:
    """Read on to an event; the companies of the changes before it."""
    found = []
    while (event := next(stream))["event"] != name:
        if "id" in event:
            found.append(orjson.loads(event["data"])["company_id"])
    return found


def changes(stream: Iterator[dict[str, str]], count: int) -> list[str]:
    """The companies of the next changes."""
    found: list[str] = []
    while len(found) < count:
        event = next(stream)
        if "id" in event:
            found.append(orjson.loads(event["data"])["company_id"])
    return found


def test_streams_stay_while_the_broker_is_away_and_miss_nothing(tmp_path: Path) -> None:
    try:
        cluster = KafkaCluster(tmp_path / "kafka")
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
    with cluster:
        settings = cluster.settings(partitions=2, data_dir=tmp_path)
        create_topics(settings)
        with (
            connect(settings.clickhouse_dsn()) as database,
            served(settings) as api,
            Publisher(settings) as publisher,
        ):
            migrate(database)
            world = World(settings, database, publisher)
            world.publish([0])
            world.store()
            with api.stream("GET", "/api/v1/changes/stream", timeout=300) as answer:
                stream = events(answer.iter_lines())
                assert next(stream)["event"] == "begin"
                world.publish([1, 2])
                assert sorted(changes(stream, 2)) == ["C1", "C2"]
                world.publish([3])
                assert changes(stream, 1) == ["C3"]
                cluster.kill(1)
                assert until(stream, "waiting") == []
                readiness = api.get("/readyz")
                [check] = [one for one in readiness.json()["checks"] if one["name"] == "stream"]
                assert (readiness.status_code, check["ok"], check["required"]) == (200, False, False)
                world.store()  # what the store had read before: nobody gets it again
                cluster.bring_back(1)
                assert until(stream, "live") == []
                world.publish([4, 5])
                assert sorted(changes(stream, 2)) == ["C4", "C5"]
                wait_for("no check", lambda: "broker is away" not in api.get("/readyz").text)


def test_what_is_stored_comes_while_the_broker_is_away(tmp_path: Path) -> None:
    settings = Settings(broker=f"{LOOPBACK}:{free_port()}", data_dir=tmp_path)
    with connect(settings.clickhouse_dsn()) as database, served(settings) as api:
        migrate(database)
        store(database, incoming(topics.STATUS_CHANGES, status_change("C0", 1), offset=0))
        with api.stream("GET", "/api/v1/changes/stream") as answer:
            stream = events(answer.iter_lines())
            assert next(stream)["event"] == "begin"
            until(stream, "waiting")
            store(database, incoming(topics.STATUS_CHANGES, status_change("C1", 1), offset=1))
            assert changes(stream, 1) == ["C1"]
