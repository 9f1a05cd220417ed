"""Plain tables of families, as the worked example of the seed prints them."""

from datetime import date
from pathlib import Path

import pytest

from schemas.facts import Family
from tests.sources.helpers import FIXTURES, read

PLAIN = FIXTURES / "plain.csv"


def families(path: Path) -> list[Family]:
    return [fact for fact in read("families", path).facts if isinstance(fact, Family)]


def test_symbols_and_assignees_are_joined_by_bars() -> None:
    second = families(PLAIN)[1]
    assert second == Family(
        family_id="2025000002",
        version=1,
        assignees=("东湖大学", "天工光电有限公司"),
        cpc=("H01S5/0687", "H04B10/25"),
        filed_on=date(2024, 2, 1),
    )


def test_numbered_versions_of_a_family_are_facts_of_their_own() -> None:
    first = [family for family in families(PLAIN) if family.family_id == "2025000001"]
    assert [(family.version, len(family.cpc)) for family in first] == [(1, 3), (2, 2)]


def test_rows_of_one_family_without_a_version_are_united() -> None:
    third = [family for family in families(PLAIN) if family.family_id == "2025000003"]
    assert [(family.assignees, family.cpc) for family in third] == [
        (("华雨种业机械有限公司",), ("A01G9/02", "A01G9/10"))
    ]


def test_what_is_wrong_with_a_row_is_said_with_its_line() -> None:
    result = read("families", PLAIN)
    assert result.problems == [(7, "filed_on: expected a day such as 2024-05-01, got 'last spring'")]
    assert result.notes == [(5, "left out 1 that are no CPC symbol; first: line 6: 'nonsense'")]
    assert read("families", PLAIN).rows == result.rows


def test_other_headings_delimiters_and_encodings_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(
        "专利号;申请人;CPC分类号;申请日\r\n001;天工光电有限公司;H04B10/00|H01S5/00;2024年1月3日\r\n".encode(
            "gb18030"
        )
    )
    assert families(path)[0].filed_on == date(2024, 1, 3)
    assert families(path)[0].assignees == ("天工光电有限公司",)


def test_hidden_characters_in_an_assignee_are_left_out_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "hidden.csv"
    path.write_text(
        "family_id,assignee,cpc\n1,甲\u202e有限公司|乙\u200b有限公司,H04B10/00\n", encoding="utf-8"
    )
    result = read("families", path, exported_on=date(2025, 1, 1))
    assert [fact.assignees for fact in result.facts if isinstance(fact, Family)] == [("乙有限公司",)]
    assert "U+202E (RIGHT-TO-LEFT OVERRIDE)" in result.notes[0][1]


def test_a_family_larger_than_any_real_one_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    symbols = "|".join(f"H04B10/{n:04d}" for n in range(2_001))
    path.write_text(f"family_id,assignee,cpc\n1,A,{symbols}\n2,B,H04B10/00\n", encoding="utf-8")
    result = read("families", path, exported_on=date(2025, 1, 1))
    assert [fact.family_id for fact in result.facts if isinstance(fact, Family)] == ["2"]
    assert result.problems[0][0] == 2
    assert "has more than 2000 entries" in result.problems[0][1]


def test_a_family_of_which_no_day_is_known_is_refused_and_the_day_of_the_export_lets_it_in(
    tmp_path: Path,
) -> None:
    path = tmp_path / "undated.csv"
    path.write_text("family_id,assignee,cpc\n1,A,H04B10/00\n", encoding="utf-8")
    ((line, problem),) = read("families", path).problems
    assert line == 2
    assert "give the day of the export (--exported-on)" in problem
    assert len(read("families", path, exported_on=date(2025, 1, 1)).facts) == 1
    assert len(families(path.rename(tmp_path / "undated_2025-01-01.csv"))) == 1


def test_a_later_export_wins_whatever_its_families_say(tmp_path: Path) -> None:
    old, new = tmp_path / "cn_2024-06-30.csv", tmp_path / "cn_2025-06-30.csv"
    old.write_text("family_id,assignee,cpc,filed_on\n1,A,H04B10/00,2023-05-01\n", encoding="utf-8")
    new.write_text("family_id,assignee,cpc,filed_on\n1,A,H04B10/25,01/05/23\n", encoding="utf-8")
    before, after = families(old)[0], families(new)[0]
    assert before.version < after.version
    assert before.filed_on == after.filed_on == date(2023, 5, 1)


def test_of_two_files_of_one_day_that_differ_no_digest_makes_one_newer(tmp_path: Path) -> None:
    versions = set()
    for number, symbol in enumerate(("H04B10/00", "H04B10/25", "G01S13/88")):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"family_id,assignee,cpc,filed_on\n1,A,{symbol},2023-05-01\n", encoding="utf-8")
        versions.add(families(path)[0].version)
    assert len(versions) == 1


