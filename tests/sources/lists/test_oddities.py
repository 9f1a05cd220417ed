"""What real lists do that tables do not: a small case of each."""

from datetime import date
from pathlib import Path

import pytest

from giants.sources import UnreadableFileError
from schemas.base import AuthorityCode, Stage
from schemas.facts import Announcement, AnnouncementKind, Review
from tests.sources.helpers import Read, read
from tests.sources.lists.pdf_maker import Page, make_pdf

ON = date(2026, 7, 1)
HB, NM = AuthorityCode.HB, AuthorityCode.NM


def read_text(tmp_path: Path, text: str, name: str = "list.csv", **options: object) -> Read:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read("announcements", path, **{"published_on": ON, "complete": True} | options)


def announcements(result: Read) -> list[Announcement]:
    return [fact for fact in result.facts if isinstance(fact, Announcement)]


def names(result: Read) -> list[str]:
    return [entry.name for fact in announcements(result) for entry in fact.entries]


def test_tables_side_by_side(tmp_path: Path) -> None:
    rows = (
        "序号,企业名称,序号,企业名称\n1,襄阳隆中轴承有限公司,3,宜昌三峡船机有限公司\n2,荆州沙市泵业有限公司,4,\n"
    ).replace(",4,\n", ",,\n")
    result = read_text(tmp_path, rows, batch=8, authority=HB)
    assert len(names(result)) == 3
    assert announcements(result)[0].complete


def test_numbering_that_begins_again_in_each_city_with_its_count(tmp_path: Path) -> None:
    rows = (
        "湖北省第八批专精特新“小巨人”企业名单（共3家）,\n序号,企业名称\n一、襄阳市（2家）,\n1,襄阳隆中轴承有限公司\n"
        "2,襄阳汉江锻造有限公司\n二、宜昌市（1家）,\n1,宜昌三峡船机有限公司\n"
    )
    result = read_text(tmp_path, rows)
    (fact,) = announcements(result)
    assert (len(fact.entries), fact.complete, fact.expected_count) == (3, True, 3)
    short = read_text(tmp_path, rows.replace("襄阳市（2家）", "襄阳市（3家）").replace("（共3家）", ""))
    assert short.problems == [(3, "一、襄阳市（3家）: expected 3 companies, got 2")]
    assert not announcements(short)[0].complete


def test_stamps_and_notes_in_rows(tmp_path: Path) -> None:
    rows = (
        "湖北省第八批专精特新“小巨人”企业名单,,\n序号,企业名称,备注\n1,襄阳隆中轴承有限公司,\n,（盖章）,\n"
        "注：1.企业名称以营业执照为准,,\n湖北省经济和信息化厅,,\n2026年7月1日,,\n"
    )
    result = read_text(tmp_path, rows)
    assert (names(result), result.problems) == (["襄阳隆中轴承有限公司"], [])


def test_the_region_stands_only_in_headings(tmp_path: Path) -> None:
    page = "".join(
        f"<h3>{region}第八批专精特新“小巨人”企业名单</h3><table><tr><td>企业名称</td></tr><tr><td>{name}</td></tr></table>"
        for region, name in (("湖北省", "襄阳隆中轴承有限公司"), ("内蒙古自治区", "包头昆河稀土有限公司"))
    )
    result = read_text(tmp_path, page, "list.html")
    assert {fact.authority: len(fact.entries) for fact in announcements(result)} == {HB: 1, NM: 1}


def test_names_over_lines_and_pages(tmp_path: Path) -> None:
    first = (
        Page()
        .text("湖北省第八批专精特新“小巨人”企业名单")
        .table(
            [40, 200],
            [["序号", "企业名称"], ["1", "襄阳隆中精密\n轴承有限公司"], ["2", "宜昌三峡重型船舶机"]],
        )
    )
    second = Page().table([40, 200], [["", "械有限公司"], ["3", "荆州沙市泵业有限公司"]])
    path = tmp_path / "list.pdf"
    path.write_bytes(make_pdf(first, second))
    result = read("announcements", path, published_on=ON, complete=True)
    assert names(result) == [
        "襄阳隆中精密轴承有限公司",
        "宜昌三峡重型船舶机械有限公司",
        "荆州沙市泵业有限公司",
    ]
    assert announcements(result)[0].complete


def test_full_width_digits_and_a_column_of_products(tmp_path: Path) -> None:
    rows = (
        "湖北省第８批专精特新“小巨人”企业名单（２家）,,\n序号,企业名称,主导产品\n１,襄阳隆中轴承有限公司,精密轴承\n"
        "２,宜昌三峡船机有限公司,船用起重机、锚机\n"
    )
    (fact,) = announcements(read_text(tmp_path, rows))
    assert (fact.batch, fact.expected_count, [entry.seq for entry in fact.entries]) == (8, 2, [1, 2])
    assert fact.complete


