"""The page of screening: a list in, its answer, columns that can be chosen, files, and what is refused."""

import csv
import io
import re

import httpx
import openpyxl
import pytest

from tests.store.waiting import wait_until
from tests.web.conftest import OUTSIDE_OWNER
from tests.web.desk.desk import NEAR, NINGBO, NOBODY, TRADITIONAL, post

TABLE = f"编号,企业名称,地区\nV-1,{TRADITIONAL},浙江\nV-2,{NEAR},\nV-3,{NOBODY},\nV-4,,\nV-5,=HYPERLINK(1),\n"


def verdicts(page: str) -> list[str]:
    return re.findall(r'<tr data-verdict="(\w+)"', page)


def run_of(page: str) -> str:
    """The id of the run that a page shows; the latest ones are listed below it."""
    found = re.search(r'/api/v1/screenings/(r-[0-9a-f]+)/export\?format=pdf">PDF for the audit', page)
    assert found is not None
    return found[1]


def test_a_pasted_table_is_answered_with_its_columns_and_written_down(desk: httpx.Client) -> None:
    answer = post(desk, list=TABLE)
    assert answer.status_code == 200, answer.text
    assert verdicts(answer.text) == ["match", "review", "none", "error", "error"]
    assert NINGBO in answer.text
    assert re.search(
        r'name="column_name">\s*<option value="1">编号</option><option value="2" selected', answer.text
    )
    assert re.search(r'name="column_place">.*?<option value="3" selected', answer.text, re.DOTALL)
    assert "has no name" in answer.text
    assert "holds a formula" in answer.text
    assert answer.text.count('class="caveats"') == 1
    run_id = run_of(answer.text)
    wait_until(lambda: desk.get(f"/api/v1/screenings/{run_id}").status_code == 200, "the run to be stored")
    head = desk.get(f"/api/v1/screenings/{run_id}").json()["run"]
    assert (head["origin"], head["label"], head["names"], head["matched"]) == (
        "dashboard",
        "pasted list",
        3,
        1,
    )
    pdf = desk.get(f"/api/v1/screenings/{run_id}/export", params={"format": "pdf"})
    assert pdf.content.startswith(b"%PDF-")
    assert run_id in desk.get("/screen").text


def test_owners_stand_beside_the_answer_with_their_source_and_in_the_trail(desk: httpx.Client) -> None:
    answer = post(desk, list=f"{NINGBO}\n{OUTSIDE_OWNER}\n{NOBODY}\n")
    assert verdicts(answer.text) == ["match", "none", "none"]
    said = f"named as shareholder of {NINGBO} by An exchange, 2025-11-05"
    said_zh = f"据An exchange（2025-11-05）：{NINGBO}的股东"
    assert answer.text.count("data-ownership") == 4
    assert "named as subsidiary of 北京中科海讯数字科技股份有限公司 by An exchange" in answer.text
    assert said in answer.text
    assert said_zh in answer.text
    assert 'href="https://records.example/2"' in answer.text
    run_id = run_of(answer.text)
    wait_until(lambda: desk.get(f"/api/v1/screenings/{run_id}").status_code == 200, "the run to be stored")
    export = f"/api/v1/screenings/{run_id}/export"
    rows = list(csv.DictReader(io.StringIO(desk.get(export).content.decode("utf-8-sig"))))
    assert rows[0]["ownership"].startswith("named as subsidiary of 北京中科海讯数字科技股份有限公司")
    assert rows[1]["ownership"] == f"{said}, https://records.example/2"
    made = post(desk, "/screen/file?format=csv", list=f"{OUTSIDE_OWNER}\n")
    (row,) = csv.DictReader(io.StringIO(made.content.decode("utf-8-sig")))
    assert (row["lg_match"], row["lg_ownership"]) == (
        "none",
        f"{said} · {said_zh} · https://records.example/2",
    )


def test_a_company_page_shows_owners_in_both_languages_apart_from_ratings(desk: httpx.Client) -> None:
    page = desk.get("/companies/lg-cas").text
    table = re.search(r'<table class="cards notes ownership-table">.*?</table>', page, re.DOTALL)
    assert table is not None
    for text in ("parent", "母公司", NINGBO, "51 %", "Annual report 2025", "/documents/o-1%401"):
        assert text in table[0]


