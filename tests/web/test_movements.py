"""The history of a pair, movers of a period, and technologies that gain companies, over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.web.conftest import OPTICAL

YEAR = {"since": "2025-01-01", "until": "2025-12-31"}


def test_the_history_of_a_pair_tells_counts_score_band_and_cause_in_pages(api: httpx.Client) -> None:
    first = api.get("companies/lg-cas/history/radar", params={"limit": 2}).json()
    rest = api.get("companies/lg-cas/history/radar", params={"limit": 2, "cursor": first["next"]}).json()
    points = [*first["points"], *rest["points"]]
    assert [point["seq"] for point in points] == [3, 2, 1]
    whole = api.get("companies/lg-cas/history", params={"technology": "radar"}).json()["rating_changes"]
    assert [(one["at"], one["cause"], one["matching"]) for one in points] == [
        (one["at"], one["cause"], one["matching"]) for one in whole
    ]
    assert [(one["band"], one["score"]) for one in points] == [
        (one["current"]["band"], one["current"]["score"]) for one in whole
    ]
    assert (first["name"], first["score_basis"], first["band_basis"]) == ("Radar", "derived", "assumed")
    assert rest["next"] is None


def test_a_pair_that_was_never_rated_has_an_empty_history(api: httpx.Client) -> None:
    assert api.get(f"companies/lg-cas/history/{OPTICAL}").json()["points"] == []


@pytest.mark.parametrize("path", ["companies/lg-nobody/history/radar", "companies/lg-cas/history/alchemy"])
def test_the_history_of_what_is_not_there_is_not_found(api: httpx.Client, path: str) -> None:
    assert api.get(path).status_code == 404


def steps(answer: dict[str, Any]) -> list[tuple[str, str, float]]:
    return [(one["company_id"], one["technology"], one["step"]) for one in answer["rose"] + answer["fell"]]


def test_movers_span_the_first_and_the_last_announcement_of_a_period(api: httpx.Client) -> None:
    answer = api.get("movers", params=YEAR).json()
    links = api.get("companies/lg-cas/history/radar").json()["points"]
    ((company, technology, step),) = steps(answer)
    assert (company, technology) == ("lg-cas", "radar")
    assert step == links[0]["score"]  # from unrated, whose score counts as 0
    (mover,) = answer["rose"]
    assert (mover["from_band"], mover["to_band"]) == (None, links[0]["band"])
    assert (mover["cause"], mover["at"]) == (links[0]["cause"], links[0]["at"])
    assert mover["company"] == "北京中科海讯数字科技股份有限公司"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"technology": "radar"}, 1),
        ({"technology": OPTICAL}, 0),
        ({"authority": "BJ"}, 1),
        ({"authority": "ZJ"}, 0),
        ({"until": "2024-12-31", "since": "2024-01-01"}, 0),
    ],
)
def test_movers_are_those_of_what_is_asked_for(api: httpx.Client, asked: dict[str, str], found: int) -> None:
    assert len(steps(api.get("movers", params=YEAR | asked).json())) == found


def test_without_days_the_period_ends_with_the_newest_change(api: httpx.Client) -> None:
    newest = datetime.fromisoformat(api.get("totals").json()["newest_change_at"])
    answer = api.get("movers").json()
    since, until = (datetime.fromisoformat(answer[end]) for end in ("since", "until"))
    assert newest < until < newest + timedelta(seconds=1)
    assert until - since == timedelta(days=30)


@pytest.mark.parametrize("path", ["movers", "technologies/movements"])
@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2025-02-01", "until": "2025-01-01"},
        {"since": "yesterday"},
        {"until": "9999-12-31"},
        {"authority": "QQ"},
        {"day": "2025-01-01"},
    ],
)
def test_a_period_that_cannot_be_meant_is_refused(
    api: httpx.Client, path: str, asked: dict[str, str]
) -> None:
    assert api.get(path, params=asked).status_code == 422


def test_technologies_tell_whom_they_gained_and_lost_by_band(api: httpx.Client) -> None:
    answer = api.get("technologies/movements", params=YEAR).json()
    (radar,) = answer["items"]
    assert (radar["technology"], radar["name"]) == ("radar", "Radar")
    assert (radar["entered"], radar["left"], radar["net"]) == (1, 0, 1)
    band = api.get("companies/lg-cas/history/radar").json()["points"][0]["band"]
    assert {code: one["net"] for code, one in radar["bands"].items() if one["net"]} == {band: 1}
    assert api.get("technologies/movements", params=YEAR | {"authority": "ZJ"}).json()["items"] == []


def test_cohorts_tell_how_many_are_rated_strong_by_batch_and_authority(api: httpx.Client) -> None:
    answer = api.get("cohorts").json()
    (item,) = answer["items"]
    assert (item["due"], item["rated"], item["strong"], item["strong_share"]) == (1, 1, 1, 1.0)
    strength = {(one["batch"], one["authority"]): one for one in answer["strength"]}
    assert strength.keys() == {(2, None), (4, "BJ"), (7, "ZJ")}
    assert (strength[4, "BJ"]["strong"], strength[4, "BJ"]["strong_share"]) == (1, 1.0)
    assert (strength[2, None]["with_families"], strength[2, None]["strong_share"]) == (0, 0.0)
    of_zhejiang = api.get("cohorts", params={"authority": "ZJ"}).json()
    assert of_zhejiang["items"] == []
    assert [one["authority"] for one in of_zhejiang["strength"]] == ["ZJ"]
