"""The feed over HTTP: the latest, everything after a cursor, and events as they happen."""

from collections.abc import Iterator

import httpx
import orjson
import pytest

from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.epochs import begin_next_epoch, complete_epoch
from giants.store.migrations import migrate
from tests.store.builders import company, incoming, rating_change, status_change, store
from tests.web.serving import served


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"))


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with connect(settings.clickhouse_dsn()) as opened:
        migrate(opened)
        store(
            opened, *(incoming(topics.COMPANIES, company(f"C{n}"), key=f"C{n}", offset=n) for n in range(5))
        )
        store(opened, incoming(topics.STATUS_CHANGES, status_change("C0", 1), offset=0))
        yield opened


@pytest.fixture
def api(settings: Settings, database: Database) -> Iterator[httpx.Client]:
    with served(settings) as client:
        client.base_url = client.base_url.join("/api/v1/")
        yield client


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Events of a stream as dictionaries of their fields, pings left out."""
    event: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            yield event
            event = {}


def test_a_reader_takes_a_snapshot_and_then_every_change(api: httpx.Client, database: Database) -> None:
    page = api.get("changes", params={"since": "start", "limit": 2}).json()
    seen: list[str] = []
    # What happens during the snapshot comes after it.
    store(database, incoming(topics.STATUS_CHANGES, status_change("C1", 1), offset=1))
    while page["mode"] == "snapshot":
        assert not page["reset"]
        seen += [whole["company"]["company_id"] for whole in page["snapshot"]]
        page = api.get("changes", params={"since": page["next"], "limit": 2}).json()
    assert seen == ["C0", "C1", "C2", "C3", "C4"]
    assert [change["id"] for change in page["items"]] == ["s1-C1-1"]
    store(database, incoming(topics.RATING_CHANGES, rating_change("C2", 1), offset=0))
    after = api.get("changes", params={"since": page["next"]}).json()
    assert [change["id"] for change in after["items"]] == ["r1-C2-radar-1"]
    assert not after["more"]


def test_a_reader_who_wants_only_what_comes_now_gets_nothing_old(
    api: httpx.Client, database: Database
) -> None:
    now = api.get("changes", params={"since": "now"}).json()
    assert now["items"] == []
    store(database, incoming(topics.STATUS_CHANGES, status_change("C1", 1), offset=1))
    after = api.get("changes", params={"since": now["next"]}).json()
    assert [change["id"] for change in after["items"]] == ["s1-C1-1"]


def test_a_cursor_of_an_epoch_that_is_gone_begins_a_snapshot_anew(
    api: httpx.Client, database: Database
) -> None:
    cursor = api.get("changes", params={"since": "now"}).json()["next"]
    epoch = begin_next_epoch(database)
    store(database, incoming(topics.COMPANIES, company("C9"), key="C9", epoch=epoch))
    complete_epoch(database, epoch)
    answer = api.get("changes", params={"since": cursor}).json()
    assert (answer["mode"], answer["reset"]) == ("snapshot", True)
    assert [whole["company"]["company_id"] for whole in answer["snapshot"]] == ["C9"]


def test_the_latest_changes_come_first_without_a_cursor(api: httpx.Client, database: Database) -> None:
    later = status_change("C1", 1, at="2026-01-01T00:00:00Z")
    store(database, incoming(topics.STATUS_CHANGES, later, offset=1))
    first = api.get("changes", params={"limit": 1}).json()
    assert [change["id"] for change in first["items"]] == ["s1-C1-1"]
    second = api.get("changes", params={"limit": 1, "cursor": first["older"]}).json()
    assert [change["id"] for change in second["items"]] == ["s1-C0-1"]
    assert second["older"] is None


def test_events_come_as_they_happen_and_go_on_after_a_break(api: httpx.Client, database: Database) -> None:
    with api.stream("GET", "changes/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = events(answer.iter_lines())
        begin = next(stream)
        assert begin["event"] == "begin"
        for number in (1, 2, 3):
            store(database, incoming(topics.STATUS_CHANGES, status_change(f"C{number}", 1), offset=number))
        first = next(stream)
        assert first["event"] == "designated"
        assert orjson.loads(first["data"])["id"] == "s1-C1-1"
        assert orjson.loads(next(stream)["data"])["id"] == "s1-C2-1"
    with api.stream("GET", "changes/stream", headers={"Last-Event-ID": first["id"]}) as answer:
        stream = events(answer.iter_lines())
        assert next(stream)["event"] == "begin"
        assert [orjson.loads(next(stream)["data"])["id"] for _ in range(2)] == ["s1-C2-1", "s1-C3-1"]
        store(database, incoming(topics.RATING_CHANGES, rating_change("C4", 1), offset=0))
        assert next(stream)["event"] == "rating-changed"


def test_a_stream_gives_only_what_its_filter_takes(api: httpx.Client, database: Database) -> None:
    with api.stream("GET", "changes/stream", params={"kind": "revoked", "company": "C2"}) as answer:
        stream = events(answer.iter_lines())
        next(stream)
        store(
            database,
            incoming(topics.STATUS_CHANGES, status_change("C1", 1, "revoked"), offset=1),
            incoming(topics.STATUS_CHANGES, status_change("C2", 1, "designated"), offset=2),
            incoming(topics.STATUS_CHANGES, status_change("C2", 2, "revoked"), offset=3),
        )
        assert orjson.loads(next(stream)["data"])["id"] == "s1-C2-2"


def test_a_stream_is_told_when_the_history_is_rebuilt(api: httpx.Client, database: Database) -> None:
    with api.stream("GET", "changes/stream") as answer:
        stream = events(answer.iter_lines())
        next(stream)
        epoch = begin_next_epoch(database)
        complete_epoch(database, epoch)
        assert next(stream)["event"] == "reset"
        store(database, incoming(topics.STATUS_CHANGES, status_change("C1", 1, epoch=epoch), offset=0))
        assert orjson.loads(next(stream)["data"])["epoch"] == epoch


def test_many_streams_each_get_every_change(api: httpx.Client, database: Database) -> None:
    from contextlib import ExitStack

    with ExitStack() as stack:
        streams = []
        for _ in range(8):
            answer = stack.enter_context(api.stream("GET", "changes/stream"))
            stream = events(answer.iter_lines())
            next(stream)
            streams.append(stream)
        for number in range(1, 41):
            store(database, incoming(topics.STATUS_CHANGES, status_change("C1", number), offset=number))
        for stream in streams:
            assert [orjson.loads(next(stream)["data"])["seq"] for _ in range(40)] == list(range(1, 41))


def test_a_cursor_that_was_never_given_out_is_refused(api: httpx.Client) -> None:
    for path, parameters in (
        ("changes", {"since": "x"}),
        ("changes/stream", {"since": "x"}),
        ("changes", {"cursor": "x"}),
    ):
        answer = api.get(path, params=parameters)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
