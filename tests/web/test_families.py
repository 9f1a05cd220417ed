"""Families by their ids: what whoever brings newer ones compares with."""

import httpx

from giants.kafka import topics
from giants.store.client import Database
from tests.store.builders import family, finding, incoming, store


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


def test_a_family_that_counts_under_another_says_so_in_answers_and_on_both_pages(
    api: httpx.Client, database: Database
) -> None:
    ids = ("F/old", "F/new")
    records = [
        incoming(topics.FAMILIES, family(one, 1), key=one, offset=50 + at) for at, one in enumerate(ids)
    ]
    detail = "F/old shares CN1234A with F/new, whose record is the newest, and counts under it"
    found = finding(9, "same_invention", subject="F/old", detail=detail, ref="F/new")
    store(database, *records, incoming(topics.FINDINGS, found, key="f-9", offset=50))
    items = api.get("families", params={"id": list(ids)}).json()["items"]
    assert {one["family_id"]: one["counted_under"] for one in items} == {"F/old": "F/new", "F/new": None}
    old, new = (api.get(f"{str(api.base_url).partition('/api')[0]}/families/{one}").text for one in ids)
    assert 'counts under <a href="/families/F%2Fnew">' in old
    assert detail in old
    assert "Other records of this invention" not in old
    assert "Other records of this invention" in new
    assert '<a href="/families/F%2Fold">' in new
    quality = api.get(f"{str(api.base_url).partition('/api')[0]}/quality").text
    assert '<a href="/families/F%2Fold">F/old</a>' in quality
