"""Tables sort, filter and download as they stand; addresses keep what was chosen."""

import csv
import io
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from giants.web.dashboard.sheets import SheetFormat, sheet
from tests.web.dashboard.browsers import PHONE, WAIT_MILLISECONDS_MAX, reading
from tests.web.dashboard.cast import Cast

HOSTILE = '=HYPERLINK("http://evil")'
CODE = "913301002539163273"
ROWS = [["杭州星野光电科技有限公司", CODE, HOSTILE, "1,234.5", "-3.2", "@SUM(A1)"]]
HEADINGS = ["Company", "Code", "Note", "Score", "Step", "+x"]


def test_a_csv_is_opened_by_excel_without_loss_and_runs_nothing() -> None:
    made = sheet(SheetFormat.CSV, "t", HEADINGS, ROWS)
    assert made.startswith(b"\xef\xbb\xbf")
    heading, row = csv.reader(io.StringIO(made.decode("utf-8-sig")))
    assert heading == [*HEADINGS[:-1], "'+x"]
    assert row == [ROWS[0][0], f'="{CODE}"', f"'{HOSTILE}", "1234.5", "-3.2", "'@SUM(A1)"]


def test_a_workbook_holds_codes_as_texts_numbers_as_numbers_and_no_formula() -> None:
    made = sheet(SheetFormat.XLSX, "Companies [1/2]: a*b?", HEADINGS, ROWS)
    page = load_workbook(io.BytesIO(made)).active
    assert page is not None
    assert [cell.value for cell in page[2]] == [ROWS[0][0], CODE, HOSTILE, 1234.5, -3.2, "@SUM(A1)"]
    assert [cell.data_type for cell in page[2]] == ["s", "s", "s", "n", "n", "s"]


def test_a_table_that_is_too_large_or_no_table_is_refused(pages: httpx.Client) -> None:
    for body in (
        {},
        {"title": "t", "headings": [], "rows": []},
        {"title": "t", "headings": ["a"] * 61, "rows": []},
    ):
        assert pages.post("/tables/csv", json=body).status_code == 422
    assert pages.post("/tables/ods", json={"title": "t", "headings": ["a"], "rows": []}).status_code == 422


def test_all_companies_of_a_filter_are_one_file_in_the_order_of_the_page(
    pages: httpx.Client, cast: Cast
) -> None:
    asked = {"technology": cast.technology, "min_band": "very_weak"}
    rows = list(
        csv.DictReader(
            io.StringIO(pages.get("/tables/companies/csv", params=asked).content.decode("utf-8-sig"))
        )
    )
    items = pages.get("/api/v1/companies", params=asked | {"limit": 1000}).json()["items"]
    assert [row["Id"] for row in rows] == [one["company_id"] for one in items]
    scores = [float(row["Score (derived)"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert {row["Technology"] for row in rows} == {cast.technology_name}
    book = load_workbook(io.BytesIO(pages.get("/tables/companies/xlsx", params=asked).content))
    assert book.active is not None
    assert book.active.max_row == len(rows) + 1


def test_the_list_of_a_technology_shows_its_score_and_band(pages: httpx.Client, cast: Cast) -> None:
    text = pages.get("/companies", params={"technology": cast.technology, "min_band": "very_weak"}).text
    assert 'data-label="Score"' in text
    assert "highest score first" in text
    assert 'data-label="Score"' not in pages.get("/companies").text


def column(page: Page, label: str) -> list[str]:
    return page.locator(f"table.list tbody tr:visible td[data-label='{label}']").all_inner_texts()


def test_a_reader_sorts_filters_reloads_and_downloads_what_is_seen(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    with reading(browser, address, accept_downloads=True) as reader:
        page = reader.page
        page.goto("/companies")
        page.locator("table.list").get_by_role("button", name="Next review").click()
        page.locator("table.list").get_by_role("button", name="Next review").click()
        expect(page.locator("table.list th[aria-sort=descending]")).to_have_text("Next review")
        years = [year for year in column(page, "Next review") if year.isdigit()]
        assert years == sorted(years, reverse=True)
        assert len(set(years)) > 1
        page.get_by_label("Filter the rows of this table").first.fill(years[0])
        expect(page.locator(".table-tools").first).to_contain_text(" of ")
        shown = column(page, "Next review")
        assert 0 < len(shown) < len(years)
        assert "sort1=5d" in page.url
        page.reload()
        expect(page.locator("table.list th[aria-sort=descending]")).to_have_text("Next review")
        assert column(page, "Next review") == shown
        for name, ending in (("CSV", "csv"), ("Excel", "xlsx")):
            with page.expect_download(timeout=WAIT_MILLISECONDS_MAX) as downloading:
                page.locator(".table-tools").first.get_by_role("button", name=name).click()
            file = tmp_path / f"table.{ending}"
            downloading.value.save_as(file)
            if ending == "csv":
                heading, *rows = csv.reader(file.read_text(encoding="utf-8-sig").splitlines())
            else:
                sheet_read = load_workbook(file).active
                assert sheet_read is not None
                heading, *rows = [[str(cell or "") for cell in row] for row in sheet_read.values]
            assert heading[0] == "Company"
            assert [row[heading.index("Next review")].removesuffix(".0") for row in rows] == shown
        expect(page.locator(".table-tools").first).to_contain_text("rows downloaded")


def test_bands_sort_by_strength_and_ratings_keep_what_opens_below_them(
    browser: Browser, address: str, cast: Cast
) -> None:
    order = ["very weak", "weak", "moderate", "strong", "very strong"]
    with reading(browser, address) as reader:
        page = reader.page
        page.goto(f"/companies/{cast.hero.company_id}")
        page.locator("table.ratings thead").get_by_role("button", name="Band").click()
        bands = page.locator("table.ratings .band").all_inner_texts()
        ranks = [order.index(one.strip()) for one in bands]
        assert ranks == sorted(ranks)
        page.locator(f"tbody#{cast.technology}").get_by_text("How this is made").click()
        expect(page.locator(f"tbody#{cast.technology} .explained")).to_contain_text("Beta(2, 4)")


def test_a_slash_goes_to_the_search_and_is_a_slash_in_a_field(browser: Browser, address: str) -> None:
    with reading(browser, address) as reader:
        page = reader.page
        for path, field in (("/", "#hero-q"), ("/companies", "#q"), ("/batches", "#find")):
            page.goto(path)
            page.keyboard.press("/")
            expect(page.locator(field)).to_be_focused()
            page.keyboard.type("a/b")
            expect(page.locator(field)).to_have_value("a/b")


@pytest.mark.parametrize("path", ["/companies/{company}", "/batches"])
def test_a_phone_sees_the_present_of_what_is_wider_than_it(
    browser: Browser, address: str, cast: Cast, path: str
) -> None:
    with reading(browser, address, PHONE) as reader:
        reader.page.goto(path.format(company=cast.hero.company_id))
        frame = reader.page.locator("[data-scroll=end]").first
        places = "one => [one.scrollLeft, one.scrollWidth - one.clientWidth]"
        at, furthest = frame.evaluate(places)
        assert furthest > 0
        assert abs(at - furthest) <= 1


def test_an_id_is_copied_and_the_button_says_so(browser: Browser, address: str, cast: Cast) -> None:
    with reading(browser, address, permissions=["clipboard-read", "clipboard-write"]) as reader:
        page = reader.page
        page.goto(f"/companies/{cast.hero.company_id}")
        page.get_by_role("button", name="Copy").last.click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == cast.hero.company_id
