"""Plain tables of families, as the worked example of the seed prints them."""

from datetime import date
from pathlib import Path

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
    assert result.notes == [(5, "left out 1 that are no CPC symbol; first: 'nonsense'")]
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
    result = read("families", path)
    assert families(path)[0].assignees == ("乙有限公司",)
    assert "U+202E (RIGHT-TO-LEFT OVERRIDE)" in result.notes[0][1]


def test_a_family_larger_than_any_real_one_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    symbols = "|".join(f"H04B10/{n:04d}" for n in range(2_001))
    path.write_text(f"family_id,assignee,cpc\n1,A,{symbols}\n2,B,H04B10/00\n", encoding="utf-8")
    result = read("families", path)
    assert [fact.family_id for fact in families(path)] == ["2"]
    assert result.problems[0][0] == 2
    assert "at most 2000 items" in result.problems[0][1]
