"""A person walks every page with a real browser, at a desk and with a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.cli.facts import designation, write_lines
from tests.stack import Stack
from tests.web.dashboard.browsers import DESKTOP, PHONE, axe_script, grave_faults, reading
from tests.web.dashboard.cast import PAGES, Cast

# A page that is not there is meant to be told so by the console as well.
NOT_THERE = re.compile("the server responded with a status of 404")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_reads_well_and_complains_of_nothing(
    browser: Browser, address: str, cast: Cast, page: str, width: int
) -> None:
    with reading(browser, address, width) as reader:
        reader.page.goto(cast.path(page))
        expect(reader.page.locator("h1")).to_have_count(1)
        assert reader.sideways() <= 0
        if page == "not-found":
            reader.complaints = [told for told in reader.complaints if not NOT_THERE.search(told)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_a_serious_fault_of_accessibility(
    browser: Browser, address: str, cast: Cast, page: str, scheme: str
) -> None:
    script = axe_script()
    # axe-core is put in from outside, which the policy of the pages forbids to anybody else.
    with reading(browser, address, color_scheme=scheme, bypass_csp=True) as reader:
        reader.page.goto(cast.path(page))
        for summary in reader.page.locator("main summary").all():
            summary.click()
        assert grave_faults(reader.page, script) == []
        reader.complaints.clear()


@pytest.mark.parametrize("asked", ["chinese", "pinyin", "english"])
def test_a_company_is_found_in_chinese_in_pinyin_and_in_english(
    browser: Browser, address: str, cast: Cast, asked: str
) -> None:
    hero = cast.hero
    assert hero.name_en is not None
    words = {"chinese": hero.name[2:8], "pinyin": cast.pinyin, "english": hero.name_en.lower()[:24]}
    with reading(browser, address) as reader:
        page = reader.page
        page.goto("/")
        page.get_by_label("Company, by any name it ever had").fill(words[asked])
        page.keyboard.press("Enter")
        page.get_by_role("link", name=hero.name).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(hero.name)
        expect(page.get_by_role("heading", level=1)).to_contain_text(hero.name_en)


def test_an_explanation_opens_in_place(browser: Browser, address: str, cast: Cast) -> None:
    with reading(browser, address) as reader:
        page = reader.page
        page.goto(f"/companies/{cast.hero.company_id}")
        rows = page.locator(f"tbody#{cast.technology}")
        rows.get_by_text("How this is made").click()
        explained = rows.locator(".explained")
        expect(explained).to_contain_text("Alignment")
        expect(explained).to_contain_text("Beta(2, 4)")
        expect(explained.get_by_role("table")).to_contain_text("Matching symbols")
        assert page.url.endswith(cast.hero.company_id)


def test_the_link_of_an_alert_opens_the_explanation_of_its_technology(
    browser: Browser, address: str, cast: Cast
) -> None:
    with reading(browser, address) as reader:
        reader.page.goto(f"/companies/{cast.hero.company_id}#{cast.technology}")
        expect(reader.page.locator(f"tbody#{cast.technology} .explained")).to_be_visible()


def test_pages_can_be_used_by_keyboard_alone(browser: Browser, address: str, cast: Cast) -> None:
    with reading(browser, address) as reader:
        page = reader.page
        page.goto(f"/companies/{cast.hero.company_id}")
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        summary = page.locator(f"tbody#{cast.technology} summary")
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"tbody#{cast.technology} .explained")).to_be_visible()


def test_the_menu_of_a_phone_opens_closes_and_leads_on(browser: Browser, address: str) -> None:
    with reading(browser, address, PHONE) as reader:
        page = reader.page
        page.goto("/")
        link = page.get_by_role("navigation", name="Pages").get_by_role("link", name="Batches")
        expect(link).to_be_hidden()
        page.get_by_role("button", name="Menu").click()
        expect(link).to_be_visible()
        page.keyboard.press("Escape")
        expect(link).to_be_hidden()
        page.get_by_role("button", name="Menu").click()
        link.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Batches")


def test_pages_say_everything_without_scripts(browser: Browser, address: str, cast: Cast) -> None:
    with reading(browser, address, java_script_enabled=False) as reader:
        page = reader.page
        page.goto(f"/companies/{cast.hero.company_id}")
        rows = page.locator(f"tbody#{cast.technology}")
        rows.get_by_text("How this is made").click()
        rows.get_by_role("link", name="Explanation and history").click()
        expect(page.locator(".explained")).to_contain_text("Beta(2, 4)")


def test_what_is_printed_has_no_controls_and_all_of_the_text(
    browser: Browser, address: str, cast: Cast
) -> None:
    with reading(browser, address) as reader:
        page = reader.page
        page.goto(f"/companies/{cast.hero.company_id}")
        page.emulate_media(media="print")
        expect(page.locator("nav.menu")).to_be_hidden()
        expect(page.get_by_role("button", name="Show")).to_be_hidden()
        expect(page.get_by_role("heading", name="Read with care")).to_be_visible()
        assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_changes_and_alerts_arrive_without_reloading(browser: Browser, stack: Stack, tmp_path: Path) -> None:
    """The whole way: a watchlist made in the browser, a list through the stack, the alert in the browser."""
    name = "宁波明远雷达科技有限公司"
    with (
        reading(browser, stack.ready["api"]) as desk,
        reading(browser, stack.ready["api"]) as watcher,
    ):
        watcher.page.goto("/watchlists/new")
        watcher.page.get_by_label("Name", exact=True).fill("Newly designated")
        watcher.page.get_by_label("Companies, one a line, by any name").fill(name)
        watcher.page.get_by_label("designated", exact=True).check()
        watcher.page.get_by_role("button", name="Create").click()
        expect(watcher.page.get_by_role("heading", level=1)).to_have_text("Newly designated")
        expect(watcher.page.get_by_text("No alerts yet")).to_be_visible()
        desk.page.goto("/")
        expect(desk.page.locator("[data-live-state]")).to_contain_text("Live")
        desk.page.evaluate("window.stayed = true")
        watcher.page.evaluate("window.stayed = true")

        file = write_lines(tmp_path / "list.jsonl", [designation("walk-b7", [name])])
        ran = stack.giants("ingest", "announcements", file)
        assert ran.status == 0, ran.err

        expect(desk.page.locator("[data-live-list]").get_by_role("link", name=name).first).to_be_visible()
        expect(desk.page.locator("[data-live-state]")).to_contain_text("new since you came")
        alert = watcher.page.locator("[data-alerts-body] li").first
        expect(alert).to_contain_text(f"{name}")
        expect(alert).to_contain_text("was designated a Little Giant in batch 7")
        assert desk.page.evaluate("window.stayed") is True
        assert watcher.page.evaluate("window.stayed") is True

        watcher.page.get_by_label("lost its title").check()
        watcher.page.get_by_label("Webhook", exact=True).fill("http://127.0.0.1:9/hook")
        watcher.page.get_by_label("Message to the webhook").select_option("a message for Slack")
        watcher.page.get_by_role("button", name="Save").click()
        expect(watcher.page.locator("[data-saved]")).to_have_text("Saved.")
        watcher.page.reload()
        expect(watcher.page.get_by_label("lost its title")).to_be_checked()
        expect(watcher.page.get_by_label("Message to the webhook")).to_have_value("slack")
        watcher.page.on("dialog", lambda dialog: dialog.accept())
        watcher.page.get_by_role("button", name="Delete").click()
        expect(watcher.page.get_by_role("heading", level=1)).to_have_text("Watchlists")
        expect(watcher.page.get_by_text("Newly designated")).to_have_count(0)
