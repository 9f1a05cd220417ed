"""Event streams over HTTP, from real topics: before anything is stored, and the same after."""

from collections.abc import Iterator
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
from giants.store.queries.feed import decode_position, encode_position
from tests.store.builders import status_change
from tests.waiting import wait_for
from tests.web.live.world import World
from tests.web.serving import served
from tests.web.test_changes import events


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    Path(broker_settings.data_dir).mkdir(exist_ok=True)
    return broker_settings


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with connect(settings.clickhouse_dsn()) as database, Publisher(settings) as publisher:
        migrate(database)
        made = World(settings, database, publisher)
        made.publish([0, 1, 2])
        made.store()
        yield made


@pytest.fixture
def api(settings: Settings, world: World) -> Iterator[httpx.Client]:
    with served(settings) as client:
        client.base_url = client.base_url.join("/api/v1/")
        yield client


def changes(stream: Iterator[dict[str, str]], count: int) -> list[dict[str, str]]:
    """The next events that are changes: a broker that is slow to answer is told in between."""
    found: list[dict[str, str]] = []
    while len(found) < count:
        event = next(stream)
        if "id" in event:
            found.append(event)
    return found


def test_events_come_before_anything_is_stored_and_are_the_same_afterwards(
    api: httpx.Client, world: World
) -> None:
    with api.stream("GET", "changes/stream") as answer:
        stream = events(answer.iter_lines())
        begin = next(stream)
        world.publish([3, 4, 5, 6])
        live = changes(stream, 4)
        assert not api.get("changes", params={"since": begin["id"]}).json()["items"], "nothing is stored yet"
    world.store()
    with api.stream("GET", "changes/stream", params={"since": begin["id"]}) as answer:
        stream = events(answer.iter_lines())
        assert next(stream)["event"] == "begin"
        stored = changes(stream, 4)

    def seen(found: list[dict[str, str]]) -> set[tuple[str, str]]:
        return {(event["event"], event["data"]) for event in found}

    assert seen(live) == seen(stored)
    page = api.get("changes", params={"since": begin["id"]}).json()
    assert {item["id"] for item in page["items"]} == {orjson.loads(event["data"])["id"] for event in live}


def test_a_stream_goes_on_after_any_id_whether_it_is_stored_or_not(api: httpx.Client, world: World) -> None:
    with api.stream("GET", "changes/stream") as answer:
        stream = events(answer.iter_lines())
        cursors = [next(stream)["id"]]
        world.publish([3, 4, 5])
        live = changes(stream, 3)
        cursors += [event["id"] for event in live]
    world.store(2)
    for number, cursor in enumerate(cursors):
        with api.stream("GET", "changes/stream", headers={"Last-Event-ID": cursor}) as answer:
            stream = events(answer.iter_lines())
            next(stream)
            left = {orjson.loads(event["data"])["id"] for event in live[number:]}
            assert {orjson.loads(event["data"])["id"] for event in changes(stream, len(left))} == left


def test_another_process_takes_the_id_of_this_one(
    api: httpx.Client, world: World, settings: Settings
) -> None:
    with api.stream("GET", "changes/stream") as answer:
        stream = events(answer.iter_lines())
        next(stream)
        world.publish([3])
        [last] = changes(stream, 1)
    world.publish([4, 5])  # not stored: the new process has them from the topics alone
    with served(settings) as other:
        headers = {"Last-Event-ID": last["id"]}
        with other.stream("GET", "/api/v1/changes/stream", headers=headers) as answer:
            stream = events(answer.iter_lines())
            assert next(stream)["id"] == last["id"]
            found = [orjson.loads(event["data"])["company_id"] for event in changes(stream, 2)]
    assert sorted(found) == ["C4", "C5"]


def test_a_change_that_is_sent_again_comes_once(api: httpx.Client, world: World) -> None:
    with api.stream("GET", "changes/stream") as answer:
        stream = events(answer.iter_lines())
        next(stream)
        for body in (status_change("C8", 1), status_change("C8", 1), status_change("C8", 2)):
            world.send(topics.STATUS_CHANGES, "C8", body)
        world.flush()
        assert [orjson.loads(event["data"])["seq"] for event in changes(stream, 2)] == [1, 2]


def test_what_is_no_change_is_passed_over(api: httpx.Client, world: World) -> None:
    with api.stream("GET", "changes/stream") as answer:
        stream = events(answer.iter_lines())
        next(stream)
        world.send(topics.STATUS_CHANGES, "C8", {"id": "half a change"})
        world.send(topics.STATUS_CHANGES, "C8", status_change("C8", 1, epoch=7))  # a rebuild goes on
        world.send(topics.STATUS_CHANGES, "C8", status_change("C8", 1))
        world.flush()
        [event] = changes(stream, 1)
        assert orjson.loads(event["data"])["id"] == "s1-C8-1"


def test_filters_hold_for_what_is_not_stored(api: httpx.Client, world: World) -> None:
    asked = {"kind": "rating-changed", "company": "C3", "backfill": "false"}
    with api.stream("GET", "changes/stream", params=asked) as answer:
        stream = events(answer.iter_lines())
        next(stream)
        world.publish([3], backfill=True)
        world.publish([1, 4, 5, 3])
        [event] = changes(stream, 1)
        found = orjson.loads(event["data"])
        assert (event["event"], found["company_id"], found["backfill"]) == ("rating-changed", "C3", False)


def test_the_page_shows_what_is_not_stored_yet(api: httpx.Client, world: World) -> None:
    page = httpx.get(api.base_url.join("/changes")).text
    cursor = page.split('data-cursor="', 1)[1].split('"', 1)[0]
    with api.stream("GET", "changes/stream", params={"since": cursor}) as answer:
        stream = events(answer.iter_lines())
        next(stream)
        world.publish([4])
        changes(stream, 1)
        part = httpx.get(api.base_url.join("/parts/changes"), params={"since": cursor}).text
        assert 'data-count="1"' in part
        after = part.split('data-cursor="', 1)[1].split('"', 1)[0]
        assert (
            'data-count="0"' in httpx.get(api.base_url.join("/parts/changes"), params={"since": after}).text
        )
        world.store()
        assert (
            'data-count="0"' in httpx.get(api.base_url.join("/parts/changes"), params={"since": after}).text
        )
        assert (
            'data-count="1"' in httpx.get(api.base_url.join("/parts/changes"), params={"since": cursor}).text
        )


def test_ids_are_plain_cursors_of_the_feed(api: httpx.Client, world: World) -> None:
    with api.stream("GET", "changes/stream") as answer:
        stream = events(answer.iter_lines())
        next(stream)
        world.publish([4])
        [event] = changes(stream, 1)
    assert encode_position(decode_position(event["id"])) == event["id"]
    world.store()
    world.publish([6])
    world.store()
    page = api.get("changes", params={"since": event["id"]}).json()
    assert [item["company_id"] for item in page["items"]] == ["C6"]


def test_the_broker_is_followed_only_while_somebody_listens(
    api: httpx.Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("giants.web.hub.LINGER_SECONDS", 0.0)

    def follows() -> bool:
        return "giants_api_live 1.0" in httpx.get(api.base_url.join("/metrics")).text

    assert not follows()
    with api.stream("GET", "changes/stream") as answer:
        stream = events(answer.iter_lines())  # held: it closes the answer with itself
        next(stream)
        wait_for("the topics to be followed", follows)
    wait_for("the topics to be left alone", lambda: not follows())
