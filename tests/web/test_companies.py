"""Companies over HTTP: found by any name, on any date, with exposure, history and explanation."""

from typing import Any

import httpx
import pytest

from giants.web.reading import Nominated
from schemas.base import AuthorityCode
from tests.web.conftest import OPTICAL


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["company_id"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    "query",
    [
        "宁波佳尔灵气动机械有限公司",
        "宁波佳尓灵气动机械有限公司",
        "佳尔灵",
        "（佳尔灵）",
        "jiaerling",
        "Jia Er Ling",
        "nbjel",
        "ningbo jia'erling",
        "PNEUMATIC",
    ],
)
def test_a_company_is_found_by_any_name_part_pinyin_or_english(api: httpx.Client, query: str) -> None:
    assert ids(api.get("companies", params={"q": query})) == ["lg-jel"]


def test_an_exact_name_comes_before_names_that_contain_it(api: httpx.Client) -> None:
    found = ids(api.get("companies", params={"q": "科技"}))
    assert set(found) == {"lg-gls", "lg-cas"}


@pytest.mark.parametrize("query", ["（）", "%", "'", "\\", "_", "' OR 1=1 --", "{q:String}", "\u202e"])
def test_a_query_of_signs_finds_nothing_and_breaks_nothing(api: httpx.Client, query: str) -> None:
    assert ids(api.get("companies", params={"q": query})) == []


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["lg-cas", "lg-gls", "lg-jel"]),
        ({"status": "inactive"}, ["lg-cas"]),
        ({"status": ["inactive", "active"]}, ["lg-cas", "lg-gls", "lg-jel"]),
        ({"authority": "BJ"}, ["lg-cas"]),
        ({"batch": 2}, ["lg-jel"]),
        ({"batch": [2, 4], "status": "active"}, ["lg-jel"]),
        ({"technology": "radar"}, ["lg-cas", "lg-gls"]),
        ({"technology": "radar", "min_band": "strong"}, ["lg-cas"]),
        ({"technology": OPTICAL, "min_band": "weak"}, []),
        ({"min_band": "strong"}, ["lg-cas"]),
        ({"technology": "no-such-technology"}, []),
        ({"profile": "established"}, ["lg-cas"]),
        ({"profile": ["established", "sparse"]}, ["lg-cas", "lg-gls"]),
        ({"profile": "tentative", "technology": OPTICAL}, ["lg-gls"]),
        ({"profile": "tentative", "technology": "radar"}, []),
        # The pair that is tentative is not the one that is strong: one rating has to be both.
        ({"profile": "tentative", "min_band": "strong"}, []),
        ({"profile": "established", "min_band": "strong"}, ["lg-cas"]),
        ({"tier": "single_champion"}, ["lg-cas"]),
        ({"tier": "single_champion", "status": "active"}, []),
        ({"provisional": True}, ["lg-jel"]),
        ({"provisional": False}, ["lg-cas", "lg-gls"]),
    ],
)
def test_every_condition_has_to_be_met(
    api: httpx.Client, parameters: dict[str, Any], expected: list[str]
) -> None:
    answer = api.get("companies", params=parameters)
    assert ids(answer) == expected
    assert answer.json()["total"] == len(expected)


def test_pages_follow_each_other_to_the_end(api: httpx.Client) -> None:
    first = api.get("companies", params={"limit": 2}).json()
    assert first["total"] == 3
    second = api.get("companies", params={"limit": 2, "cursor": first["next"]}).json()
    assert [item["company_id"] for item in (*first["items"], *second["items"])] == [
        "lg-cas",
        "lg-gls",
        "lg-jel",
    ]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2019-01-01", {}),
        ("2021-06-30", {"lg-jel": "active"}),
        ("2023-06-30", {"lg-jel": "active", "lg-cas": "active"}),
        ("2025-12-31", {"lg-jel": "active", "lg-cas": "inactive"}),
    ],
)
def test_companies_stand_as_they_stood_on_a_day(
    api: httpx.Client, day: str, expected: dict[str, str]
) -> None:
    items = api.get("companies", params={"as_of": day}).json()["items"]
    assert {item["company_id"]: item["status"] for item in items} == expected


def test_a_filter_by_status_takes_the_status_of_the_day(api: httpx.Client) -> None:
    assert ids(api.get("companies", params={"as_of": "2023-06-30", "status": "inactive"})) == []
    assert ids(api.get("companies", params={"as_of": "2026-01-01", "status": "inactive"})) == ["lg-cas"]


