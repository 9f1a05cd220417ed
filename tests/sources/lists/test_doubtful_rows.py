"""Rows that do not read as one company: divided, proposed or rejected, and what their list proves then."""

from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from giants.sources import UnreadableFileError
from giants.sources.lists.name_reading import read_name, read_names
from schemas.base import AuthorityCode
from schemas.facts import Announcement, Rename, Review
from tests.domain.registry.build import Told
from tests.sources.helpers import Read, read
from tests.sources.lists.pdf_maker import Page, make_pdf

ON = date(2026, 7, 1)
HB, ZJ = AuthorityCode.HB, AuthorityCode.ZJ


def listed(path: Path, **options: object) -> Read:
    return read("announcements", path, **{"published_on": ON, "batch": 8, "complete": True} | options)


def the_list(result: Read) -> Announcement:
    (fact,) = [fact for fact in result.facts if isinstance(fact, Announcement)]
    return fact


def names(result: Read) -> list[str]:
    return [entry.name for entry in the_list(result).entries]


def written(tmp_path: Path, text: str, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# One name ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("襄阳隆中轴承有限公司荆州沙市泵业有限公司", "several legal forms"),
        ("襄阳种业中心（有限合伙）荆州沙市泵业有限公司", "several legal forms"),
        ("襄襄阳阳隆隆中中轴轴承承有有限限公公司司", "doubles its characters"),
        ("17襄阳隆中轴承有限公司", "the digits '17'"),
        ("襄阳隆中轴承有限公司3", "the digits '3'"),
        ("襄阳□中轴承有限公司", "holds '□' (U+25A1)"),
        ("襄阳隆中轴承有限公司湖北省", "goes on after its legal form: '湖北省'"),
        ("襄阳隆中轴承有限公司（荆州沙市泵业有限公司）", "several legal forms"),
        ("襄阳隆中轴承有限公司（隆中轴承厂）", "in brackets"),
        ("襄阳隆中轴承", "ends in no legal form"),
        ("有限公司", "the rest of a name"),
    ],
)
def test_what_does_not_read_as_one_name_says_why(name: str, doubt: str) -> None:
    assert doubt in (read_name(name).doubt or "")


@pytest.mark.parametrize(
    "name",
    [
        "襄阳隆中轴承（集团）股份有限公司",
        "襄阳隆中种业中心（有限合伙）",
        "湖北机械研究设计院",
        "3D数字（襄阳）科技有限公司",
        "襄阳方方圆圆包装有限公司",
        "襄阳隆中轴承有限公司荆州分公司",
        "襄阳·隆中A&B轴承有限责任公司",
        "Xiangyang Longzhong Bearing Co., Ltd.",
    ],
)
def test_names_of_every_form_read_as_one(name: str) -> None:
    assert read_name(name).doubt is None
    assert read_name(name).name == name


def test_radicals_become_characters_and_unknown_characters_stay_with_a_remark(tmp_path: Path) -> None:
    rows = "企业名称\n⻓沙⻰⻢⻋辆有限公司\n⻓沙⻢⻰⻋辆有限公司\n⻓沙\ue123电机有限公司\n"
    result = listed(written(tmp_path, rows), authority=AuthorityCode.HN)
    assert names(result) == ["长沙龙马车辆有限公司", "长沙马龙车辆有限公司", "长沙\ue123电机有限公司"]
    assert result.notes == [(4, "the name holds '\\ue123' (U+E123), which no rule knows: kept as it is")]


def test_marks_and_remarks_are_taken_off_a_name_and_kept() -> None:
    for text, note in (
        ("襄阳隆中轴承有限公司*", "*"),
        ("★襄阳隆中轴承有限公司", "★"),
        ("襄阳隆中轴承有限公司[2]", "[2]"),
        ("襄阳隆中轴承有限公司（排名不分先后）", "（排名不分先后）"),
    ):
        reading = read_name(text)
        assert (reading.name, reading.note, reading.doubt) == ("襄阳隆中轴承有限公司", note, None)


