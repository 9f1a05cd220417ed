"""Alerts by cause over HTTP and on the dashboard: one list is one entry, and a link leads to all of it."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.delivery.samples import alert, listed
from tests.store.builders import incoming, store
from tests.web.serving import served

MEMBERS = 60


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), public_url="https://giants.example")
    before = alert(7).model_dump(mode="json")
    for name in ("group_id", "name_reading"):  # as a release wrote it that had no groups
        del before[name]
    bodies = [
        *(listed(number).model_dump(mode="json") for number in range(MEMBERS)),
        alert(1).model_dump(mode="json"),
        alert(1, "w-2").model_dump(mode="json"),
        before,
    ]
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        store(
            database,
            incoming(
                topics.WATCHLISTS, {"watchlist_id": "w-1", "owner": "desk-a", "name": "Zhejiang"}, key="w-1"
            ),
            *(
                incoming(topics.ALERTS, body, key=body["watchlist_id"], offset=offset)
                for offset, body in enumerate([*bodies, bodies[0]])  # one came twice
            ),
        )
        with served(settings) as opened:
            yield opened


def group_of(client: httpx.Client) -> dict[str, object]:
    items = client.get("/api/v1/alerts/groups", params={"watchlist": "w-1"}).json()["items"]
    (found,) = [one["group"] for one in items if one["group"]["members"] > 1]
    return dict(found)


def test_a_list_is_one_group_with_counts_a_sample_and_a_sentence(client: httpx.Client) -> None:
    items = client.get("/api/v1/alerts/groups", params={"watchlist": "w-1"}).json()["items"]
    assert sorted(one["group"]["members"] for one in items) == [1, 1, MEMBERS]
    (large,) = [one for one in items if one["group"]["members"] == MEMBERS]
    group = large["group"]
    assert (group["companies"], group["kinds"]) == (MEMBERS, {"designated": MEMBERS})
    assert group["cause"] == {"kind": "designation", "ref": "2026-b8-zj@1"}
    assert len(group["sample"]) == 20
    assert group["link"] == f"https://giants.example/alerts/w-1/{listed(0).group_id}"
    assert large["text"].startswith(f"{MEMBERS} companies ({MEMBERS} designated): such as ")
    single = next(one for one in items if one["group"]["group_id"] == alert(1).group_id)
    assert single["text"] == alert(1).text


def test_groups_come_page_by_page(client: httpx.Client) -> None:
    found: list[str] = []
    cursor = None
    for _ in range(4):
        asked = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/alerts/groups", params=asked).json()
        found += [one["group"]["group_id"] for one in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert len(found) == len(set(found)) == 4


def test_all_alerts_of_a_group_are_listed(client: httpx.Client) -> None:
    group_id = str(group_of(client)["group_id"])
    asked: dict[str, str | int] = {"watchlist": "w-1", "group": group_id, "limit": 100}
    assert len(client.get("/api/v1/alerts", params=asked).json()["items"]) == MEMBERS


def test_an_alert_carries_the_reading_of_a_name_without_an_english_one(client: httpx.Client) -> None:
    asked: dict[str, str | int] = {"watchlist": "w-1", "group": listed(0).group_id, "limit": 1}
    (found,) = client.get("/api/v1/alerts", params=asked).json()["items"]
    assert found["name_reading"].startswith("Zhejiang Xingchen")
    assert f"(reading: {found['name_reading']})" in found["text"]


def test_the_dashboard_shows_a_list_as_one_entry_and_its_link_leads_to_all(client: httpx.Client) -> None:
    page = client.get("/watchlists/w-1").text
    assert len(re.findall(r'<li class="entry"', page)) == 3
    assert f"{MEMBERS} alerts of one cause" in page
    link = unescape(re.search(r'href="(/alerts/w-1/[0-9a-f]{64})"', page)[1])  # type: ignore[index]
    first = client.get(link)
    assert first.status_code == 200
    assert first.text.count('<li class="entry"') == 50
    following = unescape(re.search(r'href="(/alerts/[^"]*cursor=[^"]*)"', first.text)[1])  # type: ignore[index]
    assert client.get(following).text.count('<li class="entry"') == MEMBERS - 50
    assert client.get("/alerts/w-1/none").status_code == 404


def test_the_inbox_shows_causes_with_the_watchlist_by_its_name(client: httpx.Client) -> None:
    page = client.get("/inbox").text
    assert len(re.findall(r'<li class="entry" data-id', page)) == 4
    assert f"{MEMBERS} alerts of one cause" in page
    assert page.count('watchlist <a href="/watchlists/w-1">Zhejiang</a>') == 3
    assert "watchlist w-2 (deleted)" in page
    assert client.get("/inbox?portfolio=p-none").text.count('<li class="entry" data-id') == 0
