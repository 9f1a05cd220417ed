"""Files of another kind and options that contradict the document: refused, with what to do."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from giants.sources import ContradictionError, UnreadableFileError, WrongKindError
from schemas.base import AuthorityCode, Stage
from schemas.facts import AnnouncementKind
from tests.sources.helpers import FIXTURES, read

ON = date(2026, 7, 1)
LENS = "Lens ID,Publication Number,Priority Numbers,Applicants,CPC Classifications"
LENS_ROW = "1-1,CN 119000001 A,CN 202310000001 A 20230304,襄阳隆中轴承有限公司,G01S13/00"


def written(tmp_path: Path, text: str, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["announcements", "reviews", "names"])
@pytest.mark.parametrize("name", ["lens.csv", "lens.jsonl", "plain.csv", "derwent.csv", "google.jsonl"])
def test_patents_are_no_list(kind: str, name: str) -> None:
    with pytest.raises(WrongKindError, match=f"read it with `giants ingest families {name}`"):
        read(kind, FIXTURES / name, published_on=ON, batch=8, review_year=2025)


def test_an_export_in_another_wrapping_is_no_list_either(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ("My search", LENS, *[LENS_ROW] * 5):
        book.worksheets[0].append(row.split(","))
    path = tmp_path / "export.xlsx"
    book.save(path)
    with pytest.raises(WrongKindError, match="holds families, expected announcements"):
        read("announcements", path, published_on=ON, batch=8)
    page = "".join(f"<tr><td>{row.replace(',', '</td><td>')}</td></tr>" for row in (LENS, LENS_ROW))
    with pytest.raises(WrongKindError, match="holds families"):
        read("announcements", written(tmp_path, f"<table>{page}</table>", "e.html"), published_on=ON, batch=8)


def test_a_list_is_no_file_of_families(tmp_path: Path) -> None:
    with pytest.raises(WrongKindError, match="giants ingest announcements list"):
        read("families", written(tmp_path, "企业名称,地区\n襄阳隆中轴承有限公司,湖北省\n"))
    reviews = written(tmp_path, "2025年专精特新“小巨人”复核通过企业名单\n企业名称\n襄阳隆中轴承有限公司\n")
    with pytest.raises(WrongKindError, match="giants ingest reviews list"):
        read("announcements", reviews, published_on=ON, batch=8)


def test_tags_are_no_list(tmp_path: Path) -> None:
    tags = "record_id,company,category,evidence,author,on\nt-1,襄阳隆中轴承有限公司,x,y,z,2026-01-01\n"
    with pytest.raises(WrongKindError, match="giants ingest records list"):
        read("announcements", written(tmp_path, tags), published_on=ON, batch=8)


@pytest.mark.parametrize("kind", ["announcements", "families"])
def test_json_under_the_name_of_a_workbook_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes((FIXTURES / "lens.jsonl").read_bytes())
    with pytest.raises(UnreadableFileError, match=r"holds JSON and is named .xlsx: rename it to .jsonl"):
        read(kind, path, published_on=ON, batch=8)


def test_a_table_of_something_else_is_not_guessed_to_be_a_list(tmp_path: Path) -> None:
    path = written(tmp_path, "供应商,电话\n襄阳隆中轴承有限公司,027\n宜昌三峡船机有限公司,0717\n")
    with pytest.raises(UnreadableFileError, match=r"2 rows were not taken; .*a table that is not understood"):
        read("announcements", path, published_on=ON, batch=8)
    other = written(tmp_path, "入围企业,电话\n襄阳隆中轴承有限公司,027\n宜昌三峡船机有限公司,0717\n")
    result = read("announcements", other, published_on=ON, batch=8)
    assert (len(result.facts), result.problems) == (1, [])


TITLE = "湖北省第八批专精特新“小巨人”企业公示名单"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": 99}, "--batch 99 contradicts the document, which says 8"),
        ({"batch": 7}, "--batch 7 contradicts"),
        ({"authority": AuthorityCode.ZJ}, "--authority ZJ contradicts the document, which says HB"),
        ({"stage": Stage.FINAL}, "--stage final contradicts the document, which says public_notice"),
        ({"list_kind": AnnouncementKind.REVOCATION}, "--list-kind revocation contradicts"),
    ],
)
def test_an_option_against_the_document_is_refused(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    path = written(tmp_path, f"{TITLE}\n企业名称\n襄阳隆中轴承有限公司\n")
    with pytest.raises(ContradictionError, match=message):
        read("announcements", path, published_on=ON, **options)


def test_an_authority_that_no_row_names_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "企业名称,地区\n襄阳隆中轴承有限公司,湖北省\n杭州青山泵业有限公司,浙江省\n")
    with pytest.raises(ContradictionError, match=r"--authority SD .* says HB and ZJ: leave the option out"):
        read("announcements", path, published_on=ON, batch=8, authority=AuthorityCode.SD)
    result = read("announcements", path, published_on=ON, batch=8, authority=AuthorityCode.ZJ)
    facts: list[Any] = [*result.facts]
    assert {fact.authority for fact in facts} == {AuthorityCode.HB, AuthorityCode.ZJ}


def test_a_review_year_against_the_document_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "2025年专精特新“小巨人”复核通过企业名单\n企业名称\n襄阳隆中轴承有限公司\n")
    with pytest.raises(ContradictionError, match=r"--review-year 2024 contradicts .* 2025"):
        read("reviews", path, published_on=ON, review_year=2024)


def test_options_that_the_document_says_too_are_taken_and_another_day_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, f"{TITLE}\n企业名称\n襄阳隆中轴承有限公司\n2026年6月30日\n")
    options = {"batch": 8, "authority": AuthorityCode.HB, "stage": Stage.PUBLIC_NOTICE}
    result = read("announcements", path, published_on=ON, **options)
    assert result.notes == [(1, "the document is signed on 2026-06-30; the day given, 2026-07-01, is taken")]
