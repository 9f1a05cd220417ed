"""Ratings by filing date, from the facts and the portfolio in the store to the answers."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from giants.cli.app import build
from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.migrations import migrate
from tests.oracles import exposure as oracle
from tests.store.builders import (
    TAXONOMY_DOCUMENT,
    company,
    delta,
    delta_frame,
    exposure,
    family,
    incoming,
    store,
)
from tests.web.serving import served

RUNNER = CliRunner()
# Family, filing date, symbols as the portfolio has them. A later one moves away from radar.
FILED = (
    ("F1", "2019-05-01", ("G01S13/02", "A01B1/00")),
    ("F2", "2020-12-31", ("G01S13/88",)),
    ("F3", "2021-01-01", ()),
    ("F4", "2022-03-01", ("H01S5/02", "H04B10/00", "A01B3/00")),
    ("F5", None, ("G01S13/02",)),
    ("F6", "1019-05-01", ("G01S13/02",)),
    ("F7", "2024-03-01", ("G01S13/02",)),
)


def fill(database: Database) -> None:
    store(
        database,
        incoming(topics.TAXONOMIES, TAXONOMY_DOCUMENT),
        incoming(topics.COMPANIES, company("lg-radar", "杭州雷达有限公司"), key="lg-radar"),
        incoming(topics.COMPANIES, company("lg-none", "杭州无专利有限公司"), key="lg-none", offset=1),
        incoming(
            topics.EXPOSURES, exposure("lg-radar", {"radar": 4}, families=7, instances=9), key="lg-radar"
        ),
        incoming(topics.DAYS, {"day": "2023-06-30"}, key="2023-06-30"),
        delta_frame(
            *(delta("lg-radar", family_id, symbols) for family_id, _, symbols in FILED),
            delta("lg-else", "F8", ("G01S13/02",)),
            # A family that left the portfolio again.
            delta("lg-radar", "F9", ("G01S13/02",)),
            delta("lg-radar", "F9", None, ("G01S13/02",)),
        ),
        *(
            incoming(topics.FAMILIES, family(family_id, filed_on=filed_on), key=family_id, offset=number)
            for number, (family_id, filed_on, _) in enumerate(
                (*FILED, ("F8", "2018-01-01", ()), ("F9", "2018-01-01", ()))
            )
        ),
    )


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=folder)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        fill(database)
        with served(settings) as client:
            client.base_url = client.base_url.join("/api/v1/")
            yield client


def test_as_of_a_day_by_filing_date_is_what_was_filed_by_its_end(api: httpx.Client) -> None:
    answer = api.get("companies/lg-radar/exposures", params={"as_of": "2020-12-31", "basis": "filed"}).json()
    assert (answer["basis"], answer["as_of"], answer["undated"]) == ("filed", "2020-12-31", 2)
    assert (answer["families"], answer["classified"], answer["instances"]) == (2, 2, 3)
    assert answer["methodology"] == "filed-1+exposure-2"
    assert answer["confidence"] == oracle.published_confidence(2)
    (radar,) = answer["technologies"]
    expected = oracle.exposure("radar", 2, 3, 2) | {"sensitivity": None}
    assert {name: radar[name] for name in expected} == expected
    assert radar["name"] == "Radar"
    assert {"as_filed", "publication_lag"} <= {note["code"] for note in answer["caveats"]}


def test_without_a_day_all_families_with_a_date_count(api: httpx.Client) -> None:
    answer = api.get("companies/lg-radar/exposures", params={"basis": "filed"}).json()
    assert (answer["families"], answer["classified"], answer["undated"]) == (5, 4, 2)


def test_by_default_a_day_is_one_of_arrival(api: httpx.Client) -> None:
    answer = api.get("companies/lg-radar/exposures", params={"as_of": "2020-12-31"}).json()
    assert (answer["basis"], answer["undated"], answer["technologies"]) == ("arrival", None, [])
    assert api.get("companies/lg-radar/exposures").json()["basis"] == "arrival"
    assert api.get("companies/lg-radar/exposures", params={"basis": "known"}).status_code == 422


def test_years_run_from_the_first_filing_to_the_newest_day(api: httpx.Client) -> None:
    answer = api.get("companies/lg-radar/as-filed").json()
    assert [(year["on"], year["families"], year["classified"]) for year in answer["years"]] == [
        ("2019-12-31", 1, 1),
        ("2020-12-31", 2, 2),
        ("2021-12-31", 3, 2),
        ("2022-12-31", 4, 3),
        ("2023-06-30", 4, 3),
    ]
    assert answer["undated"] == 2
    assert answer["names"] == {
        "advanced-optical-communication": "Advanced optical communication",
        "radar": "Radar",
    }
    last = {pair["technology"]: pair for pair in answer["years"][-1]["technologies"]}
    assert last["radar"]["matching"] == 2
    assert last["radar"]["score"] == oracle.exposure("radar", 2, 6, 3)["score"]


def test_one_technology_is_chosen_and_one_that_is_none_is_told(api: httpx.Client) -> None:
    answer = api.get("companies/lg-radar/as-filed", params={"technology": "radar"}).json()
    assert answer["names"] == {"radar": "Radar"}
    assert {pair["technology"] for year in answer["years"] for pair in year["technologies"]} == {"radar"}
    assert api.get("companies/lg-radar/as-filed", params={"technology": "alchemy"}).status_code == 404


def test_a_company_without_families_has_no_years(api: httpx.Client) -> None:
    answer = api.get("companies/lg-none/as-filed").json()
    assert (answer["years"], answer["undated"]) == ([], 0)
    assert "no_patents" in {note["code"] for note in answer["caveats"]}


def ran(api: httpx.Client, *arguments: str) -> str:
    address = f"{api.base_url.scheme}://{api.base_url.host}:{api.base_url.port}"
    result = RUNNER.invoke(
        build(arguments[0]), [*arguments], env={"GIANTS_API_URL": address, "COLUMNS": "200"}
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_commands_show_days_and_years(api: httpx.Client) -> None:
    years = ran(api, "company", "lg-radar", "--as-filed")
    assert "2019-12-31" in years
    assert "2 families without a filing date are in no year" in years
    score = oracle.exposure("radar", 2, 3, 2)["score"]
    assert isinstance(score, float)
    pair = ran(api, "explain", "lg-radar", "radar", "--as-filed")
    assert "2 of 3" in pair
    assert f"{score:.1f}" in pair
    day = ran(api, "company", "lg-radar", "--as-of", "2020-12-31", "--as-filed")
    assert "families filed by the end of the day" in day
    assert f"{score:.1f}" in day
    arrived = ran(api, "company", "lg-radar", "--as-of", "2020-12-31")
    assert "what had been announced by the end of the day" in arrived
    document = orjson.loads(ran(api, "company", "lg-radar", "--as-filed", "--json"))
    assert document["basis"] == "filed"
