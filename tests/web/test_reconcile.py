"""The reconciliation service, held against the shapes of the specification (version 0.2) in our own words."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import jsonschema
import pytest

from tests.web.conftest import OPTICAL

NINGBO = "宁波佳尔灵气动机械有限公司"
TYPES = {"type": "array", "items": {"type": "object", "required": ["id"]}}
MANIFEST = {
    "type": "object",
    "required": ["versions", "name", "identifierSpace", "schemaSpace"],
    "properties": {
        "versions": {"type": "array", "contains": {"const": "0.2"}},
        "view": {"required": ["url"], "properties": {"url": {"pattern": r"\{\{id\}\}"}}},
        "preview": {
            "required": ["url", "width", "height"],
            "properties": {
                "url": {"pattern": r"\{\{id\}\}"},
                "width": {"type": "integer"},
                "height": {"type": "integer"},
            },
        },
        "defaultTypes": TYPES,
        "suggest": {"properties": {part: {"type": "object"} for part in ("entity", "property", "type")}},
        "extend": {"properties": {"propose_properties": {"type": "object"}}},
    },
}
RESULTS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["result"],
        "properties": {
            "result": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "name", "score"],
                    "properties": {
                        "id": {"type": "string"},
                        "name": {"type": "string"},
                        "description": {"type": "string"},
                        "score": {"type": "number"},
                        "match": {"type": "boolean"},
                        "features": {
                            "type": "array",
                            "items": {"properties": {"value": {"type": ["boolean", "number"]}}},
                        },
                        "type": TYPES,
                    },
                },
            }
        },
    },
}
SUGGESTIONS = {
    "type": "object",
    "required": ["result"],
    "properties": {
        "result": {
            "type": "array",
            "items": {
                "required": ["id", "name"],
                "properties": {name: {"type": "string"} for name in ("id", "name", "description")},
            },
        }
    },
}


def _cell(name: str, of: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": [name], "properties": {name: of}, "additionalProperties": False}


EXTENSION = {
    "type": "object",
    "required": ["rows", "meta"],
    "properties": {
        "meta": {"type": "array", "items": {"required": ["id", "name"]}},
        "rows": {
            "additionalProperties": {
                "additionalProperties": {
                    "type": "array",
                    "items": {
                        "oneOf": [
                            _cell("str", {"type": "string"}),
                            _cell("int", {"type": "integer"}),
                            _cell("float", {"type": "number"}),
                            _cell("date", {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}),
                        ]
                    },
                }
            }
        },
    },
}


def form(api: httpx.Client, **fields: object) -> Any:
    answer = api.post("reconcile", data={name: json.dumps(value) for name, value in fields.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_manifest_says_where_everything_is(api: httpx.Client) -> None:
    manifest = api.get("reconcile").json()
    jsonschema.validate(manifest, MANIFEST)
    for part in ("entity", "property", "type"):
        service = manifest["suggest"][part]
        answer = api.get(service["service_url"] + service["service_path"], params={"prefix": "佳尔灵"})
        assert answer.status_code == 200, answer.text
        jsonschema.validate(answer.json(), SUGGESTIONS)
    proposed = manifest["extend"]["propose_properties"]
    answer = api.get(proposed["service_url"] + proposed["service_path"], params={"type": "Company"})
    assert {"status", f"band:{OPTICAL}"} <= {one["id"] for one in answer.json()["properties"]}
    assert manifest["view"]["url"].endswith("/companies/{{id}}")


def test_names_get_candidates_as_the_matcher_scores_them(api: httpx.Client) -> None:
    found = form(
        api,
        queries={
            "q0": {"query": "寧波佳爾靈氣動機械股份有限公司", "type": "Company", "limit": 3},
            "q1": {"query": "银河光电", "properties": [{"pid": "place", "v": "Beijing"}]},
            "q2": {"query": "没有这样的公司名字"},
            "q3": {"query": NINGBO, "type": "Person"},
            "q4": {"properties": [{"pid": "name_en", "v": ["Galactic Light Solutions Co., Limited"]}]},
            "q5": {"query": "甲" * 10_000},
        },
    )
    jsonschema.validate(found, RESULTS)
    best = found["q0"]["result"][0]
    assert (best["id"], best["match"], best["name"]) == ("lg-jel", True, NINGBO)
    assert 98 < best["score"] <= 100
    assert [found[key]["result"] for key in ("q2", "q3", "q5")] == [[], [], []]
    assert found["q4"]["result"][0]["id"] == "lg-gls"
    matched = api.post(
        "match", json={"queries": {"q": {"properties": {"name": ["寧波佳爾靈氣動機械股份有限公司"]}}}}
    ).json()
    assert matched["responses"]["q"]["results"][0]["score"] * 100 == pytest.approx(best["score"], abs=0.01)


def test_the_same_by_get_as_older_clients_ask(api: httpx.Client) -> None:
    asked = json.dumps({"q0": {"query": NINGBO}})
    assert api.get("reconcile", params={"queries": asked}).json()["q0"]["result"][0]["match"] is True


def test_columns_are_added_by_id_also_of_a_company_that_was_merged(api: httpx.Client) -> None:
    wanted = ["status", "since", "batches", "technologies", f"band:{OPTICAL}", f"score:{OPTICAL}", "uscc"]
    found = form(
        api,
        extend={"ids": ["lg-gls", "lg-old", "lg-nobody"], "properties": [{"id": id_} for id_ in wanted]},
    )
    jsonschema.validate(found, EXTENSION)
    assert [one["id"] for one in found["meta"]] == wanted
    rows = found["rows"]
    assert rows["lg-gls"]["status"] == [{"str": "active"}]
    assert rows["lg-gls"][f"band:{OPTICAL}"] == [{"str": "very_weak"}]
    # Five families with 7 of 12 instances: the worked example.
    assert rows["lg-gls"][f"score:{OPTICAL}"][0]["float"] == pytest.approx(11.48, abs=0.01)
    assert rows["lg-old"]["batches"] == [{"int": 2}]
    assert rows["lg-nobody"] == {id_: [] for id_ in wanted}


def test_a_preview_is_a_small_page_without_scripts(api: httpx.Client) -> None:
    page = api.get("reconcile/preview", params={"id": "lg-jel"})
    assert page.status_code == 200
    assert NINGBO in page.text
    assert "provisional" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert api.get("reconcile/preview", params={"id": "lg-nobody"}).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "the field `queries` or `extend`"),
        ({"queries": "{"}, "queries: Invalid JSON"),
        ({"queries": json.dumps({"q": {"query": "x", "colour": 1}})}, "queries at q.colour"),
        ({"queries": json.dumps({str(n): {"query": "x"} for n in range(501)})}, "expected at most 500"),
        (
            {"extend": json.dumps({"ids": ["lg-gls"], "properties": [{"id": "colour"}]})},
            "no column 'colour'",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(
    api: httpx.Client, fields: dict[str, str], said: str
) -> None:
    answer = api.post("reconcile", data=fields)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_body_that_is_no_text_is_refused(api: httpx.Client) -> None:
    answer = api.post("reconcile", content=b"\xff\xfe=1")
    assert answer.status_code == 422
