"""A contest about an English name is told on the page of each company that bears it (D-07)."""

import httpx

from giants.kafka import topics
from giants.store.client import Database
from tests.store.builders import company, finding, incoming, store


def test_the_page_of_a_company_without_families_says_who_bears_its_english_name(
    api: httpx.Client, database: Database
) -> None:
    told = "2 companies bear the English name 'anao' (lg-one, lg-two): its families go to lg-one"
    store(
        database,
        incoming(topics.COMPANIES, company("lg-two"), key="lg-two", offset=20),
        incoming(
            topics.FINDINGS,
            finding(20, "english_name_ambiguous", subject="lg-two", detail=told),
            key="f-20",
            offset=20,
        ),
    )
    page = httpx.get(str(api.base_url.join("/companies/lg-two"))).text
    assert "bear the English name" in page
    assert "another bears its English name" in page
    other = httpx.get(str(api.base_url.join("/companies/lg-jel"))).text
    assert "Inconsistencies in the facts" not in other
