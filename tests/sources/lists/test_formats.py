"""One list in every format that authorities publish."""

import os
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import docx
import pytest
import xlwt

from giants.sources import UnreadableFileError, WrongKindError
from giants.sources.lists.archive import member_name
from schemas.base import AuthorityCode
from schemas.facts import Announcement, Review
from tests.sources.helpers import FIXTURES, read, read_or_refusal
from tests.sources.lists import document_maker as make
from tests.sources.lists.document_maker import written

ON = date(2026, 7, 1)
TITLE = "福建省第八批专精特新“小巨人”企业名单"
ROWS = [
    ["序号", "地区", "企业名称"],
    ["1", "南平市", "福建武夷茶机有限公司"],
    ["2", "厦门市", "厦门鹭岛光电股份有限公司"],
]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "WordDocument\0".encode("utf-16-le") + b"\0" * 500
FORMATS: dict[str, Callable[[str, make.Rows], bytes]] = {
    "list.xls": make.xls,
    "list.et": make.xls,
    "old.xls": make.xml_2003,
    "old.xml": make.xml_2003,
    "page.xls": make.html_xls,
    "list.docx": make.word,
    "list.rtf": make.rtf,
    "list.ofd": make.ofd,
    "list.pdf": make.pdf,
    "list.md": make.markdown,
    "list.txt": make.text,
}


def facts(path: Path, kind: str = "announcements") -> dict[AuthorityCode | None, Announcement]:
    result = read(kind, path, published_on=ON, complete=True)
    assert result.problems == []
    return {fact.authority: fact for fact in result.facts if isinstance(fact, Announcement)}


@pytest.mark.parametrize("name", FORMATS)
def test_a_list_is_read_in_every_format(tmp_path: Path, name: str) -> None:
    found = facts(written(tmp_path, name, FORMATS[name](TITLE, ROWS)))
    assert {authority: [entry.name for entry in fact.entries] for authority, fact in found.items()} == {
        AuthorityCode.FJ: ["福建武夷茶机有限公司"],
        AuthorityCode.XM: ["厦门鹭岛光电股份有限公司"],
    }
    assert {(fact.batch, fact.complete, fact.entries[0].seq) for fact in found.values()} == {
        (8, True, 1),
        (8, True, 2),
    }