def test_a_company_shows_names_in_both_languages_and_what_to_beware_of(api: httpx.Client) -> None:
    answer = api.get("companies/lg-jel").json()
    assert answer["name"] == "宁波佳尔灵气动机械有限公司"
    assert answer["name_en"] == "Ningbo Jia'erling Pneumatic Machinery Co., Ltd."
    assert [use["cause"] for use in answer["names"]] == ["correction", "designation"]
    assert answer["exposure"] is None
    notes = {note["code"]: note["text"] for note in answer["notes"]}
    assert {"authority_unknown", "no_patents", "not_malign"} <= notes.keys()
    assert all(notes.values())


def test_the_id_of_a_company_that_was_merged_leads_to_the_survivor(api: httpx.Client) -> None:
    for path in ("", "/exposures", "/history", "/explain/radar"):
        assert api.get(f"companies/lg-old{path}").json()["company_id"] == "lg-jel"
    assert api.get("companies/lg-old").json()["resolved_from"] == "lg-old"
    assert api.get("companies/lg-jel").json()["resolved_from"] is None


@pytest.mark.parametrize(
    ("day", "status", "sub_state"),
    [
        ("2022-08-07", None, None),
        ("2022-08-08", "active", "new"),
        ("2025-06-30", "active", "review_pending"),
        ("2025-10-20", "inactive", "lapsed"),
    ],
)
def test_the_status_of_a_company_on_a_day_is_told(
    api: httpx.Client, day: str, status: str | None, sub_state: str | None
) -> None:
    then = api.get("companies/lg-cas", params={"as_of": day}).json()["then"]
    assert (then["status"], then["sub_state"]) == (status, sub_state)


def test_exposures_come_highest_first_and_say_what_is_derived_and_assumed(api: httpx.Client) -> None:
    answer = api.get("companies/lg-gls/exposures").json()
    assert (answer["families"], answer["instances"]) == (5, 12)
    assert answer["score_basis"] == "derived"
    assert answer["band_basis"] == "assumed"
    optical, radar = answer["technologies"]
    assert optical["technology"] == OPTICAL
    assert optical["name"] == "Advanced optical communication"
    assert optical["score"] == pytest.approx(11.48, abs=0.001)
    assert (optical["band"], optical["profile"]) == ("very_weak", "tentative")
    assert radar["score"] == pytest.approx(6.136, abs=0.001)
    assert (radar["band"], radar["profile"]) == ("very_weak", "sparse")
    assert "score_derived" in {note["code"] for note in answer["caveats"]}


def test_a_company_without_patents_has_an_empty_exposure(api: httpx.Client) -> None:
    answer = api.get("companies/lg-jel/exposures").json()
    assert (answer["families"], answer["confidence"], answer["technologies"]) == (0, 0.0, [])
    assert "no_patents" in {note["code"] for note in answer["caveats"]}


@pytest.mark.parametrize(("day", "rated"), [("2024-12-31", []), ("2025-02-15", ["radar"])])
def test_exposures_of_a_day_are_what_was_announced_by_then(
    api: httpx.Client, day: str, rated: list[str]
) -> None:
    answer = api.get("companies/lg-cas/exposures", params={"as_of": day}).json()
    assert [pair["technology"] for pair in answer["technologies"]] == rated


def test_an_explanation_gives_every_number_of_the_worked_example(api: httpx.Client) -> None:
    answer = api.get(f"companies/lg-gls/explain/{OPTICAL}").json()
    assert (answer["families"], answer["instances"], answer["matching"]) == (5, 12, 7)
    assert answer["alignment"] == pytest.approx(7 / 12)
    assert answer["confidence"] == pytest.approx(0.0225925)
    assert answer["score"] == pytest.approx(11.48, abs=0.001)
    assert (answer["rated"], answer["band"], answer["profile"]) == (True, "very_weak", "tentative")
    symbols = {symbol["symbol"]: symbol for symbol in answer["symbols"]}
    assert symbols.keys() == {
        "H04B10/2519",
        "H04J14/02",
        "G02B6/42",
        "H01S5/02",
        "H04B10/00",
        "G02B6/12",
        "H04J14/0201",
    }
    assert symbols["H04B10/2519"]["entry"] == "H04B10/00"
    assert symbols["H04B10/2519"]["takes_whole_group"]
    assert symbols["H04B10/2519"]["family_ids"] == ["P1"]
    assert answer["formula"]


def test_an_explanation_counts_a_symbol_in_each_family_that_carries_it(api: httpx.Client) -> None:
    symbols = api.get("companies/lg-gls/explain/radar").json()["symbols"]
    assert {symbol["symbol"]: symbol["families"] for symbol in symbols} == {"G01S13/02": 1, "G01S13/88": 1}


