"""The daily job of a desk in a real browser, on a whole stack: from 200 pasted names to the PDF of a run."""

from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.cli.facts import designation, write_lines
from tests.stack import Stack
from tests.waiting import wait_for
from tests.web.dashboard.browsers import PHONE, reading

# Made up; trade names are two characters that stand in no place or trade.
TRADES = ("雷达科技", "气动机械", "光电仪器", "电缆材料", "生物医药")
FIRMS = [
    f"宁波{first}{second}{trade}有限公司"
    for first in "星澜锐霖峰"
    for second in "野朔岳澄"
    for trade in TRADES
][:60]
PASTED = [
    "供应商,备注",
    *(f"{name},{number}" for number, name in enumerate(FIRMS[:50])),
    *(f"{name.replace('有限公司', '股份有限公司')}," for name in FIRMS[50:60]),
    "宁波星野雷达技术研究有限公司,to review",
    *(f"某某第{number}不存在实业有限公司," for number in range(137)),
    ",no name",
    "=1+1,a formula",
]


def _is_match(stack: Stack, name: str) -> bool:
    """Whether the matcher knows a company: what is stored is in its index two seconds later."""
    query = {"queries": {"q": {"schema": "Company", "properties": {"name": [name]}}}}
    answer = httpx.post(f"{stack.ready['api']}/api/v1/match", json=query)
    answer.raise_for_status()
    return any(one["match"] for one in answer.json()["responses"]["q"]["results"])


def pairs(page: Page, portfolio: str) -> int:
    """How many pairs of a portfolio wait."""
    page.goto(f"/inbox?portfolio={portfolio}")
    return page.locator("[data-pair]").count()


def reject_one(page: Page) -> None:
    """Reject the first pair by keyboard, with a reason."""
    card = page.locator("[data-pair]", has_text="宁波星野雷达技术研究有限公司").first
    expect(card).to_contain_text("differs")
    first = page.locator("[data-pair]").first.get_attribute("data-pair")
    page.keyboard.press("j")
    expect(page.locator("[data-pair]").first).to_be_focused()
    page.keyboard.press("w")
    page.keyboard.type("another firm of the same trade name")
    page.keyboard.press("Enter")  # decides nothing
    page.locator("[data-pair]").first.focus()
    page.keyboard.press("x")
    expect(page.locator("input[name=pair]").first).to_be_checked()
    page.keyboard.press("r")
    expect(page.get_by_text("Decided: 1 pair.")).to_be_visible()
    expect(page.locator(f'[data-pair="{first}"]')).to_have_count(0)
    history = page.get_by_role("region", name="Who decided what")
    expect(history).to_contain_text("rejected")
    expect(history).to_contain_text("another firm of the same trade name")


def test_from_a_pasted_list_to_the_pdf_of_its_run(browser: Browser, stack: Stack, tmp_path: Path) -> None:
    assert len(PASTED) == 201
    ran = stack.giants(
        "ingest", "announcements", write_lines(tmp_path / "d", [designation("desk-b7", FIRMS)])
    )
    assert ran.status == 0, ran.err
    wait_for(
        "the companies", lambda: len(stack.get("/companies", q="宁波", limit=100)["items"]) >= len(FIRMS)
    )
    wait_for("the index to know them", lambda: _is_match(stack, FIRMS[-1]))
    with reading(browser, stack.ready["api"]) as desk:
        page = desk.page
        page.goto("/")
        page.get_by_role("link", name="Screen your own list").click()
        page.get_by_label("Names: paste rows of a table, or one name a line").fill("\n".join(PASTED))
        page.get_by_role("button", name="Screen", exact=True).click()
        rows = page.locator("tr[data-verdict]")
        expect(rows).to_have_count(200)
        expect(page.locator("tr[data-verdict=match]")).to_have_count(60)
        expect(page.get_by_label("Name", exact=True).first).to_have_value("1")
        page.get_by_label("error").check()
        expect(page.locator("tr[data-verdict]:visible")).to_have_count(2)
        page.get_by_label("all 200").check()
        page.get_by_label("Filter the rows of this table").fill("星野雷达技术")
        expect(page.locator("tr[data-verdict]:visible")).to_have_count(1)
        pdf = page.get_by_role("link", name="PDF for the audit").get_attribute("href")
        assert pdf is not None
        with page.expect_download() as excel:
            page.get_by_role("button", name="Download Excel").click()
        assert excel.value.suggested_filename.endswith(".xlsx")

        page.get_by_placeholder("Suppliers").fill("Suppliers of spring")
        page.get_by_label("Owner").fill("desk-a")
        page.get_by_role("button", name="Save as portfolio").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
        expect(page.get_by_text("Saved: 198 entries; 2 rows")).to_be_visible()
        portfolio = page.locator("#portfolio").input_value()
        wait_for("a pair to review", lambda: pairs(page, portfolio) > 0)

        reject_one(page)
        document = page.request.get(pdf)
        assert document.body().startswith(b"%PDF-")
    with reading(browser, stack.ready["api"], PHONE) as phone:
        for path in ("/screen", f"/inbox?portfolio={portfolio}&state=rejected"):
            phone.page.goto(path)
            assert phone.sideways() <= 0