def test_brackets_about_a_change_of_name_are_read() -> None:
    former = read_name("襄阳隆中装备股份有限公司（曾用名：襄阳隆中轴承有限公司、襄阳（隆中）轴承厂）*")
    assert former.name == "襄阳隆中装备股份有限公司"
    assert former.former == ("襄阳隆中轴承有限公司", "襄阳（隆中）轴承厂")
    later = read_name("襄阳隆中轴承有限公司（2025年3月5日更名为襄阳隆中装备有限公司）")
    assert (later.name, later.later) == ("襄阳隆中轴承有限公司", "襄阳隆中装备有限公司")
    assert later.changed_on == date(2025, 3, 5)
    assert read_name("忻州机械有限公司（原平市机械厂）").former == ()


def test_a_cell_is_divided_only_where_each_part_is_a_whole_name() -> None:
    two = read_names("襄阳隆中轴承有限公司\n荆州沙市泵业有限公司")
    assert [reading.name for reading in two] == ["襄阳隆中轴承有限公司", "荆州沙市泵业有限公司"]
    (one,) = read_names("襄阳隆中精密\n轴承有限公司")
    assert (one.name, one.doubt) == ("襄阳隆中精密轴承有限公司", None)
    (unsure,) = read_names("襄阳隆中集团\n荆州沙市泵业有限公司")
    assert "may be several names" in (unsure.doubt or "")


# Rows of lists -----------------------------------------------------------------------------------


def test_an_empty_number_column_joins_no_rows(tmp_path: Path) -> None:
    rows = "序号,企业名称,地区\n,襄阳种业研究中心（有限合伙）,湖北省\n,荆州沙市泵业有限公司,湖北省\n"
    result = listed(written(tmp_path, rows))
    assert names(result) == ["襄阳种业研究中心（有限合伙）", "荆州沙市泵业有限公司"]
    assert the_list(result).complete


def test_a_name_over_two_rows_is_joined_with_a_remark(tmp_path: Path) -> None:
    rows = "序号,企业名称\n1,襄阳隆中精密\n,轴承有\n,限公司\n2,荆州沙市泵业有限公司\n"
    result = listed(written(tmp_path, rows), authority=HB)
    assert names(result) == ["襄阳隆中精密轴承有限公司", "荆州沙市泵业有限公司"]
    assert (4, "joined to the name in line 2: 襄阳隆中精密轴承有限公司") in result.notes


def test_a_proposed_row_is_not_taken_and_its_list_proves_nothing(tmp_path: Path) -> None:
    rows = (
        "序号,地区,企业名称\n1,湖北省,襄阳隆中轴承有限公司荆州沙市泵业有限公司\n"
        "2,湖北省,宜昌三峡船机有限公司\n3,浙江省,宁海跃龙电机有限公司\n"
    )
    result = listed(written(tmp_path, rows))
    facts = {fact.authority: fact for fact in result.facts if isinstance(fact, Announcement)}
    assert (facts[HB].complete, facts[HB].unread_rows, len(facts[HB].entries)) == (False, 1, 1)
    assert (facts[ZJ].complete, facts[ZJ].unread_rows) == (True, 0)
    ((line, problem),) = result.problems
    assert (line, problem.startswith("proposed, not taken: '襄阳隆中轴承有限公司荆州沙市泵业")) == (2, True)
    assert [row.is_proposed for row in result.rows if row.problem] == [True]
    assert any("the list of HB is not marked complete: 1 of its rows" in note for _, note in result.notes)


def test_an_accepted_name_is_taken_as_it_stands(tmp_path: Path) -> None:
    rows = "企业名称\n襄阳隆中轴承\n宜昌三峡船机有限公司\n"
    path = written(tmp_path, rows)
    assert names(listed(path, authority=HB)) == ["宜昌三峡船机有限公司"]
    accepted = listed(path, authority=HB, accept=("襄阳隆中轴承",))
    assert names(accepted) == ["襄阳隆中轴承", "宜昌三峡船机有限公司"]
    assert the_list(accepted).complete


