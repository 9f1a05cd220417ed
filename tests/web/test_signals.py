"""Trajectory signals over HTTP."""

from collections.abc import Mapping

import httpx
import pytest


def asked(api: httpx.Client, **parameters: str | int | list[str]) -> list[tuple[str, str, str | None]]:
    """Company, signal and technology of every signal, through all pages."""
    found = []
    cursor: Mapping[str, str] = {}
    while True:
        page = api.get("signals", params={**parameters, **cursor}).json()
        found += [(one["company_id"], one["signal"], one["technology"]) for one in page["items"]]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


DRIFT = ("lg-gls", "focus-drift", "radar")
REVIEWS = [("lg-gls", "review-due", None), ("lg-jel", "review-due", None)]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_signals_come_in_pages_of_any_size(api: httpx.Client, limit: int) -> None:
    assert asked(api, limit=limit) == [DRIFT, *REVIEWS]
    assert api.get("signals").json()["counts"] == {"review-due": 2, "focus-drift": 1}


def test_signals_are_asked_for_by_kind_authority_and_technology(api: httpx.Client) -> None:
    assert asked(api, kind="focus-drift") == asked(api, technology="radar") == [DRIFT]
    assert asked(api, kind=["review-due", "elevation-candidate"], limit=1) == REVIEWS
    assert asked(api, authority="ZJ") == [DRIFT, REVIEWS[0]]  # no list tells the authority of lg-jel
    assert asked(api, authority="BJ") == []


def test_a_signal_has_its_numbers_its_company_and_the_instant_since_when(api: httpx.Client) -> None:
    first = api.get("signals", params={"limit": 1}).json()
    (item,) = first["items"]
    assert (item["company"], item["authority"]) == ("银河光电科技有限公司", "ZJ")
    assert item["since"] == "2025-01-03T00:00:00Z"  # raised, cleared, and raised again
    assert (item["evidence"]["window_matching"], item["evidence"]["matching"]) == (2, 36)
    assert first["caveats"][0]["code"] == "signal_not_finding"
    assert "no finding" in first["caveats"][0]["text"]


def test_a_company_has_its_signals_and_those_of_before(api: httpx.Client) -> None:
    found = api.get("companies/lg-gls/signals").json()
    assert [one["signal"] for one in found["signals"]] == ["focus-drift", "review-due"]
    assert [(one["kind"], one["signal"]) for one in found["changes"]] == [
        ("signal-raised", "focus-drift"),
        ("signal-cleared", "focus-drift"),
        ("signal-raised", "focus-drift"),
        ("signal-raised", "review-due"),
    ]
    assert api.get("companies/lg-old/signals").json()["company_id"] == "lg-jel"  # it was merged
    assert api.get("companies/lg-cas/signals").json()["signals"] == []
    assert api.get("companies/lg-nobody/signals").status_code == 404


def test_the_feed_tells_signals_among_all_changes(api: httpx.Client) -> None:
    latest = api.get("changes", params={"kind": ["signal-raised", "signal-cleared"]}).json()["items"]
    assert len(latest) == 5
    of_one = api.get("changes", params={"company": "lg-gls", "kind": "signal-cleared"}).json()["items"]
    assert [(one["signal"], one["previous"]["matching"], one["current"]) for one in of_one] == [
        ("focus-drift", 36, None)
    ]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"kind": "guilt"}, 422),
        ({"technology": "A B"}, 422),
        ({"cursor": "x"}, 400),
        ({"authoritty": "ZJ"}, 422),
    ],
)
def test_what_is_not_understood_is_refused(
    api: httpx.Client, parameters: dict[str, str], status: int
) -> None:
    assert api.get("signals", params=parameters).status_code == status
