"""`giants screen` on lists as people have them: every format in and out, and bad input told line by line."""

import csv
import json
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from giants.screening.rows import COLUMNS
from giants.terminal.output import CommandError
from tests.screening.conftest import Screen

NINGBO, OLD, TRADITIONAL = (
    "宁波佳尔灵气动机械有限公司",
    "宁波佳尓灵气动机械有限公司",
    "寧波佳爾靈氣動機械有限公司",
)
BEIJING = "北京中科海讯数字科技股份有限公司"
NOBODY = "某某不存在实业有限公司"


def rows_of(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_csv_comes_out_with_columns_appended(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "suppliers.csv"
    listed.write_text(f"No,Supplier,Spend\n1,{TRADITIONAL},10\n2,{NOBODY},20\n3,{OLD},30\n", encoding="utf-8")
    result = screen(listed)
    assert result.exit_code == 0, result.stderr
    assert "name = 'Supplier'" in result.stderr
    rows = rows_of(tmp_path / "suppliers.screened.csv")
    assert list(rows[0]) == ["No", "Supplier", "Spend", *COLUMNS]
    assert [(row["Supplier"], row["Spend"], row["lg_match"]) for row in rows] == [
        (TRADITIONAL, "10", "match"),
        (NOBODY, "20", "none"),
        (OLD, "30", "match"),
    ]
    assert rows[0]["lg_company_id"] == "lg-jel"
    assert rows[0]["lg_name"] == NINGBO
    assert "name agrees" in rows[0]["lg_reasons"]
    assert rows[1]["lg_company_id"] == ""
    assert "3 companies" in rows[1]["lg_data_version"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_names_one_a_line_are_read_in_any_encoding(screen: Screen, tmp_path: Path, encoding: str) -> None:
    listed = tmp_path / "names.txt"
    listed.write_text(f"{NINGBO}\n{NOBODY}\n\n{BEIJING}\n", encoding=encoding)
    assert screen(listed).exit_code == 0
    rows = rows_of(tmp_path / "names.screened.csv")
    assert [row["lg_match"] for row in rows] == ["match", "none", "match"]
    assert rows[2]["lg_status"] == "inactive (lapsed)"
    assert rows[2]["lg_technologies"].startswith("radar")


def test_lines_of_two_encodings_are_both_read(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "mixed.csv"
    listed.write_bytes(f"名称\n{NINGBO}\n".encode() + f"{BEIJING}\n".encode("gb18030") + b"\xff\xff\xff\n")
    result = screen(listed)
    rows = rows_of(tmp_path / "mixed.screened.csv")
    assert [row["lg_match"] for row in rows] == ["match", "match", "error"]
    assert "line 4: is neither UTF-8 nor GB 18030" in result.stderr


def test_excel_comes_out_as_excel_with_a_sheet_on_the_method(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "list.xlsx"
    book = Workbook()
    assert book.active is not None
    for row in (["企业名称", "备注"], [TRADITIONAL, "'+1"], [NOBODY, None]):
        book.active.append(row)
    book.save(listed)
    assert screen(listed).exit_code == 0
    made = load_workbook(tmp_path / "list.screened.xlsx")
    sheet = made["Screening"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0] == ["企业名称", "备注", *COLUMNS]
    assert cells[1][2:4] == ["match", pytest.approx(1.0)]
    method = [row[0].value for row in made["Caveats and method"].iter_rows()]
    assert any("no finding about a counterparty" in str(line) for line in method)


def test_a_formula_of_a_list_is_text_in_the_workbook_that_comes_out(screen: Screen, tmp_path: Path) -> None:
    listed, made = tmp_path / "list.csv", tmp_path / "out.xlsx"
    listed.write_text(f'name,note\n{NINGBO},"=HYPERLINK(""http://x.example"")"\n', encoding="utf-8")
    assert screen(listed, "-o", made).exit_code == 0
    cell = load_workbook(made)["Screening"]["B2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x.example")')


def test_json_lines_hold_the_candidates_with_their_features(screen: Screen, tmp_path: Path) -> None:
    listed, made = tmp_path / "names.csv", tmp_path / "out.jsonl"
    listed.write_text("name\n佳尔灵气动机械\n", encoding="utf-8")
    assert screen(listed, "-o", made, "--threshold", "0.99").exit_code == 0
    (line,) = [json.loads(text) for text in made.read_text(encoding="utf-8").splitlines()]
    assert line["input"] == {"name": "佳尔灵气动机械"}
    assert line["lg_match"] == "review"
    assert line["candidates"][0]["explanations"]["place"]["outcome"] == "missing"


def test_a_row_that_cannot_be_screened_stays_and_says_why(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "bad.csv"
    long = "甲" * 10_000
    cells = ["name,n", f"{NINGBO},1", ",2", f"{long},3", "=HYPERLINK(A1),4", "---,5", f"{NINGBO},6"]
    listed.write_text("\n".join(cells), encoding="utf-8")
    result = screen(listed, "--json")
    assert result.exit_code == 0
    rows = rows_of(tmp_path / "bad.screened.csv")
    assert [row["lg_match"] for row in rows] == ["match", "error", "error", "error", "error", "match"]
    assert [row["n"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert rows[3]["name"] == "'=HYPERLINK(A1)"
    for told in (
        "line 3: has no name",
        "line 4: the name has 10000 characters, expected at most 300",
        "line 5: holds a formula in place of a name",
        "line 6: got '---', expected a name",
    ):
        assert told in result.stderr
    assert json.loads(result.stdout)["rows"] == 6


def test_columns_are_chosen_by_heading_or_number(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(f"a;b;c\nx;{NINGBO};浙江\ny;{BEIJING};北京\n", encoding="utf-8")
    result = screen(listed, "--name", "2", "--place", "c")
    assert result.exit_code == 0
    assert "name = 'b', place = 'c'" in result.stderr
    assert [row["lg_match"] for row in rows_of(tmp_path / "list.screened.csv")] == ["match", "match"]


def test_the_column_of_names_is_told_by_what_stands_in_it(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(f"Nr,Lieferant\n17,{NINGBO}\n18,{BEIJING}\n", encoding="utf-8")
    assert "name = 'Lieferant'" in screen(listed).stderr


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        ("name\nx\n", ("--name", "Firma"), "there is no column 'Firma': expected one of 'name'"),
        ("a,b\n1,2\n3,4\n", (), "say which with --name COLUMN"),
        ("name\nx\n", ("-o", "out.pdf"), "expected an ending of .csv, .xlsx, .jsonl"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    screen: Screen, tmp_path: Path, text: str, arguments: tuple[str, ...], told: str
) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(text, encoding="utf-8")
    result = screen(listed, *arguments)
    assert isinstance(result.exception, CommandError)
    assert told in str(result.exception)
    assert not list(tmp_path.glob("*.screened*"))


def test_a_list_of_two_million_rows_is_refused_before_any_is_screened(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "huge.csv"
    listed.write_text("name\n" + "甲公司\n" * 2_000_000, encoding="utf-8")
    result = screen(listed)
    assert isinstance(result.exception, CommandError)
    assert "more than 1,000,000 rows: screen it in parts" in str(result.exception)
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith("huge")) == ["huge.csv"]


def test_a_comma_before_a_legal_form_parts_no_name_and_moves_no_column(
    screen: Screen, tmp_path: Path
) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(
        f"name,place,note\nGalactic Light Solutions Co., Ltd.,,first\n{NINGBO},浙江,a,b,c\n", encoding="utf-8"
    )
    assert screen(listed).exit_code == 0
    first, second = rows_of(tmp_path / "list.screened.csv")
    assert (first["name"], first["note"], first["lg_match"]) == (
        "Galactic Light Solutions Co., Ltd.",
        "first",
        "match",
    )
    # What stands beyond the heading is kept, and what is appended stands under its own headings.
    assert (second["note"], second["lg_match"], second["lg_company_id"]) == ("a; b; c", "match", "lg-jel")


def test_an_empty_list_gives_an_empty_list(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "empty.csv"
    listed.write_text("name\n", encoding="utf-8")
    result = screen(listed)
    assert result.exit_code == 0
    assert rows_of(tmp_path / "empty.screened.csv") == []
    assert "0 rows" in result.stderr


def test_more_rows_than_one_request_takes_come_out_in_their_order(screen: Screen, tmp_path: Path) -> None:
    listed = tmp_path / "many.csv"
    names = [NINGBO if number % 7 == 0 else f"深圳第{number}号电子有限公司" for number in range(1_203)]
    listed.write_text("\n".join(["name", *names]), encoding="utf-8")
    assert screen(listed).exit_code == 0
    rows = rows_of(tmp_path / "many.screened.csv")
    assert [row["name"] for row in rows] == names
    assert [row["lg_match"] == "match" for row in rows] == [name == NINGBO for name in names]