def test_names_one_a_line_may_hold_commas(desk: httpx.Client) -> None:
    names = "Galactic Light Solutions Co., Ltd.\nNingbo Jia'erling Pneumatic Machinery Co., Ltd.\n"
    assert verdicts(post(desk, list=names).text) == ["match", "match"]


def test_columns_are_chosen_and_a_heading_is_said_to_be_none(desk: httpx.Client) -> None:
    table = f"A,B\nfirst,{NINGBO}\nsecond,{NOBODY}\n"
    wrong = post(desk, list=table, column_name="1", heading="yes")
    assert verdicts(wrong.text) == ["none", "none"]
    assert verdicts(post(desk, list=table, column_name="2", heading="yes").text) == ["match", "none"]
    assert verdicts(post(desk, list=table, column_name="2", heading="no").text) == ["none", "match", "none"]
    beyond = post(desk, list=table, column_name="9")
    assert beyond.status_code == 422
    assert "There is no column &#39;9&#39;" in beyond.text
    assert NINGBO in beyond.text  # the list is not lost


def test_a_table_without_names_is_answered_and_says_what_was_taken(desk: httpx.Client) -> None:
    answer = post(desk, list="alpha,beta\ngamma,delta\n")
    assert answer.status_code == 200
    assert "No column looks like names of companies" in answer.text
    assert verdicts(answer.text)


def test_an_uploaded_file_is_screened_and_can_be_sent_again_as_text(desk: httpx.Client) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("供应商", "城市"), (TRADITIONAL, "宁波"), (NOBODY, None)):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    answer = desk.post("/screen", files={"file": ("<b>../my list.xlsx", content.getvalue())})
    assert verdicts(answer.text) == ["match", "none"]
    assert "my list.xlsx" in answer.text
    assert "<b>" not in re.sub(r"<b>[\d,]+</b>", "", answer.text)
    again = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)
    assert again is not None
    assert verdicts(post(desk, list=again[1]).text) == ["match", "none"]


@pytest.mark.parametrize("text", ["", "   \n\n", "企业名称\n"])
def test_an_empty_list_says_what_to_do(desk: httpx.Client, text: str) -> None:
    answer = post(desk, list=text)
    assert answer.status_code == 422
    assert "paste names, one a line, or choose a file" in answer.text


def test_a_file_that_is_no_workbook_is_one_clear_line(desk: httpx.Client) -> None:
    answer = desk.post("/screen", files={"file": ("a.xlsx", b"PK\x03\x04 broken")})
    assert answer.status_code == 422
    assert 'class="form-fault"' in answer.text


def test_the_answer_is_taken_away_as_csv_and_excel(desk: httpx.Client) -> None:
    made = post(desk, "/screen/file?format=csv", list=TABLE)
    assert made.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig"))))
    assert [row["lg_match"] for row in rows] == ["match", "review", "none", "error", "error"]
    assert rows[0]["企业名称"] == TRADITIONAL
    assert rows[4]["企业名称"].startswith("'=")
    sheet = post(desk, "/screen/file?format=xlsx", list=TABLE)
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    assert book.sheetnames == ["Screening", "Caveats and method"]
    assert [row[3].value for row in book["Screening"].iter_rows(min_row=2)] == [
        row["lg_match"] for row in rows
    ]


def test_more_rows_than_a_page_shows_are_told(desk: httpx.Client) -> None:
    answer = post(desk, list=f"{NOBODY}\n" * 5_001)
    assert len(verdicts(answer.text)) == 5_000
    assert "Only the first 5,000 rows were screened" in answer.text


def test_another_site_can_send_no_form(desk: httpx.Client) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = desk.post("/screen", files={"list": (None, NINGBO)}, headers=headers)
        assert answer.status_code == 403
        assert "another site" in answer.text
    own = {"Origin": str(desk.base_url).rstrip("/")}
    assert desk.post("/screen", files={"list": (None, NINGBO)}, headers=own).status_code == 200
