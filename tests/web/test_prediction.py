"""Signals before reviews against outcomes, from the store to the API, the page and the command."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from giants.cli.app import build
from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.migrations import migrate
from tests.store.builders import TAXONOMY_DOCUMENT, company, delta, delta_frame, family, incoming, store
from tests.web.serving import served

LOST, PASSED, UNCOVERED = 12, 28, 3
FAMILIES_OF_A_STRETCH = 12


def review(outcome: str, reason: str | None = None) -> dict[str, Any]:
    return {
        "review_year": 2024,
        "outcome": outcome,
        "authority": "ZJ",
        "on": "2024-10-20",
        "ref": "r24@1",
        "reason": reason,
    }


def fill(database: Database) -> None:
    """All that lost their title had turned away from radar before, of those that passed two had."""
    records = [incoming(topics.TAXONOMIES, TAXONOMY_DOCUMENT)]
    deltas = []
    for number in range(LOST + PASSED + UNCOVERED):
        lost = number < LOST
        id_ = f"lg-{number:03}"
        outcome = review("absent", "absent_from_complete_list") if lost else review("passed")
        records.append(
            incoming(
                topics.COMPANIES,
                company(id_, f"杭州{number}有限公司", reviews=[outcome]),
                key=id_,
                offset=number,
            )
        )
        if number >= LOST + PASSED:
            continue
        turned = number < LOST + 2
        for place in range(2 * FAMILIES_OF_A_STRETCH):
            late = place >= FAMILIES_OF_A_STRETCH
            symbols = ("A01B1/00",) if late and turned else ("G01S13/02",)
            family_id = f"F{number}-{place}"
            filed_on = "2022-05-01" if late else "2017-05-01"
            deltas.append(delta(id_, family_id, symbols))
            offset = number * 100 + place
            records.append(
                incoming(topics.FAMILIES, family(family_id, filed_on=filed_on), key=family_id, offset=offset)
            )
    store(database, *records, delta_frame(*deltas))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=folder)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        fill(database)
        with served(settings) as serving:
            yield serving


def test_the_answer_counts_reviews_and_says_what_stands_out(client: httpx.Client) -> None:
    answer = client.get("/api/v1/prediction").json()
    assert (answer["lost"]["part"], answer["lost"]["whole"]) == (LOST, LOST + PASSED)
    assert answer["years"] == [{"review_year": 2024, "reviews": LOST + PASSED, "lost": LOST}]
    assert answer["uncovered"] == {"reviews": UNCOVERED, "lost": 0}
    assert (answer["enough"], answer["tried"]) == (True, 6)
    signals = {one["signal"]: one for one in answer["signals"]}
    drift = signals["focus-drift"]
    assert (drift["recall"]["part"], drift["passed_with"]["part"]) == (LOST, 2)
    assert (drift["precision"]["part"], drift["precision"]["whole"]) == (LOST, LOST + 2)
    assert drift["stands_out"]
    assert not signals["low-confidence"]["stands_out"]
    assert answer["methodology"].startswith("prediction-1+signals-")
    assert {"association", "small_numbers"} <= {note["code"] for note in answer["caveats"]}


def test_the_page_and_the_command_say_the_same(client: httpx.Client) -> None:
    page = client.get("/prediction", headers={"Accept": "text/html"})
    assert page.status_code == 200
    shown = "12 of 12, <b>100.0 %</b>"
    assert shown in page.text
    env = {"GIANTS_API_URL": str(client.base_url), "COLUMNS": "220"}
    ran = CliRunner().invoke(build("predict"), ["predict"], env=env)
    assert ran.exit_code == 0, ran.output
    for part in (
        "40 settled reviews",
        "2024: 40 reviews, 12 lost",
        "12 of 12, 100.0%",
        "6 signals were tried",
    ):
        assert part in ran.stdout
    assert "no family filed before the review year: 3 reviews" in ran.stdout
