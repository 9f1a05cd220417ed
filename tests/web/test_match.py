"""Matching over HTTP: the shape of OpenSanctions' API over the small programme of these tests."""

import asyncio
from typing import Any

import httpx
import pytest

from giants.settings import Settings
from giants.store.client import Database
from giants.web.app import create_app
from tests.store.waiting import wait_until

NINGBO = "宁波佳尔灵气动机械有限公司"


def match(api: httpx.Client, *names: str, path: str = "match", **parameters: Any) -> dict[str, Any]:
    queries = {
        f"q{place}": {"schema": "Company", "properties": {"name": [name]}} for place, name in enumerate(names)
    }
    answer = api.post(path, json={"queries": queries}, params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_match_is_an_entity_with_a_score_that_is_explained(api: httpx.Client) -> None:
    response = match(api, "寧波佳爾靈氣動機械股份有限公司")["responses"]["q0"]
    assert (response["status"], response["verdict"]) == (200, "match")
    best = response["results"][0]
    assert best["id"] == "lg-jel"
    assert best["schema"] == "Company"
    assert best["match"] is True
    assert best["properties"]["name"][0] == NINGBO
    assert best["properties"]["previousName"] == ["宁波佳尓灵气动机械有限公司"]
    assert best["features"].keys() == best["explanations"].keys()
    assert best["explanations"]["legal form"]["outcome"] == "differs"
    assert best["score"] == pytest.approx(0.99, abs=0.01)
    assert best["little_giant"]["status"] in {"active", "inactive", "unknown"}
    assert response["total"] == {"value": len(response["results"]), "relation": "eq"}


def test_a_place_beside_a_name_of_elsewhere_is_told_and_lowers_nothing(api: httpx.Client) -> None:
    query = {"schema": "Company", "properties": {"name": [NINGBO], "city": ["长沙"]}}
    answer = api.post("match", json={"queries": {"q": query}}).json()["responses"]["q"]
    best = answer["results"][0]
    assert (best["id"], best["score"]) == ("lg-jel", 1.0)
    beside = best["explanations"]["place beside"]
    assert (beside["outcome"], beside["score"]) == ("differs", 1.0)
    query["properties"] = {"name": [NINGBO], "city": ["浙江"]}
    answer = api.post("match", json={"queries": {"q": query}}).json()["responses"]["q"]
    assert "place beside" not in answer["results"][0]["features"]


def test_the_index_that_answers_is_made_before_the_first_question(
    settings: Settings, database: Database
) -> None:
    app = create_app(database, settings)

    async def start() -> None:
        async with app.router.lifespan_context(app):
            screener = app.state.context.screener
            await asyncio.to_thread(wait_until, lambda: screener.company("lg-jel") is not None, "the index")

    asyncio.run(start())


def test_each_query_has_its_answer_and_a_bad_one_its_reason(api: httpx.Client) -> None:
    answer = api.post(
        "match",
        json={
            "queries": {
                "good": {"schema": "Company", "properties": {"name": NINGBO}},
                "empty": {"schema": "Company", "properties": {"name": [" "]}},
                "none": {"schema": "Company", "properties": {"country": ["cn"]}},
                "long": {"schema": "Company", "properties": {"name": ["甲" * 10_000]}},
                "person": {"schema": "Person", "properties": {"name": ["John Doe"]}},
            }
        },
    )
    assert answer.status_code == 200
    responses = answer.json()["responses"]
    assert list(responses) == ["good", "empty", "none", "long", "person"]
    assert responses["good"]["results"][0]["match"] is True
    assert {name: responses[name]["status"] for name in ("empty", "none", "long", "person")} == dict.fromkeys(
        ("empty", "none", "long", "person"), 400
    )
    assert "got no name" in responses["empty"]["detail"]
    assert "10000 characters, expected at most 300" in responses["long"]["detail"]
    assert "got schema 'Person'" in responses["person"]["detail"]


def test_a_client_of_opensanctions_may_name_its_dataset(api: httpx.Client) -> None:
    assert match(api, NINGBO, path="match/default")["responses"]["q0"]["results"][0]["id"] == "lg-jel"
    assert api.post("match/nobody", json={"queries": {"q": {"properties": {"name": "x"}}}}).status_code == 422


def test_other_names_place_and_code_of_a_query_count(api: httpx.Client) -> None:
    properties = {
        "name": ["Some Trading"],
        "previousName": [NINGBO],
        "region": ["Zhejiang"],
        "uscCode": ["bad"],
    }
    answer = api.post("match", json={"queries": {"q": {"schema": "LegalEntity", "properties": properties}}})
    assert answer.json()["responses"]["q"]["results"][0]["id"] == "lg-jel"


def test_thresholds_are_those_of_the_request_or_of_the_settings(api: httpx.Client) -> None:
    answer = match(api, "佳尔灵气动机械")
    assert (answer["threshold"], answer["cutoff"], answer["limit"]) == (0.9, 0.7, 5)
    assert match(api, "佳尔灵气动机械", threshold=0.99)["responses"]["q0"]["verdict"] == "review"
    assert match(api, "佳尔灵气动机械", threshold=0.99, cutoff=0.98)["responses"]["q0"]["verdict"] == "none"
    wrong = api.post(
        "match",
        json={"queries": {"q": {"properties": {"name": "x"}}}},
        params={"threshold": 0.5, "cutoff": 0.6},
    )
    assert wrong.status_code == 422
    assert "expected 0 < review <= match <= 1" in wrong.json()["detail"]


@pytest.mark.parametrize("count", [0, 1_001])
def test_none_and_more_than_a_thousand_queries_are_refused(api: httpx.Client, count: int) -> None:
    queries = {str(number): {"properties": {"name": "x"}} for number in range(count)}
    assert api.post("match", json={"queries": queries}).status_code == 422


def test_a_thousand_queries_are_answered(api: httpx.Client) -> None:
    names = [f"深圳第{number}号电子有限公司" for number in range(999)]
    responses = match(api, NINGBO, *names)["responses"]
    assert len(responses) == 1_000
    assert responses["q0"]["verdict"] == "match"
    assert {response["verdict"] for name, response in responses.items() if name != "q0"} == {"none"}


def test_the_answer_says_which_programme_gave_it(api: httpx.Client) -> None:
    answer = match(api, "nobody of this name")
    assert answer["version"]["companies"] == 3
    assert answer["version"]["algorithm"] == "giants-match-1"
    assert answer["matcher"]["trade name"]["description"]
    assert answer["caveats"]
