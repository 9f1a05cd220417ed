"""Families by their ids: what whoever brings newer ones compares with."""

import httpx

from giants.kafka import topics
from giants.store.client import Database
from tests.store.builders import family, incoming, store


def test_the_newest_version_of_each_known_family_is_given(api: httpx.Client, database: Database) -> None:
    versions = [family("F7", 1), family("F7", 2, cpc=["G01S13/88"]), family("F/8 &")]
    records = (
        incoming(topics.FAMILIES, one, key=one["family_id"], offset=offset)
        for offset, one in enumerate(versions, 40)
    )
    store(database, *records)
    found = api.get("families", params={"id": ["F7", "F/8 &", "unheard"]}).json()["items"]
    assert [(one["family_id"], one["version"]) for one in found] == [("F/8 &", 1), ("F7", 2)]
    assert found[1]["cpc"] == ["G01S13/88"]
    assert found[1]["filed_on"] == "2024-05-01"


def test_no_id_and_too_many_are_refused(api: httpx.Client) -> None:
    assert api.get("families").status_code == 422
    assert api.get("families", params={"id": ["x"] * 101}).status_code == 422
