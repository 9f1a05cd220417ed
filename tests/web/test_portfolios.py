"""Portfolios, judgements and the audit trail over HTTP, with a real broker and store behind them."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pdfplumber
import pytest

from giants.kafka.admin import create_topics
from giants.keys import Scope, create_key, key_file
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.portfolio_entries import checked_entries, pieces
from schemas.portfolios import PORTFOLIO_ENTRIES_MAX, Counterparty
from tests.store.waiting import wait_until
from tests.web.conftest import fill
from tests.web.serving import served

NINGBO = "宁波佳尔灵气动机械有限公司"
ENTRIES: list[Any] = [
    {"name": "寧波佳爾靈氣動機械股份有限公司", "reference": "V-1", "entry_id": "mine"},
    "佳尔灵机械有限公司",
    {"name": "", "reference": "V-3"},
    {"name": "x" * 10_000},
    {"name": "某某不存在实业有限公司", "colour": "red"},
    17,
]


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    settings = broker_settings.model_copy(update={"store_flush_seconds": 0.05})
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        fill(database)
    return settings


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    with served(settings, with_store=True) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200, "the store to be ready")
        client.base_url = client.base_url.join("/api/v1/")
        yield client


def has_judgement(api: httpx.Client) -> bool:
    return bool(api.get("portfolios/p-1/judgements").json()["items"])


def test_a_portfolio_keeps_what_can_be_kept_and_is_judged(api: httpx.Client) -> None:
    checked = api.put("portfolios/p-1?check=true", json={"entries": ENTRIES})
    assert checked.status_code == 200, checked.text
    assert checked.json()["warnings"] == [
        "it has no name: alerts can name it by its id alone",
        "it delivers to nobody: alerts are on the dashboard and in the API alone",
    ]
    assert api.get("portfolios/p-1").status_code == 404

    mail = {"kind": "email", "to": "desk@example.org"}
    put = api.put("portfolios/p-1", json={"name": "Mine", "entries": ENTRIES, "deliver": [mail]}).json()
    wait_until(lambda: api.get("portfolios").json()["items"] != [], "the portfolio to be stored")
    assert put["entries"] == 3
    assert {one["row"] for one in put["problems"]} == {3, 4, 5, 6}
    assert "no mail server" in put["warnings"][0]
    assert [one["verdict"] for one in put["recognised"]] == ["match", "review", "none"]
    assert api.get("portfolios").json()["items"][0]["entries"] == 3

    body = {"entry_id": "mine", "company_id": "lg-jel", "verdict": "confirmed", "why": "same code"}
    wrong = [{**body, "entry_id": "nobody"}, {**body, "company_id": "lg-none"}]
    judged = api.post("portfolios/p-1/judgements", json={"judgements": [body, *wrong]}).json()
    assert [one["row"] for one in judged["problems"]] == [2, 3]
    (made,) = judged["judgements"]
    assert made["by"] == "local"
    assert made["evidence"]["score"] > 0.9
    assert NINGBO in made["evidence"]["company_names"]
    assert made["basis"]["methodology"] == "exposure-2"
    wait_until(
        lambda: api.get("portfolios/p-1/judgements").json()["items"] != [], "the judgement to be stored"
    )
    entries = {one["entry"]["entry_id"]: one for one in api.get("portfolios/p-1/entries").json()["items"]}
    assert entries["mine"]["judgements"][0]["verdict"] == "confirmed"
    assert api.get("portfolios/p-1/matches").json()["items"] == []

    lines = list(csv.DictReader(io.StringIO(api.get("portfolios/p-1/judgements/export").text[1:])))
    assert [(line["verdict"], line["why"]) for line in lines] == [("confirmed", "same code")]
    assert api.delete("portfolios/p-1").status_code == 204
    wait_until(lambda: api.get("portfolios/p-1").status_code == 404, "the deletion to be stored")
    assert len(api.get("portfolios/p-1/judgements").json()["items"]) == 1


def test_a_list_in_parts_is_in_force_with_its_last(api: httpx.Client) -> None:
    head = {"name": "Parts", "revision": 7, "parts": 2}
    first = api.put("portfolios/p-2", json=head | {"part": 1, "entries": ["甲有限公司"]}).json()
    assert not first["stored"]
    api.put("portfolios/p-2", json=head | {"part": 2, "entries": ["乙有限公司"]})
    wait_until(lambda: api.get("portfolios/p-2").status_code == 200, "both parts to be stored")
    assert api.get("portfolios/p-2").json()["entries"] == 2
    again = api.put("portfolios/p-2", json={"revision": 7, "entries": []})
    assert again.status_code == 422
    assert "not newer than 7" in again.json()["detail"]


def test_runs_of_screening_are_a_trail_with_files(api: httpx.Client) -> None:
    queries = {
        "a": {"schema": "Company", "properties": {"name": [NINGBO]}},
        "b": {"schema": "Company", "properties": {"name": ["=HYPERLINK(1)某某不存在实业有限公司"]}},
        "c": {"schema": "Company", "properties": {"name": [""]}},
    }
    made = api.post("match", json={"queries": queries}, params={"run_id": "r-1", "label": "mine.csv"}).json()
    assert made["run"] == {"run_id": "r-1", "part": 1, "recorded": True, "detail": None}
    wait_until(lambda: api.get("screenings").json()["items"] != [], "the run to be stored")
    (run,) = api.get("screenings").json()["items"]
    assert (run["names"], run["matched"], run["none"], run["problems"]) == (3, 1, 1, 1)
    assert run["label"] == "mine.csv"
    api.put("portfolios/p-1", json={"entries": [{"name": NINGBO, "entry_id": "e"}]})
    body = {"entry_id": "e", "company_id": "lg-jel", "verdict": "confirmed"}
    wait_until(lambda: api.get("portfolios").json()["items"] != [], "the portfolio to be stored")
    api.post("portfolios/p-1/judgements", json={"judgements": [body]})
    wait_until(
        lambda: api.get("portfolios/p-1/judgements").json()["items"] != [], "the judgement to be stored"
    )
    shown = api.get("screenings/r-1").json()
    assert shown["parts"][0]["basis"]["match_min"] == 0.9
    assert [one["verdict"] for one in shown["decided"]] == ["confirmed"]

    text = api.get("screenings/r-1/export?format=csv")
    lines = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert [line["verdict"] for line in lines] == ["match", "none", ""]
    assert (lines[0]["company_id"], lines[0]["decided"]) == ("lg-jel", "confirmed")
    assert lines[1]["name"].startswith("'=")
    document = api.get("screenings/r-1/export?format=json").json()
    assert document["run"]["run_id"] == "r-1"
    assert document["parts"][0]["decided"][0]["company_id"] == "lg-jel"
    for path in ("screenings/r-1", "portfolios/p-1/judgements"):
        file = api.get(f"{path}/export?format=pdf")
        assert file.headers["content-type"] == "application/pdf"
        with pdfplumber.open(io.BytesIO(file.content)) as pdf:
            assert len(pdf.pages) == 1
            page = pdf.pages[0].extract_text()
        assert NINGBO[:6] in page
        assert "confirmed" in page
    assert api.get("screenings/r-none").status_code == 404


def test_a_key_sees_its_own_and_may_not_make_what_is_not(settings: Settings, api: httpx.Client) -> None:
    path = key_file(settings)
    tokens = {
        name: create_key(path, name, Scope.WRITE, owner=owner)[1]
        for name, owner in (("anna", "desk-a"), ("ben", "desk-b"), ("chief", "*"))
    }
    reader = create_key(path, "reader", Scope.READ, owner="desk-a")[1]

    def ask(method: str, where: str, token: str, **rest: Any) -> httpx.Response:
        return api.request(method, where, headers={"Authorization": f"Bearer {token}"}, **rest)

    entries = [{"name": NINGBO, "entry_id": "e"}]
    assert ask("PUT", "portfolios/p-1", tokens["anna"], json={"entries": entries}).json()["owner"] == "desk-a"
    wait_until(lambda: ask("GET", "portfolios/p-1", reader).status_code == 200, "the portfolio to be stored")
    foreign = {"entries": entries, "owner": "desk-a"}
    assert ask("PUT", "portfolios/p-9", tokens["ben"], json=foreign).status_code == 403
    for where in ("portfolios/p-1", "portfolios/p-1/entries", "portfolios/p-1/matches"):
        assert ask("GET", where, tokens["ben"]).status_code == 404
        assert ask("GET", where, reader).status_code == 200
        assert ask("GET", where, tokens["chief"]).status_code == 200
    assert ask("PUT", "portfolios/p-1", tokens["ben"], json={"entries": []}).status_code == 404
    assert ask("DELETE", "portfolios/p-1", tokens["ben"]).status_code == 404
    assert ask("PUT", "portfolios/p-1", reader, json={"entries": []}).status_code == 403
    assert ask("GET", "portfolios", tokens["ben"]).json()["items"] == []
    body = {"judgements": [{"entry_id": "e", "company_id": "lg-jel", "verdict": "rejected"}]}
    assert ask("POST", "portfolios/p-1/judgements", tokens["ben"], json=body).status_code == 404
    assert ask("POST", "portfolios/p-1/judgements", tokens["anna"], json=body).json()["problems"] == []
    assert ask("GET", "portfolios/p-1/judgements", tokens["ben"]).status_code == 404
    assert ask("GET", "portfolios/p-1/judgements/export", tokens["ben"]).status_code == 404
    query = {"queries": {"a": {"schema": "Company", "properties": {"name": [NINGBO]}}}}
    assert ask("POST", "match?run_id=r-a", tokens["anna"], json=query).json()["run"]["recorded"]
    wait_until(lambda: ask("GET", "screenings/r-a", reader).status_code == 200, "the run to be stored")
    assert ask("GET", "screenings/r-a", tokens["ben"]).status_code == 404
    assert ask("GET", "screenings", tokens["ben"]).json()["items"] == []


def test_too_many_rows_are_told_and_the_rest_is_kept() -> None:
    entries, problems = checked_entries(
        [f"第{number}有限公司" for number in range(PORTFOLIO_ENTRIES_MAX + 5)]
    )
    assert len(entries) == PORTFOLIO_ENTRIES_MAX
    assert problems == [
        (PORTFOLIO_ENTRIES_MAX + 1, "got 100,005 rows, a portfolio holds 100,000: left out from here on")
    ]
    parts = list(pieces(entries))
    assert [len(part) for part in parts] == [20_000] * 5


def test_a_row_twice_is_one_entry_and_ids_stay_the_same() -> None:
    rows = [
        {"name": "甲有限公司"},
        {"name": "甲有限公司", "uscc": ""},
        {"name": "甲有限公司", "place": "上海"},
    ]
    entries, problems = checked_entries(rows)
    assert len(entries) == 2
    assert problems == [(2, "says the same as row 1: left out")]
    assert checked_entries(rows)[0] == entries
    assert all(isinstance(one, Counterparty) for one in entries)