@pytest.mark.parametrize(
    ("rows", "options", "reason"),
    [
        ("1,襄阳隆中轴承有限公司\n3,宜昌三峡船机有限公司\n", {}, "1 of its rows were not read"),
        ("2,襄阳隆中轴承有限公司\n3,宜昌三峡船机有限公司\n", {}, "1 of its rows were not read"),
        ("1,襄阳隆中轴承有限公司\n2,襄阳隆中轴承有限公司\n", {}, "1 of its rows were not read"),
        ("1,襄阳隆中轴承有限公司\n2,\n", {}, "1 of its rows were not read"),
        ("1,襄阳隆中轴承有限公司\n", {"expected_count": 2}, "expected 2 companies, got 1"),
    ],
)
def test_a_list_that_lacks_rows_is_not_complete(
    tmp_path: Path, rows: str, options: dict[str, int], reason: str
) -> None:
    result = listed(written(tmp_path, "序号,企业名称\n" + rows), authority=HB, **options)
    assert not the_list(result).complete
    assert any(reason in note for _, note in result.notes)


def test_a_row_printed_twice_under_one_number_is_no_loss(tmp_path: Path) -> None:
    rows = "序号,企业名称\n1,襄阳隆中轴承有限公司\n1,襄阳隆中轴承有限公司\n2,宜昌三峡船机有限公司\n"
    result = listed(written(tmp_path, rows), authority=HB)
    assert (the_list(result).unread_rows, len(result.problems)) == (0, 1)


def test_numbers_of_a_larger_list_say_nothing_of_an_extract(tmp_path: Path) -> None:
    rows = "".join(f"{n * 13},襄阳隆中轴承{place}有限公司\n" for n, place in enumerate("甲乙丙丁戊己", 1))
    assert the_list(listed(written(tmp_path, "序号,企业名称\n" + rows), authority=HB)).complete


def test_a_second_batch_in_a_cell_is_read(tmp_path: Path) -> None:
    rows = (
        "企业名称,批次\n襄阳隆中轴承有限公司,第四批、第七批\n宜昌三峡船机有限公司,第七批\n"
        "荆州沙市泵业有限公司,第七批、补\n"
    )
    result = listed(written(tmp_path, rows), authority=HB, batch=None)
    facts = {fact.batch: fact for fact in result.facts if isinstance(fact, Announcement)}
    assert {batch: len(fact.entries) for batch, fact in facts.items()} == {4: 1, 7: 2}
    assert (2, "the row names the batches 4 and 7: it is taken for each") in result.notes
    assert result.problems == [(4, "the batch '第七批、补' is not understood")]


def test_a_former_name_in_brackets_is_a_renaming_and_one_company(tmp_path: Path) -> None:
    rows = (
        "企业名称\n襄阳隆中装备有限公司（原襄阳隆中轴承有限公司）\n"
        "荆州沙市泵业有限公司（已更名为荆州长江泵业有限公司）*\n"
    )
    result = listed(written(tmp_path, rows), authority=HB)
    assert names(result) == ["襄阳隆中装备有限公司", "荆州沙市泵业有限公司"]
    assert [entry.note for entry in the_list(result).entries] == [
        "（原襄阳隆中轴承有限公司）",
        "（已更名为荆州长江泵业有限公司） *",
    ]
    renames = [fact for fact in result.facts if isinstance(fact, Rename)]
    assert [(fact.old_name, fact.new_name, fact.effective_on) for fact in renames] == [
        ("襄阳隆中轴承有限公司", "襄阳隆中装备有限公司", ON),
        ("荆州沙市泵业有限公司", "荆州长江泵业有限公司", ON),
    ]
    assert result.reading.understanding.lists == [
        "designation of batch 8, HB, final, 2026-07-01: 2 companies, complete",
        "renames that the document states: 2",
    ]


def test_lines_of_a_title_in_a_sheet_are_no_table_that_is_passed_over(tmp_path: Path) -> None:
    head = "第八批专精特新“小巨人”企业公示名单,,\n（排名不分先后）,,\n"
    result = listed(written(tmp_path, head + "序号,企业名称,地区\n1,襄阳隆中泵阀有限公司,湖北省\n"))
    assert names(result) == ["襄阳隆中泵阀有限公司"]
    assert result.notes == []


