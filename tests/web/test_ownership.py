"""Ownership beside answers: in words of both languages, with share and source, and no part of any score."""

import httpx
import pytest

from tests.web.conftest import OUTSIDE_OWNER
from tests.web.test_match import NINGBO, match

SAID = "named as subsidiary of 北京中科海讯数字科技股份有限公司 by An exchange, 2025-11-05 (share 51 %)"
SAID_ZH = "据An exchange（2025-11-05）：北京中科海讯数字科技股份有限公司的子公司，持股51%"


def test_both_companies_show_the_record_each_from_its_side(api: httpx.Client) -> None:
    child = api.get("companies/lg-jel").json()["ownership"]
    assert (child[0]["text"], child[0]["text_zh"]) == (SAID, SAID_ZH)
    assert child[0]["url"] == "https://records.example/2"
    assert child[1]["text"] == f"named as investee of {OUTSIDE_OWNER} by An exchange, 2025-11-05"
    (parent,) = api.get("companies/lg-cas").json()["ownership"]
    assert (parent["role"], parent["other"], parent["other_id"]) == ("parent", NINGBO, "lg-jel")
    assert parent["share_percent"] == 51.0


def test_a_screening_answer_says_it_beside_the_company(api: httpx.Client) -> None:
    best = match(api, NINGBO)["responses"]["q0"]["results"][0]
    assert best["little_giant"]["ownership"][0]["text"] == SAID
    assert not any("ownership" in feature or "owner" in feature for feature in best["features"])


def test_the_name_of_an_owner_outside_is_no_match_and_says_whom_it_is_named_with(api: httpx.Client) -> None:
    answers = match(api, OUTSIDE_OWNER, "深圳某某无关有限公司")["responses"]
    assert (answers["q0"]["verdict"], answers["q0"]["results"]) == ("none", [])
    (said,) = answers["q0"]["ownership"]
    assert (said["role"], said["other"], said["other_id"]) == ("shareholder", NINGBO, "lg-jel")
    assert said["text"] == f"named as shareholder of {NINGBO} by An exchange, 2025-11-05"
    assert answers["q1"]["ownership"] == []


def test_a_table_in_openrefine_gets_it_as_a_column(api: httpx.Client) -> None:
    extend = '{"ids": ["lg-jel"], "properties": [{"id": "ownership"}]}'
    answer = api.post("reconcile", data={"extend": extend})
    cells = answer.json()["rows"]["lg-jel"]["ownership"]
    assert len(cells) == 3
    assert cells[1]["str"].startswith(f"named as investee of {OUTSIDE_OWNER}")


@pytest.mark.parametrize("path", ["companies/lg-jel/exposures", "companies/lg-cas/exposures"])
def test_ratings_say_nothing_of_owners(api: httpx.Client, path: str) -> None:
    assert "ownership" not in api.get(path).text
