"""The inbox in a real browser: what was read, the keys, and a decision about all pairs of a filter."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from giants.kafka import topics
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from tests.delivery.samples import alert
from tests.store.waiting import wait_until
from tests.web.dashboard.browsers import reading, running_browser
from tests.web.desk.test_inbox import kept_names, many, pairs_of

ALERTS = 3


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def alerted(desk: httpx.Client, desk_settings: Settings) -> httpx.Client:
    """The desk with some alerts, each of a cause of its own."""
    with Publisher(desk_settings, 10) as publisher:
        topic = topics.ALERTS.full_name(desk_settings)
        for number in range(ALERTS):
            one = alert(number, f"w-{number}")
            publisher.send(topic, one.watchlist_id, one.model_dump_json().encode())
        publisher.flush()
    wait_until(lambda: desk.get("/inbox").text.count('<li class="entry" data-id=') == ALERTS, "the alerts")
    return desk


def unread(page: Page) -> int:
    return page.locator(".inbox-alerts .entry.unread").count()


def test_what_was_read_stays_read_and_can_be_hidden(browser: Browser, alerted: httpx.Client) -> None:
    with reading(browser, str(alerted.base_url)) as desk:
        page = desk.page
        page.goto("/inbox")
        expect(page.locator("[data-unread]")).to_have_text(f"{ALERTS} unread")
        assert unread(page) == ALERTS
        page.keyboard.press("j")
        expect(page.locator(".inbox-alerts .entry").first).to_be_focused()
        page.keyboard.press("m")
        expect(page.locator("[data-unread]")).to_have_text(f"{ALERTS - 1} unread")
        page.reload()
        expect(page.locator("[data-unread]")).to_have_text(f"{ALERTS - 1} unread")
        page.get_by_label("unread only").check()
        expect(page.locator(".inbox-alerts .entry:visible")).to_have_count(ALERTS - 1)
        page.get_by_role("button", name="Mark all read").click()
        expect(page.locator("[data-unread]")).to_have_text("0 unread")
        expect(page.locator(".inbox-alerts .entry:visible")).to_have_count(0)
    with reading(browser, str(alerted.base_url)) as other:  # another browser has read nothing
        other.page.goto("/inbox")
        expect(other.page.locator("[data-unread]")).to_have_text(f"{ALERTS} unread")


def test_all_pairs_of_a_filter_are_rejected_with_the_keyboard_alone(
    browser: Browser, desk: httpx.Client, desk_settings: Settings
) -> None:
    portfolio_id = kept_names(desk, 55)
    many(desk_settings, portfolio_id, "desk-a", 55)
    here = f"/inbox?portfolio={portfolio_id}"
    wait_until(lambda: "all 55 that match this filter" in desk.get(here).text, "all pairs to wait")
    with reading(browser, str(desk.base_url)) as person:
        page = person.page
        page.goto(here)
        page.keyboard.press("a")
        expect(page.locator("input[name=pair]:checked")).to_have_count(50)
        page.keyboard.press("a")
        expect(page.locator("input[name=pair]:checked")).to_have_count(0)
        page.keyboard.press("f")
        expect(page.get_by_label("all 55 that match this filter")).to_be_checked()
        page.keyboard.press("w")
        page.keyboard.type("none of them supplies us")
        page.locator("[data-pair]").first.focus()
        page.keyboard.press("r")
        expect(page.get_by_role("heading", level=1)).to_have_text("Reject 55 pairs?")
        expect(page.get_by_text("none of them supplies us")).to_be_visible()
        page.keyboard.press("Enter")  # the button has the focus
        expect(page.get_by_text("Decided: 55 pairs.")).to_be_visible()
        expect(page.locator("[data-pair]")).to_have_count(0)
    assert pairs_of(desk.get(here).text) == []