def test_a_firm_under_its_former_and_its_later_name_is_one_company(tmp_path: Path) -> None:
    before = "企业名称\n襄阳隆中轴承有限公司\n荆州沙市泵业有限公司\n宜昌三峡船机有限公司\n"
    after = (
        "企业名称\n襄阳隆中装备有限公司（原襄阳隆中轴承有限公司）\n宜昌三峡船机有限公司*\n"
        "荆州沙市泵业有限公司（已更名为荆州长江泵业有限公司）\n"
    )
    first = listed(written(tmp_path, before, "b7.csv"), authority=HB, batch=7, published_on=date(2025, 7, 1))
    second = listed(written(tmp_path, after, "b8.csv"), authority=HB)
    facts: list[Any] = [*first.facts, *second.facts]
    told = Told(*facts)
    old = ("襄阳隆中轴承有限公司", "荆州沙市泵业有限公司", "宜昌三峡船机有限公司")
    new = ("襄阳隆中装备有限公司", "荆州长江泵业有限公司", "宜昌三峡船机有限公司")
    for before_name, after_name in zip(old, new, strict=True):
        company = told.company(after_name)
        assert company.company_id == told.company(before_name).company_id
        assert [one.batch for one in company.designations] == [7, 8]


def test_a_review_counts_unread_rows_of_both_halves(tmp_path: Path) -> None:
    rows = "企业名称,复核结果\n襄阳隆中轴承有限公司,通过\n荆州沙市,不通过\n"
    (fact,) = read("reviews", written(tmp_path, rows), published_on=ON, authority=HB, complete=True).facts
    assert isinstance(fact, Review)
    assert (fact.complete, fact.unread_rows, len(fact.passed)) == (False, 1, 1)


def test_foot_notes_are_no_rows(tmp_path: Path) -> None:
    rows = (
        "序号,企业名称,地区\n1,襄阳隆中轴承有限公司,湖北省\n,备注：以上企业排名不分先后,\n,以下空白,\n"
        "联系人：张某,电话,027\n"
    )
    result = listed(written(tmp_path, rows))
    assert (names(result), result.problems, the_list(result).complete) == (["襄阳隆中轴承有限公司"], [], True)


# Web pages, workbooks, PDF -----------------------------------------------------------------------


def test_line_breaks_of_a_page_divide_companies_and_not_titles(tmp_path: Path) -> None:
    page = (
        "<h2>湖北省第八批专精特新<br>“小巨人”企业名单</h2><p>1.襄阳隆中轴承有限公司<br>2.宜昌三峡船机有限公司<br/>"
        "3.荆州沙市泵业有限公司</p><p>2026年7月1日</p>"
    )
    result = read("announcements", written(tmp_path, page, "list.html"), complete=True)
    assert names(result) == ["襄阳隆中轴承有限公司", "宜昌三峡船机有限公司", "荆州沙市泵业有限公司"]
    assert (the_list(result).batch, the_list(result).authority) == (8, HB)


@pytest.mark.parametrize("between", ["<br>", "</p><p>", "</div><div>", "、"])
def test_names_in_one_cell_are_taken_one_by_one_with_a_remark(tmp_path: Path, between: str) -> None:
    cell = f"<div><p>襄阳隆中轴承有限公司{between}襄阳汉江\n锻造有限公司</p></div>"
    page = f"<table><tr><th>企业名称</th></tr><tr><td>{cell}</td></tr></table>"
    result = listed(written(tmp_path, page, "list.html"), authority=HB)
    assert names(result) == ["襄阳隆中轴承有限公司", "襄阳汉江锻造有限公司"]
    assert [note for _, note in result.notes] == ["the cell holds 2 names: each is taken as a company"]


def test_several_companies_on_one_line_are_taken_one_by_one(tmp_path: Path) -> None:
    page = "<p>1、襄阳隆中轴承有限公司；2、宜昌三峡船机有限公司；3、荆州沙市泵业有限公司。</p>".replace(
        "。", "；"
    )
    assert len(names(listed(written(tmp_path, page, "list.html"), authority=HB))) == 3


def test_names_on_lines_of_their_own_are_a_list_and_a_single_one_is_proposed(tmp_path: Path) -> None:
    several = "<p>襄阳隆中轴承有限公司</p><p>宜昌三峡船机有限公司</p><p>名单到此</p>"
    assert len(names(listed(written(tmp_path, several, "list.html"), authority=HB))) == 2
    table = "<table><tr><td>企业名称</td></tr><tr><td>荆州沙市泵业有限公司</td></tr></table>"
    result = listed(written(tmp_path, f"<p>襄阳隆中轴承有限公司</p>{table}", "one.html"), authority=HB)
    assert (names(result), the_list(result).unread_rows) == (["荆州沙市泵业有限公司"], 1)


