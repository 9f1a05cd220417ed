"""The page of the API and that of the service: readable, from this service alone."""

import httpx
from playwright.sync_api import Browser, expect

from giants.embedded.epochfile import EpochFile, forget_epoch, write_epoch_file
from giants.settings import Settings
from giants.store.client import Database
from tests.web.dashboard.browsers import PHONE, WAIT_MILLISECONDS_MAX, reading
from tests.web.serving import served

HTML = {"Accept": "text/html"}


def test_the_page_of_the_api_lists_its_routes_and_tries_one_without_a_network(
    browser: Browser, address: str
) -> None:
    with reading(browser, address) as reader:
        asked: list[str] = []
        reader.page.on("request", lambda request: asked.append(request.url))
        reader.page.goto("/")
        reader.page.get_by_role("link", name="API", exact=True).click()
        route = reader.page.locator(".opblock", has_text="/api/v1/companies/{company_id}/exposures")
        route.first.wait_for()
        tried = reader.page.locator(".opblock", has_text="/healthz").first
        tried.get_by_role("button").first.click()
        tried.get_by_role("button", name="Try it out").click()
        tried.get_by_role("button", name="Execute").click()
        answer = tried.locator(".live-responses-table")
        answer.wait_for()
        expect(answer).to_contain_text('"status": "ok"', timeout=WAIT_MILLISECONDS_MAX)
        elsewhere = [url for url in asked if not url.startswith((address, "data:"))]
        assert elsewhere == []


def test_the_page_of_the_api_fits_a_phone(browser: Browser, address: str) -> None:
    with reading(browser, address, PHONE) as reader:
        reader.page.goto("/docs")
        reader.page.locator(".opblock").first.wait_for()
        assert reader.sideways() <= 0


def test_the_page_of_the_service_says_how_it_is(pages: httpx.Client) -> None:
    text = pages.get("/service").text
    assert "Ready: questions are answered" in text
    assert 'href="/openapi.json"' in text


def test_what_the_pages_and_readyz_say_while_the_journal_is_replayed(
    settings: Settings, database: Database
) -> None:
    write_epoch_file(settings.data_dir, EpochFile(epoch=2, state="filling", facts=1_234))
    try:
        with served(settings) as client:
            page = client.get("/", headers=HTML).text
            checks = {check["name"]: check for check in client.get("/readyz").json()["checks"]}
        write_epoch_file(settings.data_dir, EpochFile(epoch=2, state="complete", facts=1_234))
        with served(settings) as client:
            page_after = client.get("/", headers=HTML).text
            checks_after = client.get("/readyz").json()["checks"]
    finally:
        forget_epoch(settings.data_dir)
    assert "1,234 facts of the journal are being replayed" in page
    assert checks["journal"] == {
        "name": "journal",
        "ok": True,
        "detail": "1,234 facts are being replayed; answers are those of the epoch before",
        "required": True,
    }
    assert "being replayed" not in page_after
    assert "journal" not in {check["name"] for check in checks_after}


def test_options_names_the_methods_of_every_address(pages: httpx.Client) -> None:
    for path, allowed in {
        "/companies": "GET, HEAD, OPTIONS",
        "/docs": "GET, HEAD, OPTIONS",
        "/static/base.css": "GET, HEAD, OPTIONS",
        "/healthz": "GET, HEAD, OPTIONS",
        "/api/v1/companies": "GET, HEAD, OPTIONS",
        "/api/v1/watchlists/x": "DELETE, GET, HEAD, OPTIONS, PUT",
    }.items():
        answer = pages.options(path)
        assert (answer.status_code, answer.headers.get("allow")) == (204, allowed), path
        assert answer.content == b""
        assert pages.head(path).status_code != 405
    assert pages.options("/api/v1/nowhere").status_code == 404
    refused = pages.put("/companies")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
