"""Deliveries over HTTP: what became of alerts, and another try for those that were given up."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from giants.delivery.batches import State
from giants.delivery.database import QUEUE_FILE
from giants.delivery.queue import DeliveryQueue
from giants.keys import Scope, create_key, key_file
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.delivery.samples import NOON, alert, daily, webhook
from tests.web.serving import served


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def queue(settings: Settings) -> Iterator[DeliveryQueue]:
    """One delivery that failed (1), one to a target that was taken off (2), one that waits (3)."""
    with DeliveryQueue(settings.data_dir / QUEUE_FILE) as opened:
        for target in (webhook(), webhook("https://gone.example/")):
            opened.enqueue(alert(1), target, NOON)
        for batch in opened.due(NOON):
            opened.disable(batch, NOON, "answered 410 Gone")
        opened.set_targets("w-1", [webhook(), daily()], NOON)
        opened.enqueue(alert(2, "w-2"), daily(), NOON)
        yield opened


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as client:
            client.base_url = client.base_url.join("/api/v1/")
            yield client


def ids(answer: httpx.Response) -> list[int]:
    return [item["delivery_id"] for item in answer.json()["items"]]


def test_deliveries_are_listed_newest_first_in_pages(api: httpx.Client, queue: DeliveryQueue) -> None:
    first = api.get("deliveries", params={"limit": 2})
    second = api.get("deliveries", params={"limit": 2, "cursor": first.json()["next"]})
    assert ids(first) + ids(second) == [3, 2, 1]
    assert second.json()["next"] is None
    assert first.json()["counts"] == {"pending": 1, "delivered": 0, "failed": 2, "cancelled": 0}
    assert ids(api.get("deliveries", params={"state": "failed"})) == [2, 1]
    assert ids(api.get("deliveries", params={"watchlist": "w-2"})) == [3]
    assert second.json()["items"] == [
        {
            "delivery_id": 1,
            "alert_id": alert(1).id,
            "watchlist_id": "w-1",
            "kind": "webhook",
            "target": "https://hooks.example/…",
            "state": "failed",
            "attempts": 0,
            "reason": "answered 410 Gone",
            "due_at": None,
            "settled_at": "2026-03-10T12:00:00Z",
            "can_resend": True,
        }
    ]


def test_a_failed_delivery_is_sent_again_and_its_target_is_enabled(
    api: httpx.Client, queue: DeliveryQueue
) -> None:
    answer = api.post("deliveries/1/resend")
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    assert api.post("deliveries/1/resend").status_code == 409
    queue.enqueue(alert(3), webhook(), NOON)
    assert queue.counts()[State.FAILED] == 1


def test_what_cannot_be_sent_again_is_refused_with_the_reason(
    api: httpx.Client, queue: DeliveryQueue
) -> None:
    assert "still on its watchlist" in api.post("deliveries/2/resend").json()["detail"]
    assert "delivery 3 is pending" in api.post("deliveries/3/resend").json()["detail"]
    assert api.post("deliveries/99/resend").status_code == 404
    assert api.post("deliveries/0/resend").status_code == 422
    assert api.get("deliveries", params={"cursor": "x"}).status_code == 400


def test_without_a_delivery_process_beside_it_the_api_says_where_to_ask(api: httpx.Client) -> None:
    for answer in (api.get("deliveries"), api.post("deliveries/1/resend")):
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert "where `giants delivery` runs" in answer.json()["detail"]


def test_sending_again_needs_a_key_to_write(
    api: httpx.Client, queue: DeliveryQueue, settings: Settings
) -> None:
    for scope, owner, status in (
        (Scope.READ, "desk-a", 403),
        (Scope.WRITE, "desk-b", 404),
        (Scope.WRITE, "desk-a", 200),
    ):
        _, token = create_key(key_file(settings), scope, scope, owner=owner)
        headers = {"Authorization": f"Bearer {token}"}
        listed = api.get("deliveries", headers=headers).json()
        assert sum(listed["counts"].values()) == len(listed["items"]) == (3 if owner == "desk-a" else 0)
        assert api.post("deliveries/1/resend", headers=headers).status_code == status