def workbook(tmp_path: Path, rows: list[list[str]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    path = tmp_path / "list.xlsx"
    book.save(path)
    return path


def test_formulas_without_results_join_no_rows_and_make_no_names(tmp_path: Path) -> None:
    rows = [
        ["序号", "企业名称"],
        ["=ROW()-1", "襄阳种业研究中心（有限合伙）"],
        ["=ROW()-1", "荆州沙市泵业有限公司"],
        ["=ROW()-1", '="宜昌"&"三峡船机有限公司"'],
    ]
    result = listed(workbook(tmp_path, rows), authority=HB)
    assert names(result) == ["襄阳种业研究中心（有限合伙）", "荆州沙市泵业有限公司"]
    assert (the_list(result).complete, the_list(result).unread_rows) == (False, 1)


def test_a_sheet_that_states_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, [["序号", "企业名称"], ["1", "襄阳隆中轴承有限公司"], ["2", "荆州沙市泵业有限公司"]]
    )
    other = tmp_path / "small.xlsx"
    with ZipFile(path) as archive, ZipFile(other, "w", ZIP_DEFLATED) as changed:
        for member in archive.infolist():
            content = archive.read(member).replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1"')
            changed.writestr(member, content)
    assert len(names(listed(other, authority=HB))) == 2


HEADING = ["序号", "地区", "企业名称"]
ROWS = [["1", "武汉市", "武汉东湖示例激光有限公司"], ["2", "宜昌市", "宜昌三峡\n船机有限公司"]]


def test_bold_type_that_is_printed_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "bold.pdf"
    path.write_bytes(make_pdf(Page().table([40, 80, 260], [HEADING, *ROWS], bold=True)))
    assert names(listed(path)) == ["武汉东湖示例激光有限公司", "宜昌三峡船机有限公司"]


@pytest.mark.parametrize("rule", [0, 2])
def test_a_page_without_its_outer_rule_keeps_all_rows(tmp_path: Path, rule: int) -> None:
    first = Page().table([40, 80, 260], [HEADING, ["1", "襄阳市", "襄阳隆中轴承有限公司"]])
    rows = [["2", "武汉市", "武汉东湖示例激光有限公司"], ["3", "宜昌市", "宜昌三峡\n船机有限公司"]]
    second = Page().table([40, 80, 260], rows, without_rule=rule)
    path = tmp_path / "open.pdf"
    path.write_bytes(make_pdf(first, second))
    result = listed(path)
    assert names(result) == ["襄阳隆中轴承有限公司", "武汉东湖示例激光有限公司", "宜昌三峡船机有限公司"]
    assert (result.problems, the_list(result).complete) == ([], True)


def test_a_row_that_no_rule_encloses_is_proposed(tmp_path: Path) -> None:
    first = Page().table([40, 80, 260], [HEADING, *ROWS]).text("3 武汉市 武汉长江水泵有限公司")
    path = tmp_path / "stray.pdf"
    path.write_bytes(make_pdf(first))
    result = listed(path)
    assert (len(names(result)), the_list(result).unread_rows) == (2, 1)


def test_a_file_of_doubtful_rows_only_is_refused_with_the_first(tmp_path: Path) -> None:
    path = written(tmp_path, "企业名称\n襄阳隆中轴承\n宜昌三峡\n")
    with pytest.raises(UnreadableFileError, match="2 rows were not taken; line 2: proposed"):
        listed(path)


def test_a_preview_shows_cells_beside_what_they_are_taken_for(tmp_path: Path) -> None:
    rows = "序号,企业名称,地区\n1,襄阳隆中轴承有限公司,湖北省\n2,宜昌三峡,湖北省\n"
    seen = listed(written(tmp_path, rows)).reading.understanding.seen
    assert [(row.line, row.cells) for row in seen] == [
        (2, ("1", "襄阳隆中轴承有限公司", "湖北省")),
        (3, ("2", "宜昌三峡", "湖北省")),
    ]
    assert seen[0].taken_for == "1. 襄阳隆中轴承有限公司 (湖北省)"
    assert seen[1].taken_for == "proposed, not taken: '宜昌三峡' ends in no legal form"