def test_merged_regions_and_hidden_sheets_of_old_workbooks(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("第八批专精特新“小巨人”企业")
    for column, heading in enumerate(("地区", "企业名称", "批次")):
        sheet.write(0, column, heading)
    sheet.write_merge(1, 2, 0, 0, "福建省")
    sheet.write_merge(1, 2, 2, 2, "第八批")
    sheet.write(1, 1, "福建武夷茶机有限公司")
    sheet.write(2, 1, "泉州洛江石材有限公司")
    hidden = book.add_sheet("草稿")
    hidden.write(0, 0, "企业名称")
    hidden.write(1, 0, "不该出现有限公司")
    hidden.visibility = 1
    path = tmp_path / "list.xls"
    book.save(str(path))
    (fact,) = facts(path).values()
    assert [entry.name for entry in fact.entries] == ["福建武夷茶机有限公司", "泉州洛江石材有限公司"]
    assert (fact.authority, fact.batch) == (AuthorityCode.FJ, 8)


def test_merged_cells_and_lone_names_of_word_documents(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(TITLE)
    table = document.add_table(rows=3, cols=2)
    for row, texts in zip(
        table.rows, (("地区", "企业名称"), ("南平市", "甲光电有限公司"), ("", "乙光电有限公司")), strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    document.add_paragraph("丙光电有限公司")
    document.add_paragraph("丁光电有限公司")
    path = tmp_path / "list.docx"
    document.save(str(path))
    (fact,) = facts(path).values()
    assert [entry.name[0] for entry in fact.entries] == ["甲", "乙", "丙", "丁"]


def test_merged_cells_of_an_ofd_and_text_in_pieces(tmp_path: Path) -> None:
    def shown(text: str, x: float, y: float) -> str:
        return make.text_object(text, x, y)

    # The region stands in the middle of two rows, and a name is printed in three pieces on two lines.
    objects = shown(TITLE, 40, 20) + shown("地区", 21, 35) + shown("企业名称", 61, 35)
    objects += shown("南平市", 21, 49) + shown("甲光电有限公司", 61, 43)
    objects += shown("乙光", 61, 51) + shown("电", 69, 51) + shown("有限公司", 61, 56)
    for y, left in ((30, 20), (38, 20), (46, 60), (58, 20)):
        objects += make.path_object(left, y, f"M 0 0 L {180 - left} 0")
    for x in (20, 60, 180):
        objects += make.path_object(x, 30, "M 0 0 L 0 28")
    (fact,) = facts(written(tmp_path, "list.ofd", make.ofd_of(objects))).values()
    assert [entry.name for entry in fact.entries] == ["甲光电有限公司", "乙光电有限公司"]
    assert fact.authority is AuthorityCode.FJ


def test_an_ofd_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="holds no text"):
        facts(written(tmp_path, "scan.ofd", make.ofd_of("")))


# Programs of others -------------------------------------------------------------------------------


def test_old_documents_name_the_program_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("list.doc", "list.wps"):
        with pytest.raises(
            UnreadableFileError, match=r"LibreOffice \(soffice\) or antiword .* neither is installed"
        ):
            facts(written(tmp_path, name, OLE))


@pytest.mark.parametrize("program", ["soffice", "antiword"])
def test_old_documents_are_read_through_the_program_that_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """A small program stands in for a converter of half a gigabyte: it keeps to the same options."""
    made = written(tmp_path, "made.docx", make.word(TITLE, ROWS))
    table = tmp_path / "table.txt"
    table.write_text("\n".join([TITLE, *("|" + "|".join(row) + "|" for row in ROWS)]), encoding="utf-8")
    script = tmp_path / "bin" / program
    script.parent.mkdir()
    commands = {
        "soffice": f'while [ "$1" != --outdir ]; do shift; done\ncp "{made}" "$2/document.docx"\n',
        "antiword": f'cat "{table}"\n',
    }
    script.write_text(f"#!/bin/sh\n{commands[program]}", encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    assert len(facts(written(tmp_path, "list.doc", OLE))) == 2


# Archives -----------------------------------------------------------------------------------------


def test_attachments_of_an_archive_are_read_each_by_itself(tmp_path: Path) -> None:
    review = "2026年专精特新“小巨人”复核通过企业名单（福建省）"
    archive = make.zipped(
        {
            "附件/附件1.xls": make.xls(TITLE, ROWS),
            "附件/附件2.docx": make.word(review, [["序号", "企业名称"], ["1", "三明沙溪机械有限公司"]]),
            "附件/说明.pdf": make.pdf("关于名单的说明", [["", "", ""]]),
            "__MACOSX/附件/._附件1.xls": b"x",
        }
    )
    result = read("announcements", written(tmp_path, "notice.zip", archive), published_on=ON)
    kinds = sorted(type(fact).__name__ for fact in result.facts)
    assert kinds == ["Announcement", "Announcement", "Review"]
    (told,) = [reason for _, reason in result.problems]
    assert told.startswith("说明.pdf: ")
    (fact,) = [fact for fact in result.facts if isinstance(fact, Review)]
    assert [passed.name for passed in fact.passed] == ["三明沙溪机械有限公司"]


def test_an_archive_of_other_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="holds no document"):
        read("announcements", written(tmp_path, "e.zip", make.zipped({"__MACOSX/x": b""})), published_on=ON)
    nested = make.zipped({"inner.zip": make.zipped({"a.txt": b"x"})})
    with pytest.raises(UnreadableFileError, match="an archive within an archive"):
        read("announcements", written(tmp_path, "n.zip", nested), published_on=ON)
    patents = make.zipped({"lens.csv": (FIXTURES / "lens.csv").read_bytes()})
    with pytest.raises(UnreadableFileError, match="holds families"):
        read("announcements", written(tmp_path, "p.zip", patents), published_on=ON)


def test_a_bomb_in_an_archive_is_refused(tmp_path: Path) -> None:
    bomb = make.zipped({"list.csv": b"\0" * 600_000_000})
    with pytest.raises(UnreadableFileError, match=r"larger than the limit|more than 200 times"):
        read("announcements", written(tmp_path, "bomb.zip", bomb), published_on=ON)


def test_names_of_attachments_in_the_code_page_of_windows_are_read() -> None:
    info = ZipInfo("附件1.xls".encode("gb18030").decode("cp437"))
    info.flag_bits = 0
    assert member_name(info) == "附件1.xls"
    info = ZipInfo("../../etc/passwd")
    assert member_name(info) == "passwd"


@pytest.mark.parametrize("name", ["list.xls", "list.docx", "list.ofd", "list.rtf", "old.xml"])
def test_damaged_documents_are_one_clear_refusal_or_rows(tmp_path: Path, name: str) -> None:
    content = FORMATS[name](TITLE, ROWS)
    for cut in (len(content) // 3, len(content) // 2, len(content) - 20):
        for damaged in (content[:cut], content[:cut] + bytes(20) + content[cut + 20 :]):
            path = written(tmp_path, name, damaged)
            read_or_refusal("announcements", path, published_on=ON)


def test_entities_in_documents_are_refused(tmp_path: Path) -> None:
    doctype = b'<!DOCTYPE x [<!ENTITY e "ha">]>'
    content = make.xml_2003(TITLE, ROWS).replace(b"<Workbook", doctype + b"<Workbook")
    with pytest.raises(UnreadableFileError, match="document type"):
        facts(written(tmp_path, "old.xml", content))
    packed = written(tmp_path, "list.docx", make.word(TITLE, ROWS))
    with ZipFile(packed) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    members["word/document.xml"] = members["word/document.xml"].replace(
        b"<w:document", doctype + b"<w:document", 1
    )
    with pytest.raises(UnreadableFileError, match="document type"):
        facts(written(tmp_path, "bad.docx", make.zipped(members)))


def test_patents_in_an_old_workbook_are_no_list(tmp_path: Path) -> None:
    headings = ["Lens ID", "Publication Number", "Priority Numbers", "Applicants", "CPC Classifications"]
    rows = [headings, ["1", "x", "y", "甲光电有限公司", "G01S"]]
    with pytest.raises(WrongKindError, match="holds families"):
        read("announcements", written(tmp_path, "lens.xls", make.xls("x", rows)), published_on=ON, batch=8)
