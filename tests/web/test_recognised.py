"""What the names of a watchlist mean today, as one is looked at over HTTP and on its page."""

from collections.abc import Iterator

import httpx
import pytest

from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.store.builders import incoming, store
from tests.web.conftest import fill
from tests.web.serving import served

NINGBO = "宁波佳尔灵气动机械有限公司"
NAMES = {
    NINGBO: ("match", True),
    "寧波佳爾靈氣動機械股份有限公司": ("match", True),
    "宁波佳尔灵气动机械有限公司深圳分公司": ("match", True),
    "佳尔灵气动机械有限公司": ("match", False),
    "宁波佳尔灵机械有限公司": ("review", False),
    "某某不存在实业有限公司": ("none", False),
    "lg-jel": ("match", True),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    watchlist = {"watchlist_id": "w-1", "owner": "desk-a", "companies": list(NAMES)}
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        fill(database)
        store(database, incoming(topics.WATCHLISTS, watchlist, key="w-1"))
        with served(settings) as opened:
            yield opened


def test_each_name_of_a_watchlist_is_shown_with_what_it_means_today(client: httpx.Client) -> None:
    found = client.get("/api/v1/watchlists/w-1").json()["recognised"]
    assert {one["asked"]: (one["verdict"], one["watched"]) for one in found} == NAMES
    assert [one["asked"] for one in found] == list(NAMES)
    for one in found:
        assert one["verdict"] == "none" or one["near"][0]["company_id"] == "lg-jel"


def test_a_list_of_watchlists_does_not_match_all_their_names(client: httpx.Client) -> None:
    (item,) = client.get("/api/v1/watchlists").json()["items"]
    assert item["recognised"] is None


def test_the_page_of_a_watchlist_says_which_names_raise_no_alerts(client: httpx.Client) -> None:
    text = client.get("/watchlists/w-1").text
    assert "Its names today" in text
    assert text.count("no alerts under this spelling") == 2
    assert "not a Little Giant today" in text


def test_an_id_with_invisible_characters_is_refused(client: httpx.Client) -> None:
    answer = client.put("/api/v1/watchlists/w%C2%91", json={"owner": "desk-a"})
    assert answer.status_code == 422
    assert "visible characters" in answer.json()["detail"]
