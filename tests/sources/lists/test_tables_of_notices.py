"""One notice in every format: two attachments, merged regions, names broken over lines, a removal list."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from giants.sources import MissingDetailError, UnreadableFileError
from schemas.base import AuthorityCode, SourceClass, Stage
from schemas.facts import Announcement, AnnouncementKind, EnglishIdentity, FailureReason, Rename, Review
from tests.sources.helpers import FIXTURES, Read, read
from tests.sources.lists.pdf_maker import Page, make_pdf

ON = date(2025, 10, 20)
ZJ, NB, JX = AuthorityCode.ZJ, AuthorityCode.NB, AuthorityCode.JX
NOTICE = FIXTURES / "notice.csv"
PAGE = FIXTURES / "notice.html"


def announcements(result: Read) -> list[Announcement]:
    return [fact for fact in result.facts if isinstance(fact, Announcement)]


def reviews(result: Read) -> list[Review]:
    return [fact for fact in result.facts if isinstance(fact, Review)]


def names(announcement: Announcement) -> list[str]:
    return [entry.name for entry in announcement.entries]


def written(tmp_path: Path, text: str, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# CSV ---------------------------------------------------------------------------------------------


def test_a_notice_with_three_attachments_gives_one_fact_for_each_list_and_authority() -> None:
    result = read("announcements", NOTICE, published_on=ON)
    assert [(fact.batch, fact.authority, names(fact)) for fact in announcements(result)] == [
        (7, ZJ, ["杭州天工光电科技有限公司", "绍兴市越秀精密轴承股份有限公司"]),
        (7, NB, ["宁波海曙微电机（集团）有限公司"]),
    ]
    first, second = reviews(result)
    assert (first.authority, first.review_year) == (ZJ, 2025)
    assert [company.name for company in first.passed] == ["嘉兴南湖传感器有限公司"]
    assert [(company.name, company.reason) for company in first.failed] == [
        ("湖州太湖纺机有限公司", FailureReason.NOT_APPLIED)
    ]
    assert (second.authority, [company.name for company in second.passed]) == (NB, ["宁波北仑模具有限公司"])


def test_what_is_odd_in_a_list_is_reported_by_line() -> None:
    result = read("announcements", NOTICE, published_on=ON)
    assert result.problems == [(9, "杭州天工光电科技有限公司 stands in the same list already, in line 4")]
    assert (2, "designation: expected 5 companies, got 3") in result.notes
    assert (8, "1 company that was not put forward is on no list") in result.notes


def test_a_break_in_the_numbering_is_reported(tmp_path: Path) -> None:
    path = written(
        tmp_path, "序号,企业名称\n1,甲光电有限公司\n2,乙光电有限公司\n4,丙光电有限公司\n1,丁光电有限公司\n"
    )
    assert read("announcements", path, published_on=ON, batch=7).notes == [(4, "number 4 comes after 2")]


def test_reading_twice_gives_the_same_facts_and_other_options_other_lists() -> None:
    once, again = (read("announcements", NOTICE, published_on=ON) for _ in range(2))
    assert once.rows == again.rows
    final = read("announcements", NOTICE, published_on=ON, stage=Stage.PUBLIC_NOTICE)
    ids = {fact.list_id for fact in announcements(once)}
    assert len(ids) == 2
    assert ids.isdisjoint(fact.list_id for fact in announcements(final))


def test_a_revision_keeps_the_id_of_the_list() -> None:
    once = read("announcements", NOTICE, published_on=ON)
    revised = read("announcements", NOTICE, published_on=ON, revision=2)
    assert [fact.list_id for fact in announcements(once)] == [fact.list_id for fact in announcements(revised)]
    assert {fact.revision for fact in announcements(revised)} == {2}


def test_a_given_id_is_told_apart_by_kind_and_authority() -> None:
    result = read("announcements", NOTICE, published_on=ON, list_id="2025-zj", authority=ZJ)
    assert [fact.list_id for fact in announcements(result)] == ["2025-zj-b7", "2025-zj-b7-nb"]
    assert [fact.list_id for fact in reviews(result)] == ["2025-zj-review2025", "2025-zj-review2025-nb"]
    plain = read("announcements", FIXTURES / "batch1.csv", published_on=ON, batch=1, list_id="b1")
    assert [fact.list_id for fact in announcements(plain)] == ["b1"]


def test_completeness_holds_for_the_authority_that_was_named(tmp_path: Path) -> None:
    path = written(tmp_path, "企业名称,地区\n甲光电有限公司,浙江省\n乙光电有限公司,宁波市\n")
    result = read("announcements", path, published_on=ON, batch=7, authority=ZJ, complete=True)
    assert [(fact.authority, fact.complete) for fact in announcements(result)] == [(ZJ, True), (NB, False)]


def test_the_national_list_of_batches_1_to_3_has_no_authority() -> None:
    result = read("announcements", FIXTURES / "batch1.csv", published_on=date(2019, 6, 5), batch=1)
    (fact,) = announcements(result)
    assert (fact.authority, len(fact.entries)) == (None, 3)
    assert fact.entries[2].uscc == "91310000MA1FL0AB12"
    assert fact.source.source_class is SourceClass.SUPPLEMENTARY


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = ["序号,企业名称,省份", "1,西安雁塔激光器有限公司,陕西省", "2,西宁湟水阀门有限公司,青海省", ""]
    path = tmp_path / "list.csv"
    path.write_bytes("\r\n".join(rows).replace(",", delimiter).encode(encoding))
    result = read("announcements", path, published_on=ON, batch=5)
    assert {fact.authority for fact in announcements(result)} == {AuthorityCode.SN, AuthorityCode.QH}


def test_columns_without_headings_are_guessed_and_shown(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "1,河北省,石家庄滹沱泵业有限公司\n2,,唐山曹妃甸轧辊有限公司\n3,大连市,大连旅顺轴承有限公司\n",
    )
    result = read("announcements", path, published_on=ON, batch=5)
    assert {fact.authority: len(fact.entries) for fact in announcements(result)} == {
        AuthorityCode.HE: 2,
        AuthorityCode.DL: 1,
    }
    assert [column.meaning for column in result.reading.columns] == ["seq", "region", "name"]


def test_one_company_a_line_is_a_list(tmp_path: Path) -> None:
    path = written(tmp_path, "合肥蜀山质谱仪器有限公司\n芜湖镜湖伺服电机有限公司\n", "list.txt")
    (fact,) = announcements(read("announcements", path, published_on=ON, batch=6, authority=AuthorityCode.AH))
    assert (len(fact.entries), fact.authority) == (2, AuthorityCode.AH)


def test_city_headings_inside_a_table_name_the_region(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "浙江省（不含宁波）第五批专精特新“小巨人”企业公示名单,\n序号,企业名称\n一、杭州市（1家）,\n1,杭州余杭传动有限公司\n"
        "二、宁波市（1家）,\n1,宁波奉化气动有限公司\n",
    )
    result = read("announcements", path, published_on=ON)
    assert [(fact.authority, fact.stage) for fact in announcements(result)] == [
        (ZJ, Stage.PUBLIC_NOTICE),
        (NB, Stage.PUBLIC_NOTICE),
    ]
    assert result.notes == []


def test_a_result_column_divides_those_who_passed_from_those_who_did_not(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "企业名称,复核结果,备注\n甲光电有限公司,通过,\n乙光电有限公司,不通过,\n丙光电有限公司,未通过,主动放弃复核\n",
    )
    (fact,) = reviews(read("reviews", path, published_on=ON, review_year=2025, authority=ZJ))
    assert [company.name for company in fact.passed] == ["甲光电有限公司"]
    assert [(company.name, company.reason) for company in fact.failed] == [
        ("乙光电有限公司", None),
        ("丙光电有限公司", FailureReason.NOT_APPLIED),
    ]


def test_cohorts_in_a_review_are_no_new_designations(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "2025年专精特新“小巨人”复核通过企业名单\n一、第四批企业\n企业名称\n甲光电有限公司\n二、第一批企业\n企业名称\n乙光电有限公司\n",
    )
    result = read("reviews", path, published_on=ON, authority=ZJ)
    assert [len(fact.passed) for fact in reviews(result)] == [2]
    assert announcements(result) == []


def test_revocations_and_elevations_are_told_by_their_titles(tmp_path: Path) -> None:
    revoked = written(
        tmp_path, "关于撤销有关企业专精特新“小巨人”称号的公告\n企业名称,原因\n甲光电有限公司,提供虚假材料\n"
    )
    (fact,) = announcements(read("announcements", revoked, published_on=ON))
    assert (fact.kind, fact.batch, fact.stage) == (AnnouncementKind.REVOCATION, None, Stage.FINAL)
    assert fact.entries[0].reason == "提供虚假材料"
    elevated = written(tmp_path, "第九批制造业单项冠军企业名单\n企业名称,省份\n甲光电有限公司,浙江省\n")
    (fact,) = announcements(read("announcements", elevated, published_on=ON))
    assert (fact.kind, fact.authority) == (AnnouncementKind.ELEVATION, ZJ)


def test_a_sentence_about_taking_titles_away_is_no_heading(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "<h1>安徽省第六批专精特新“小巨人”企业名单</h1><p>对弄虚作假的企业，一经查实即撤销“小巨人”称号。</p>"
        "<table><tr><td>企业名称</td></tr><tr><td>甲光电有限公司</td></tr></table>",
        "notice.html",
    )
    (fact,) = announcements(read("announcements", path, published_on=ON))
    assert (fact.kind, fact.batch) == (AnnouncementKind.DESIGNATION, 6)


def test_a_region_that_is_that_of_no_authority_is_taken_without_one(tmp_path: Path) -> None:
    path = written(tmp_path, "企业名称,地区\n甲光电有限公司,火星\n乙光电有限公司,浙江省\n")
    result = read("announcements", path, published_on=ON, batch=7, complete=True)
    assert [(fact.authority, fact.complete) for fact in announcements(result)] == [(None, False), (ZJ, True)]
    assert result.notes == [(2, "the region '火星' is that of no authority: taken without one")]


def test_renamings_are_read_from_their_own_table_wherever_it_stands(tmp_path: Path) -> None:
    text = (
        "序号,更名前企业名称,更名后企业名称,变更时间\n"
        "1,洛水隆昌科技有限责任公司,华航隆昌（洛水）科技有限责任公司,2025年3月1日\n"
        "2,甲光电有限公司,甲光电有限公司,\n"
    )
    result = read("names", written(tmp_path, text), published_on=ON)
    (fact,) = result.facts
    assert isinstance(fact, Rename)
    assert (fact.old_name, fact.new_name) == ("洛水隆昌科技有限责任公司", "华航隆昌（洛水）科技有限责任公司")
    assert fact.effective_on == date(2025, 3, 1)
    assert result.problems == [(3, "甲光电有限公司 is the old name and the new one")]
    both = written(
        tmp_path, "第七批专精特新“小巨人”企业名单\n企业名称\n甲光电有限公司\n\n" + text, "both.csv"
    )
    kinds = [type(fact).__name__ for fact in read("announcements", both, published_on=ON, authority=ZJ).facts]
    assert kinds == ["Announcement", "Rename"]


def test_english_names_come_from_a_table_of_both(tmp_path: Path) -> None:
    path = written(tmp_path, 'name_zh,name_en\n甲光电有限公司,"Jia Photonics Co., Ltd."\n乙光电有限公司,\n')
    result = read("names", path)
    (fact,) = result.facts
    assert isinstance(fact, EnglishIdentity)
    assert (fact.name, fact.english_names) == ("甲光电有限公司", ("Jia Photonics Co., Ltd.",))
    assert result.problems == [(3, "乙光电有限公司 has no English name")]


# Web pages ---------------------------------------------------------------------------------------


def test_a_web_page_gives_both_lists_with_its_day_and_stage() -> None:
    result = read("announcements", PAGE)
    (fact,) = announcements(result)
    assert names(fact) == ["南昌赣江光学仪器有限公司", "江西滕王阁新材料股份有限公司", "九江庐山水泵有限公司"]
    assert (fact.batch, fact.authority, fact.stage, fact.published_on) == (
        7,
        JX,
        Stage.PUBLIC_NOTICE,
        date(2025, 10, 21),
    )
    assert fact.expected_count == 3
    (review,) = reviews(result)
    assert [company.name for company in review.passed] == [
        "赣州章江稀土材料有限公司",
        "吉安井冈电子有限公司",
        "上饶信江轴承有限公司",
    ]
    assert (review.authority, review.review_year, review.failed) == (JX, 2025, ())
    assert read("announcements", PAGE).rows == result.rows


def test_companies_that_are_numbered_in_paragraphs_are_a_list(tmp_path: Path) -> None:
    lines = (
        "1、合肥蜀山质谱仪器有限公司",
        "2、 芜湖镜湖伺服电机有限公司",
        "3. 联系电话 0551-000",
        "4.蚌埠龙子湖玻璃厂",
    )
    page = "<h1>安徽省第六批专精特新“小巨人”企业名单</h1>" + "".join(f"<p>{line}</p>" for line in lines)
    (fact,) = announcements(read("announcements", written(tmp_path, page, "list.html"), published_on=ON))
    assert [(entry.seq, entry.name) for entry in fact.entries] == [
        (1, "合肥蜀山质谱仪器有限公司"),
        (2, "芜湖镜湖伺服电机有限公司"),
        (4, "蚌埠龙子湖玻璃厂"),
    ]


def test_a_page_in_the_encoding_that_it_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t20251021_881.htm"
    text = PAGE.read_text(encoding="utf-8").replace('charset="utf-8"', 'charset="gb2312"')
    path.write_bytes(text.replace('<meta name="PubDate" content="2025-10-21 09:30">', "").encode("gb18030"))
    result = read("announcements", path)
    assert announcements(result)[0].published_on == date(2025, 10, 21)
    assert result.reading.understanding.encoding == "gb18030"


# Workbooks ---------------------------------------------------------------------------------------


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "第七批"
    for row in (
        ["广东省第七批专精特新“小巨人”企业名单", None, None],
        ["序号", "地区", "企业名称"],
        [1, "广州市", "广州荔湾注塑机有限公司"],
        [2.0, None, "广州\n番禺压缩机有限公司"],
        [3, "深圳市", "深圳南山超声有限公司"],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("B3:B4")
    second = book.create_sheet("复核通过")
    second.append(["2025年专精特新“小巨人”复核通过企业名单"])
    second.append(["企业名称"])
    second.append(["佛山顺德五金有限公司"])
    hidden = book.create_sheet("草稿")
    hidden.append(["企业名称"])
    hidden.append(["不该出现有限公司"])
    hidden.sheet_state = "hidden"
    book.save(path)
    return path


def test_a_workbook_gives_the_lists_of_its_visible_sheets(tmp_path: Path) -> None:
    result = read("announcements", workbook(tmp_path / "名单.xlsx"), published_on=ON)
    assert {fact.authority: names(fact) for fact in announcements(result)} == {
        AuthorityCode.GD: ["广州荔湾注塑机有限公司", "广州番禺压缩机有限公司"],
        AuthorityCode.SZ: ["深圳南山超声有限公司"],
    }
    assert [company.name for company in reviews(result)[0].passed] == ["佛山顺德五金有限公司"]
    assert result.problems == result.notes == []


# PDF ---------------------------------------------------------------------------------------------


def notice() -> bytes:
    first = Page().text("附件1").text("浙江省第七批专精特新“小巨人”企业名单（公示）", 150)
    first.table(
        [40, 80, 260],
        [
            ["序号", "地区", "企业名称"],
            ["1", "杭州市", "杭州天工光电科技有限公司"],
            ["2", None, "杭州西湖量子计量\n技术股份有限公司"],
            ["3", "宁波市", "宁波海曙微电机（集团）有"],
        ],
    ).text("- 1 -", 290)
    second = Page().table(
        [40, 80, 260], [["", "", "限公司"], ["4", "绍兴市", "绍兴越秀精密轴承股份有限公司"]]
    )
    second.text("附件2").text("2025年专精特新“小巨人”复核通过企业名单", 150)
    second.table(
        [40, 80, 260],
        [
            ["序号", "地区", "企业名称"],
            ["1", "嘉兴市", "嘉兴南湖传感器有限公司"],
            ["3", None, "嘉兴乌镇智能装备有限公司"],
        ],
    )
    third = Page().text("附件3").text("2025年专精特新“小巨人”复核未通过企业名单").text("序号 地区 企业名称")
    third.text("1 湖州市 湖州太湖纺机有限公司").text("2 金华市 金华婺城锻造").text("有限公司", 200)
    third.text("浙江省经济和信息化厅", 300).text("2025年10月20日", 300)
    return make_pdf(first, second, third)


def test_a_pdf_gives_its_lists_over_pages_line_breaks_and_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "notice.pdf"
    path.write_bytes(notice())
    result = read("announcements", path)
    assert {fact.authority: names(fact) for fact in announcements(result)} == {
        ZJ: ["杭州天工光电科技有限公司", "杭州西湖量子计量技术股份有限公司", "绍兴越秀精密轴承股份有限公司"],
        NB: ["宁波海曙微电机（集团）有限公司"],
    }
    (review,) = reviews(result)
    assert [company.name for company in review.passed] == [
        "嘉兴南湖传感器有限公司",
        "嘉兴乌镇智能装备有限公司",
    ]
    assert [company.name for company in review.failed] == ["湖州太湖纺机有限公司", "金华婺城锻造有限公司"]
    assert (review.published_on, review.stage) == (ON, Stage.PUBLIC_NOTICE)
    assert [note for _, note in result.notes] == [
        "joined to the name in line 6: 宁波海曙微电机（集团）有限公司",
        "number 3 comes after 1",
        "joined to the name in line 19: 金华婺城锻造有限公司",
    ]
    assert {column.place for column in result.reading.columns} == {"page 1"}
    assert read("announcements", path).rows == result.rows


def test_a_pdf_of_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(make_pdf(Page()))
    with pytest.raises(UnreadableFileError, match="holds no text"):
        read("announcements", path, published_on=ON, batch=7)


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("浙江省科技小巨人企业名单", "another programme of 'giants'"),
        ("2024年度省级专精特新小巨人企业名单", "a provincial or municipal title"),
        ("第三批重点“小巨人”企业名单", "funding for Little Giants"),
        ("2024年第二批专精特新中小企业名单", "a tier below"),
    ],
)
def test_lists_of_other_programmes_are_refused(tmp_path: Path, title: str, reason: str) -> None:
    path = written(tmp_path, f"{title}\n企业名称\n甲光电有限公司\n")
    with pytest.raises(UnreadableFileError, match=reason):
        read("announcements", path, published_on=ON, batch=7)


def test_what_is_nowhere_said_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "企业名称\n甲光电有限公司\n")
    with pytest.raises(MissingDetailError, match="which batch it announces"):
        read("announcements", path, published_on=ON)
    with pytest.raises(MissingDetailError, match="when it was published"):
        read("announcements", path, batch=7)


def test_options_that_cannot_be_are_one_clear_line(tmp_path: Path) -> None:
    path = written(tmp_path, "企业名称,备注\n甲光电有限公司,新增\n")
    with pytest.raises(UnreadableFileError, match=r"batch: must be 60 or less, got '99'"):
        read("announcements", path, published_on=ON, batch=99)
    with pytest.raises(UnreadableFileError, match="review_year: "):
        read("reviews", path, published_on=date(2012, 1, 1))
    (fact,) = announcements(read("announcements", path, published_on=ON, batch=7))
    assert fact.entries[0].reason is None


def test_a_file_without_a_list_of_the_kind_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "第七批专精特新“小巨人”企业名单\n企业名称\n甲光电有限公司\n")
    with pytest.raises(UnreadableFileError, match="holds announcements, expected reviews"):
        read("reviews", path, published_on=ON)
    with pytest.raises(UnreadableFileError, match="no company that can be read"):
        read("announcements", written(tmp_path, "颜色,大小\n红,1\n"), published_on=ON, batch=7)