def test_an_explanation_of_what_is_not_there_says_so(api: httpx.Client) -> None:
    nothing = api.get("companies/lg-jel/explain/radar").json()
    assert (nothing["rated"], nothing["alignment"], nothing["matching"]) == (False, None, 0)
    assert api.get("companies/lg-jel/explain/no-such-technology").status_code == 404


def test_history_gives_the_chain_and_pages_of_rating_changes(api: httpx.Client) -> None:
    status = api.get("companies/lg-gls/history").json()["status_changes"]
    assert [(change["seq"], change["kind"]) for change in status] == [(2, "renamed"), (1, "designated")]
    first = api.get("companies/lg-cas/history", params={"limit": 2}).json()
    second = api.get("companies/lg-cas/history", params={"limit": 2, "cursor": first["next"]}).json()
    assert [change["seq"] for change in (*first["rating_changes"], *second["rating_changes"])] == [3, 2, 1]
    assert second["next"] is None
    other = api.get("companies/lg-cas/history", params={"technology": "quantum-sensors"}).json()
    assert other["rating_changes"] == []


@pytest.mark.parametrize(
    "asked",
    ["佳尔灵气动机械股份有限公司", "宁波佳而灵气动机械有限公司", "Ningbo Jiaerling Pneumatic Mach Ltd"],
)
def test_a_name_that_nobody_bears_just_so_gets_what_comes_near(api: httpx.Client, asked: str) -> None:
    answer = api.get("companies", params={"q": asked}).json()
    assert answer["items"] == []
    assert answer["near"][0]["company_id"] == "lg-jel"
    assert answer["near"][0]["why"]


@pytest.mark.parametrize("asked", ["佳尔灵", "no firm of such a name", ""])
def test_nothing_near_is_offered_where_something_is_found_or_nothing_is_like_it(
    api: httpx.Client, asked: str
) -> None:
    assert api.get("companies", params={"q": asked}).json()["near"] == []


def is_sensitive(code: AuthorityCode | None) -> bool:
    """As answers have it; the type of the property is that of its function."""
    return bool(Nominated(authority=code).model_dump()["sensitive"])


def test_a_sensitive_nominator_is_marked_in_answers() -> None:
    """P-22: Xinjiang and its Corps, nobody else, and not where the authority is not known."""
    marked = {code for code in AuthorityCode if is_sensitive(code)}
    assert marked == {AuthorityCode.XJ, AuthorityCode.XPCC}
    assert not is_sensitive(None)


def test_companies_say_whether_their_nominator_is_sensitive(api: httpx.Client) -> None:
    for path in ("companies", "technologies/radar/companies"):
        items = api.get(path).json()["items"]
        assert items
        assert all(item["sensitive"] is (item["authority"] in {"XJ", "XPCC"}) for item in items)
    assert api.get("companies/lg-cas").json()["sensitive"] is False


def test_a_list_of_rated_companies_has_the_rating_asked_for_and_goes_by_its_score(api: httpx.Client) -> None:
    asked = api.get("companies", params={"technology": "radar"}).json()["items"]
    assert [(one["company_id"], one["rating"]["technology"]) for one in asked] == [
        ("lg-cas", "radar"),
        ("lg-gls", "radar"),
    ]
    for one in asked:
        exposures = api.get(f"companies/{one['company_id']}/exposures").json()["technologies"]
        (pair,) = [pair for pair in exposures if pair["technology"] == "radar"]
        assert {key: one["rating"][key] for key in ("score", "band", "profile")} == {
            key: pair[key] for key in ("score", "band", "profile")
        }
    assert asked[0]["rating"]["score"] > asked[1]["rating"]["score"]
    best = api.get("companies", params={"min_band": "very_weak"}).json()["items"]
    assert [(one["company_id"], one["rating"]["technology"]) for one in best] == [
        ("lg-cas", "radar"),
        ("lg-gls", OPTICAL),
    ]
    assert api.get("companies").json()["items"][0]["rating"] is None


def test_the_pages_of_a_list_of_rated_companies_hold_each_once(api: httpx.Client) -> None:
    first = api.get("companies", params={"technology": "radar", "limit": 1}).json()
    second = api.get("companies", params={"technology": "radar", "limit": 1, "cursor": first["next"]}).json()
    assert [one["company_id"] for one in (*first["items"], *second["items"])] == ["lg-cas", "lg-gls"]
    assert (first["total"], second["next"]) == (2, None)
    refused = api.get("companies", params={"cursor": first["next"]})
    assert refused.status_code == 400