def test_a_correction_of_another_list_is_refused_and_an_addition_proves_nothing(tmp_path: Path) -> None:
    correction = "关于更正湖北省第八批专精特新“小巨人”企业名单的公告\n企业名称\n襄阳隆中轴承有限公司\n"
    with pytest.raises(UnreadableFileError, match=r"corrects another list .*--list-id, --revision"):
        read_text(tmp_path, correction)
    addition = "湖北省第八批专精特新“小巨人”企业增补名单\n企业名称\n襄阳隆中轴承有限公司\n"
    result = read_text(tmp_path, addition)
    assert (len(names(result)), announcements(result)[0].complete) == (1, False)
    assert any("it only adds to another list" in note for _, note in result.notes)


def test_one_notice_with_designations_reviews_and_removals(tmp_path: Path) -> None:
    rows = (
        "关于湖北省第八批专精特新“小巨人”企业和2026年专精特新“小巨人”复核通过企业名单的公示\n"
        "附件1 湖北省第八批专精特新“小巨人”企业名单\n企业名称\n襄阳隆中轴承有限公司\n"
        "附件2 2026年专精特新“小巨人”复核通过企业名单\n企业名称\n宜昌三峡船机有限公司\n"
        "附件3 拟取消专精特新“小巨人”称号企业名单\n企业名称\n荆州沙市泵业有限公司\n"
    )
    result = read_text(tmp_path, rows)
    kinds = {fact.kind: len(fact.entries) for fact in announcements(result)}
    assert kinds == {AnnouncementKind.DESIGNATION: 1, AnnouncementKind.REVOCATION: 1}
    (review,) = [fact for fact in result.facts if isinstance(fact, Review)]
    assert (review.authority, review.stage, len(review.passed)) == (HB, Stage.PUBLIC_NOTICE, 1)


def test_rare_characters_dots_and_latin_letters_stay(tmp_path: Path) -> None:
    listed = ["襄阳𠀾机械有限公司", "襄阳阿尔·法ABC轴承有限公司", "襄阳㛃材料有限公司"]
    assert names(read_text(tmp_path, "企业名称\n" + "\n".join(listed), batch=8, authority=HB)) == listed


def test_a_page_that_says_gb2312_and_holds_gbk(tmp_path: Path) -> None:
    page = (
        '<html><head><meta charset="gb2312"></head><body><h1>湖北省第八批专精特新“小巨人”企业名单</h1>'
        "<table><tr><td>企业名称</td></tr><tr><td>襄阳镕瑄轴承有限公司</td></tr></table></body></html>"
    )
    path = tmp_path / "list.html"
    path.write_bytes(page.encode("gbk"))
    assert names(read("announcements", path, published_on=ON)) == ["襄阳镕瑄轴承有限公司"]


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("2026年湖北省级专精特新“小巨人”企业名单", "provincial or municipal title"),
        ("建议继续支持的国家级专精特新“小巨人”企业名单（第三批第二年）", "funding for Little Giants"),
        ("第三批第一年重点“小巨人”企业公示名单", "funding for Little Giants"),
        ("2026年度湖北省专精特新中小企业名单", "a tier below"),
        ("关于组织推荐第八批专精特新“小巨人”企业的通知", "a call for applications"),
    ],
)
@pytest.mark.parametrize("where", ["title", "file name", "page"])
def test_lists_that_are_no_national_designations_are_refused(
    tmp_path: Path, title: str, reason: str, where: str
) -> None:
    table = "企业名称\n襄阳隆中轴承有限公司\n"
    rows = "<table><tr><td>企业名称</td></tr><tr><td>襄阳隆中轴承有限公司</td></tr></table>"
    text, name = {
        "title": (f"{title}\n{table}", "list.csv"),
        "file name": (table, f"{title}.csv"),
        "page": (f"<h1>{title}</h1>{rows}", "page.html"),
    }[where]
    with pytest.raises(UnreadableFileError, match=reason):
        read_text(tmp_path, text, name, batch=8)


def test_rows_of_a_provincial_title_in_a_table_of_both_are_not_taken(tmp_path: Path) -> None:
    rows = "企业名称,级别\n襄阳隆中轴承有限公司,国家级\n宜昌三峡船机有限公司,省级\n"
    result = read_text(tmp_path, rows, batch=8, authority=HB)
    assert names(result) == ["襄阳隆中轴承有限公司"]
    assert result.problems == [(3, "is no national title: the row says 省级 (P-24)")]
    assert announcements(result)[0].complete
