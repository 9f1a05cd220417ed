"""Findings and refused inputs over HTTP."""

import httpx


def test_findings_come_newest_first_in_pages(api: httpx.Client) -> None:
    first = api.get("findings", params={"limit": 2}).json()
    second = api.get("findings", params={"limit": 2, "cursor": first["next"]}).json()
    assert [item["finding_id"] for item in (*first["items"], *second["items"])] == ["f-3", "f-2", "f-1"]
    assert second["next"] is None
    assert first["counts"] == second["counts"] == {"count_mismatch": 2, "unknown_company": 1}
    assert first["items"][0] == {
        "finding_id": "f-3",
        "code": "count_mismatch",
        "severity": "warning",
        "subject": "2025-b7-zj-final",
        "detail": "the list says 4 companies and names 3",
        "ref": "2025-b7-zj-final@1",
        "at": "2025-10-03T00:00:00Z",
    }


def test_findings_are_asked_for_by_their_codes(api: httpx.Client) -> None:
    asked = {"code": ["unknown_company", "contradiction"]}
    assert [item["finding_id"] for item in api.get("findings", params=asked).json()["items"]] == ["f-2"]
    assert api.get("findings", params={"code": "contradiction"}).json()["items"] == []
    assert api.get("findings", params={"code": "gossip"}).status_code == 422
    assert api.get("findings", params={"cursor": "x"}).status_code == 400


def test_refused_inputs_are_shown_with_their_place(api: httpx.Client) -> None:
    (letter,) = api.get("dead-letters").json()["items"]
    assert (letter["topic"], letter["partition"], letter["reason"]) == ("giants.names.v1", 1, "not JSON")
    assert (letter["value"], letter["value_bytes"]) == ("�{", 2)