def test_the_day_of_the_export_is_shown_with_what_told_it(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    text = "family_id,assignee,cpc,filed_on\n1,A,H04B10/00,{}\n2,B,H04B10/00,13/05/23\n"
    path.write_text(text.format("04/03/23"), encoding="utf-8")
    found = read("families", path).reading.understanding
    assert (found.exported_on, found.exported_by) == (date(2023, 5, 13), "the newest day in the file")


def test_what_is_doubtful_about_the_days_of_a_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"

    def notes(*days: str, **options: object) -> list[str]:
        rows = "".join(f"{number},A,H04B10/00,{day}\n" for number, day in enumerate(days))
        path.write_text(f"family_id,assignee,cpc,filed_on\n{rows}", encoding="utf-8")
        return [note for _, note in read("families", path, **options).notes]

    assert notes("2023-05-01") == []
    assert notes("04/03/23") == ["days such as 04/03/24 are read day first: no day of it tells"]
    mixed = notes("13/05/23", "05/13/23", "04/03/23")
    assert mixed[0].startswith("days are written day first and month first")
    assert mixed[1] == "left out 1 that are no day; first: '04/03/23'"
    assert notes("2023-05-01", exported_on=date(2023, 4, 1)) == [
        "was exported on 2023-04-01 as given, but holds days up to 2023-05-01"
    ]
    assert notes("2023-05-01", "2099-01-01") == ["holds days that are yet to come, such as 2099-01-01"]


@pytest.mark.parametrize("between", ["|", "; ", ";", "；", "、", ",", "，", " , ", "\n"])
def test_chinese_applicants_and_symbols_are_divided_by_whatever_divides_them(
    tmp_path: Path, between: str
) -> None:
    path = tmp_path / "cn_2025-01-01.csv"
    names = between.join(("武汉东湖激光有限公司", "华中示例大学"))
    symbols = between.join(("G01S13/00", "G01S7/02"))
    path.write_text(f'公开号,申请人,CPC分类号\nCN1A,"{names}","{symbols}"\n', encoding="utf-8")
    result = read("families", path)
    (family,) = (fact for fact in result.facts if isinstance(fact, Family))
    assert family.assignees == ("华中示例大学", "武汉东湖激光有限公司")
    assert family.cpc == ("G01S13/00", "G01S7/02")
    assert family.publications == ("CN1A",)
    assert result.notes == []


@pytest.mark.parametrize(
    ("cell", "assignees", "is_told"),
    [
        ("ACME CO., LTD.", ("ACME CO., LTD.",), False),
        ("ACME CO., LTD.; BETA, INC.", ("ACME CO., LTD.", "BETA, INC."), False),
        ("SMITH, JOHN", ("SMITH, JOHN",), True),
        ("ACME GMBH, BETA INC", ("ACME GMBH, BETA INC",), True),
        ("A&amp;B CO", ("A&B CO",), False),
        ("武汉东湖激光\n有限公司", ("武汉东湖激光有限公司",), False),
    ],
)
def test_where_it_cannot_be_told_a_name_is_taken_whole_with_a_remark(
    tmp_path: Path, cell: str, assignees: tuple[str, ...], is_told: bool
) -> None:
    path = tmp_path / "us_2025-01-01.csv"
    path.write_text(f'patent,assignee,cpc\n1,"{cell}",H04B10/00\n', encoding="utf-8")
    result = read("families", path)
    assert [fact.assignees for fact in result.facts if isinstance(fact, Family)] == [assignees]
    assert result.notes == (
        [(2, f"taken as one name: 1 that may be several; first: {cell!r}")] if is_told else []
    )


@pytest.mark.parametrize(
    "broken",
    [
        '2,"Acme,H04B10/00\n3,C,H04B10/00\n4,D,H04B10/00\n',
        '2,"Acme,H04B10/00\n3,C,H04B10/00\n4,"D",H04B10/00\n',
        '2,"Acme,H04B10/00\n3,"C,H04B10/00\n4,D,H04B10/00\n',
    ],
)
def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "us_2025-01-01.csv"
    path.write_text(f"patent,assignee,cpc\n1,A,H04B10/00\n{broken}5,E,H04B10/00\n", encoding="utf-8")
    result = read("families", path)
    names = [fact.assignees for fact in result.facts if isinstance(fact, Family)]
    assert names == [("A",), ("Acme",), ("C",), ("D",), ("E",)]
    assert result.problems == []
    line, note = result.notes[0]
    assert line == 3
    assert note.startswith("a quotation mark is not closed")


def test_a_cell_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "us_2025-01-01.csv"
    path.write_text(
        'patent,assignee,cpc\n1,"Acme\nHolding\nGroup",H04B10/00\n2,B,H04B10/00\n', encoding="utf-8"
    )
    result = read("families", path)
    names = [fact.assignees for fact in result.facts if isinstance(fact, Family)]
    assert (names, result.problems) == ([("Acme Holding Group",), ("B",)], [])


def test_a_cell_of_lines_that_could_be_rows_is_told(tmp_path: Path) -> None:
    path = tmp_path / "us_2025-01-01.csv"
    path.write_text(
        'patent,assignee,cpc\n1,"Acme\nHolding, Inc",H04B10/00\n2,B,H04B10/00\n', encoding="utf-8"
    )
    result = read("families", path)
    assert len(result.facts) == 2
    assert (2, "has a cell of 2 lines that may be rows of their own") in result.notes
