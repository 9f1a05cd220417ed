"""How many families of a portfolio bear evidence, beside all of them (C-06)."""

import httpx
import pytest

from giants.kafka import topics
from giants.store.client import Database
from tests.store.builders import company, delta, delta_frame, exposure, incoming, store
from tests.web.conftest import OPTICAL


def test_families_and_classified_ones_stand_side_by_side(api: httpx.Client) -> None:
    answers = [
        api.get("companies/lg-gls").json()["exposure"],
        api.get("companies/lg-gls/exposures").json(),
        api.get(f"companies/lg-gls/explain/{OPTICAL}").json(),
    ]
    assert [(one["families"], one["classified"]) for one in answers] == [(5, 5)] * 3


def test_a_portfolio_of_which_few_families_are_classified_is_told_with_a_caveat(
    api: httpx.Client, database: Database
) -> None:
    families = [delta("lg-few", f"F{number}", ("G01S13/88",) if number < 3 else ()) for number in range(100)]
    counts = exposure("lg-few", {"radar": 3}, families=100, instances=3, classified=3)
    store(
        database,
        incoming(topics.COMPANIES, company("lg-few"), key="lg-few", offset=9),
        incoming(topics.EXPOSURES, counts, key="lg-few", offset=9),
        delta_frame(*families, offset=9),
    )
    listed, explained = (
        api.get(f"companies/lg-few/{route}").json() for route in ("exposures", "explain/radar")
    )
    for answer in (listed, explained):
        assert (answer["families"], answer["classified"], answer["methodology"]) == (100, 3, "exposure-2")
        assert "few_classified" in {caveat["code"] for caveat in answer["caveats"]}
    assert explained["score"] == pytest.approx(listed["technologies"][0]["score"], abs=1e-4)
    assert explained["band"] == "very_weak"


def test_a_rating_by_the_methodology_before_is_explained_by_it(api: httpx.Client, database: Database) -> None:
    before = exposure("lg-old", {"radar": 3}, families=100, instances=3, classified=100)
    families = [delta("lg-old", f"F{number}", ("G01S13/88",) if number < 3 else ()) for number in range(100)]
    store(
        database,
        incoming(topics.COMPANIES, company("lg-old"), key="lg-old", offset=10),
        incoming(topics.EXPOSURES, before | {"methodology": "exposure-1"}, key="lg-old", offset=10),
        delta_frame(*families, offset=10),
    )
    explained = api.get("companies/lg-old/explain/radar").json()
    assert (explained["methodology"], explained["band"]) == ("exposure-1", "very_strong")
