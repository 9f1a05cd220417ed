"""Technologies, batches, authorities and cohorts over HTTP."""

import httpx
import pytest

from tests.web.conftest import OPTICAL


def test_technologies_come_in_the_order_of_the_taxonomy_with_counts_by_band(api: httpx.Client) -> None:
    answer = api.get("technologies").json()
    assert [item["technology"] for item in answer["items"]] == [
        OPTICAL,
        "gravitational-force-sensors",
        "radar",
    ]
    radar = answer["items"][2]
    assert (radar["companies"], radar["rated"]) == (2, 2)
    assert radar["bands"] == {"very_weak": 1, "weak": 0, "moderate": 0, "strong": 1, "very_strong": 0}


def test_companies_of_a_technology_come_highest_first_in_pages(api: httpx.Client) -> None:
    first = api.get("technologies/radar/companies", params={"limit": 1}).json()
    second = api.get("technologies/radar/companies", params={"limit": 1, "cursor": first["next"]}).json()
    assert [item["company_id"] for item in (*first["items"], *second["items"])] == ["lg-cas", "lg-gls"]
    assert first["items"][0]["name_en"] == "Beijing Zhongke Haixun Digital Technology Co. Ltd."
    assert second["next"] is None
    strong = api.get("technologies/radar/companies", params={"min_band": "strong"}).json()
    assert [item["company_id"] for item in strong["items"]] == ["lg-cas"]


def test_batches_tell_what_became_of_their_companies(api: httpx.Client) -> None:
    now = {item["batch"]: item for item in api.get("batches").json()["items"]}
    assert {batch: (item["year"], item["active"], item["inactive"]) for batch, item in now.items()} == {
        2: (2020, 1, 0),
        4: (2022, 0, 1),
        7: (2025, 1, 0),
    }
    then = {
        item["batch"]: item for item in api.get("batches", params={"as_of": "2023-06-30"}).json()["items"]
    }
    assert then.keys() == {2, 4}
    assert then[4]["active"] == 1


def test_all_authorities_are_listed_and_those_that_are_not_known(api: httpx.Client) -> None:
    items = api.get("authorities").json()["items"]
    by_code = {item["code"]: item for item in items}
    assert len(items) == 38
    assert by_code["BJ"]["inactive"] == 1
    assert by_code[None]["companies"] == 1
    assert by_code["XPCC"]["sensitive"]
    assert by_code["ZJ"]["name"] == "浙江省经济和信息化厅"


def test_cohorts_tell_what_reviews_came_to(api: httpx.Client) -> None:
    assert api.get("cohorts").json()["items"] == [
        {
            "batch": 4,
            "review_year": 2025,
            "due": 1,
            "passed": 0,
            "failed": 0,
            "absent": 1,
            "elevated": 0,
            "unknown": 0,
            "pending": 0,
            "removal_rate": 1.0,
            "rated": 1,
            "strong": 1,
            "strong_share": 1.0,
        }
    ]


def test_totals_tell_everything_at_a_glance(api: httpx.Client) -> None:
    answer = api.get("totals").json()
    assert (answer["companies"], answer["active"], answer["inactive"], answer["unknown"]) == (3, 2, 1, 0)
    assert (answer["companies_with_families"], answer["families"], answer["rated_pairs"]) == (2, 5, 3)
    assert answer["newest_change_at"] == "2025-10-20T08:00:00Z"


def test_refused_inputs_are_listed_with_their_reason(api: httpx.Client) -> None:
    (letter,) = api.get("dead-letters").json()["items"]
    assert (letter["topic"], letter["partition"], letter["reason"]) == ("giants.names.v1", 1, "not JSON")
    assert letter["value"] == "\ufffd{"
    assert letter["value_bytes"] == 2


@pytest.mark.parametrize(
    "path", ["companies", "technologies", "batches", "authorities", "cohorts", "totals", "changes"]
)
def test_every_answer_carries_caveats_as_codes_and_sentences(api: httpx.Client, path: str) -> None:
    caveats = api.get(path).json()["caveats"]
    assert caveats
    assert all(caveat["code"] and caveat["text"].endswith(".") for caveat in caveats)


def test_the_programme_is_described_with_sources_thresholds_and_the_cycle(api: httpx.Client) -> None:
    answer = api.get("programme").json()
    assert answer["choke_points"] == 1_047
    assert [one["id"] for one in answer["frameworks"]] == ["2018", "2022", "2026"]
    newest = answer["frameworks"][2]
    assert newest["in_force_from"] == "2026-04-01"
    shares = [one["at_least"] for one in newest["thresholds"] if one["item"] == "main_business_share"]
    assert shares == [0.9]
    assert {"item": "development_score", "score_min": 60}.items() <= newest["gates"][2].items()
    listed = {source["id"] for source in answer["sources"]}
    for group in ("objectives", "tiers", "benefits", "frameworks"):
        assert all(one["sources"] and listed.issuperset(one["sources"]) for one in answer[group])


def test_the_cycle_counts_who_comes_up_for_review(api: httpx.Client) -> None:
    """The newest change of these tests is of 2025: one term ahead is 2028."""
    cycle = {year["year"]: year for year in api.get("programme").json()["cycle"]}
    assert list(cycle) == list(range(2022, 2029))
    assert cycle[2026]["review_framework"] == "2022"
    assert cycle[2026]["designation_framework"] == "2026"
    due = {
        (year, one["batch"]): one["companies"]
        for year, row in cycle.items()
        for one in row["reviewed"]
        if one["companies"]
    }
    companies = api.get("companies").json()["items"]
    expected = {
        (one["next_review_year"], max(one["batches"])): 1
        for one in companies
        if one["status"] != "inactive" and one["next_review_year"] in cycle
    }
    assert due == expected
    assert due
