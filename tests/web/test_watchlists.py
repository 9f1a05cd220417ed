"""Watchlists over HTTP go through their topic and back through the store, with a real broker in between."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest
from kafka import KafkaProducer

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.topic_reader import Follower
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.answers import WatchlistAnswer
from schemas.facts import Watchlist
from tests.store.builders import status_change
from tests.store.waiting import wait_until
from tests.web.serving import served

SECRET = "whsec_" + "A" * 24
WATCHLIST = {
    "owner": "desk-a",
    "name": "Radar in Xinjiang",
    "technologies": ["radar"],
    "authorities": ["XJ", "XPCC"],
    "min_band": "strong",
    "events": ["designated", "rating-changed"],
    "deliver": [
        {"kind": "webhook", "url": "https://desk.example.org/hook", "secret": SECRET},
        {"kind": "email", "to": "desk@example.org", "digest": "daily"},
    ],
}
# All against one stack, which takes longer to start than they take.
WRONG: list[dict[str, object]] = [
    {"owner": ""},
    {"events": ["exploded"]},
    {"technologies": ["No Such Slug"]},
    {"deliver": [{"kind": "webhook", "url": "file:///etc/passwd", "secret": SECRET}]},
    {"deliver": [{"kind": "webhook", "url": "https://x.example.org", "secret": "short"}]},
    {"deliver": [{"kind": "pigeon"}]},
    {"companies": ["x"] * 10_001},
    {"unknown": 1},
]


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    return broker_settings.model_copy(update={"store_flush_seconds": 0.05})


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    """API and store in one process, as the embedded stack has them."""
    with served(settings, with_store=True) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200, "the store to be ready")
        client.base_url = client.base_url.join("/api/v1/")
        yield client


def published(settings: Settings) -> list[tuple[bytes | None, bytes | None]]:
    """Keys and values of the watchlist topic."""
    with Follower(settings, [topics.WATCHLISTS]) as follower:
        return [(message.key, message.value) for message in follower.to_end()]


def test_a_watchlist_lives_from_its_making_to_its_end(api: httpx.Client, settings: Settings) -> None:
    made = api.post("watchlists", json=WATCHLIST)
    assert made.status_code == 201
    watchlist_id = made.json()["watchlist_id"]
    location = f"watchlists/{watchlist_id}"
    assert made.headers["location"] == f"/api/v1/{location}"
    assert made.json()["stored"] is True
    found = api.get(location).json()
    assert {name: found[name] for name in ("owner", "technologies", "authorities", "min_band", "events")} == {
        name: WATCHLIST[name] for name in ("owner", "technologies", "authorities", "min_band", "events")
    }
    assert [
        item["watchlist_id"] for item in api.get("watchlists", params={"owner": "desk-a"}).json()["items"]
    ] == [watchlist_id]
    assert api.get("watchlists", params={"owner": "desk-b"}).json()["items"] == []
    assert api.delete(location).status_code == 204
    assert api.get(location).status_code == 404
    assert api.delete(location).status_code == 404
    (_, value), (key, tombstone) = published(settings)
    assert Watchlist.model_validate_json(value or b"").deliver[0].secret == SECRET  # type: ignore[union-attr]
    assert (key, tombstone) == (watchlist_id.encode(), None)


def test_secrets_are_never_shown_and_kept_where_none_is_given(api: httpx.Client, settings: Settings) -> None:
    first = api.put("watchlists/w-1", json=WATCHLIST)
    assert first.status_code == 200
    for answer in (first, api.get("watchlists/w-1"), api.get("watchlists"), api.get("export/facts")):
        assert answer.status_code == 200
        for secret in (SECRET, "org/hook", "desk@example"):
            assert secret not in answer.text
    shown = api.get("watchlists/w-1").json()["deliver"]
    assert [one.get("url", one.get("to")) for one in shown] == ["https://desk.example.org/…", "…@example.org"]
    without = WATCHLIST | {"deliver": [{"kind": "webhook", "url": "https://desk.example.org/hook"}]}
    assert api.put("watchlists/w-1", json=without).status_code == 200
    last = Watchlist.model_validate_json(published(settings)[-1][1] or b"")
    assert [target.secret for target in last.deliver if target.kind == "webhook"] == [SECRET]
    unknown = WATCHLIST | {"deliver": [{"kind": "webhook", "url": "https://other.example.org/hook"}]}
    answer = api.put("watchlists/w-1", json=unknown)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "needs a secret" in answer.json()["detail"]


def test_what_an_answer_shows_can_be_sent_back(api: httpx.Client, settings: Settings) -> None:
    hooks = [
        {"kind": "webhook", "url": f"https://hooks.example.org/services/T{number}", "secret": SECRET}
        for number in range(2)
    ]
    mails = [{"kind": "email", "to": f"{name}@example.org", "digest": "immediate"} for name in ("ann", "ben")]
    assert api.put("watchlists/w-1", json=WATCHLIST | {"deliver": [*hooks, *mails]}).status_code == 200
    shown = api.get("watchlists/w-1").json()["deliver"]
    assert api.put("watchlists/w-1", json=WATCHLIST | {"deliver": shown[1:3]}).status_code == 200
    first, last = (Watchlist.model_validate_json(value or b"") for _, value in published(settings)[-2:])
    assert last.deliver == first.deliver[1:3]
    # Only one of a kind is left: it needs no id.
    bare = [{name: value for name, value in one.items() if name != "id"} for one in shown]
    assert api.put("watchlists/w-1", json=WATCHLIST | {"deliver": bare[1:3]}).status_code == 200
    last = Watchlist.model_validate_json(published(settings)[-1][1] or b"")
    assert last.deliver == first.deliver[1:3]
    api.put("watchlists/w-1", json=WATCHLIST | {"deliver": [*hooks, *mails]})
    for deliver, said in ((bare[:1], "several"), (bare[3:], "several"), ([shown[0] | {"id": "x"}], "none")):
        refused = api.put("watchlists/w-1", json=WATCHLIST | {"deliver": deliver})
        assert refused.status_code == 422
        assert said in refused.json()["detail"]


@pytest.mark.parametrize("body_format", ["slack", "teams"])
def test_a_webhook_of_a_chat_needs_no_secret_and_is_signed(
    api: httpx.Client, settings: Settings, body_format: str
) -> None:
    chat = {"kind": "webhook", "url": f"https://{body_format}.example.org/hook", "format": body_format}
    for _ in range(2):  # written again without a secret it keeps the one that was made
        answer = api.put("watchlists/w-chat", json=WATCHLIST | {"deliver": [chat]})
        (shown,) = answer.json()["deliver"]
        assert shown.pop("id")
        masked = {"secret": "whsec_***", "url": f"https://{body_format}.example.org/…"}
        assert shown == chat | masked
    first, last = (Watchlist.model_validate_json(value or b"") for _, value in published(settings)[-2:])
    assert first.deliver == last.deliver
    assert [target.format for target in last.deliver if target.kind == "webhook"] == [body_format]
    wrong = WATCHLIST | {"deliver": [chat | {"format": "pager"}]}
    assert api.put("watchlists/w-chat", json=wrong).status_code == 422


def test_what_is_no_watchlist_is_refused(api: httpx.Client, settings: Settings) -> None:
    for change in WRONG:
        answer = api.put("watchlists/w-1", json=WATCHLIST | change)
        refused = (answer.status_code, answer.headers["content-type"])
        assert refused == (422, "application/problem+json"), change
    assert published(settings) == []


def test_a_form_of_a_foreign_page_is_no_watchlist(api: httpx.Client, settings: Settings) -> None:
    content = orjson.dumps(WATCHLIST)
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = api.post("watchlists", content=content, headers={"Content-Type": content_type})
        assert answer.status_code == 422
    assert published(settings) == []


def test_alerts_of_a_watchlist_come_newest_first(api: httpx.Client, settings: Settings) -> None:
    producer = KafkaProducer(**client_options(settings), enable_idempotence=False)
    for number in range(3):
        alert = {
            "id": f"a{number}",
            "watchlist_id": "w-1",
            "owner": "desk-a",
            "kind": "designated",
            "company_id": "C",
            "name": "某公司",
            "name_en": "Some Co.",
            "technology": None,
            "text": "某公司 (Some Co.) was designated.",
            "link": "/companies/C",
            "change": status_change("C", 1),
            "at": f"2025-10-2{number}T08:00:00Z",
            "caveats": ["not_malign"],
        }
        producer.send(topics.ALERTS.full_name(settings), orjson.dumps(alert), b"w-1")
    producer.flush()
    producer.close()
    wait_until(lambda: len(api.get("alerts").json()["items"]) == 3, "the alerts")
    first = api.get("alerts", params={"watchlist": "w-1", "limit": 2}).json()
    second = api.get("alerts", params={"watchlist": "w-1", "limit": 2, "cursor": first["next"]}).json()
    assert [alert["id"] for alert in (*first["items"], *second["items"])] == ["a2", "a1", "a0"]
    assert api.get("alerts", params={"watchlist": "w-2"}).json()["items"] == []


def test_without_a_broker_nothing_is_written_and_everything_is_read(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, broker="127.0.0.1:1")
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as client:
            answer = client.put("/api/v1/watchlists/w", json=WATCHLIST)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert client.get("/api/v1/watchlists").status_code == 200


def test_the_answer_shows_all_that_a_watchlist_says() -> None:
    assert set(Watchlist.model_fields) == set(WatchlistAnswer.model_fields) - {
        "recognised",
        "stored",
        "warnings",
    }
