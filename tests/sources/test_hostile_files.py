"""Files that attack their reader, or that something damaged: rows or one clear refusal, in bounded memory."""

import gzip
import io
import random
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from giants.sources import UnreadableFileError
from tests.sources.families.test_adapters import derwent_excel, google_parquet
from tests.sources.helpers import FIXTURES, read, read_or_refusal
from tests.sources.lists.pdf_maker import Page, make_pdf

ON = date(2025, 10, 20)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refusal(kind: str, path: Path) -> str:
    """The line with which a file is refused."""
    with pytest.raises(UnreadableFileError) as caught:
        read(kind, path, published_on=ON, batch=7)
    return str(caught.value)


# Lists -------------------------------------------------------------------------------------------


def test_a_list_of_a_million_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(
        "企业名称\n" + "".join(f"第{n}光电有限公司\n" for n in range(1_000_000)), encoding="utf-8"
    )
    assert (
        refusal("announcements", path) == "long.csv: the number of rows is larger than the limit of 100,000"
    )


def test_a_list_longer_than_the_contract_takes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("企业名称\n" + "".join(f"第{n}光电有限公司\n" for n in range(20_001)), encoding="utf-8")
    assert "the list of designation is larger than the limit of 20,000" in refusal("announcements", path)


def test_a_document_larger_than_any_notice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        noise = random.Random(1).randbytes(1_000_000).hex().encode()
        for _ in range(40):
            file.write("企业名称,".encode() + noise + b"\n")
    assert "the file is larger than the limit of 64,000,000" in refusal("announcements", path)


@pytest.mark.parametrize("character", ["\u202e", "\u200f", "\x07", "\ufffd", "\u2066"])
def test_names_with_characters_that_hide_or_reorder_are_not_taken(tmp_path: Path, character: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"企业名称\n甲{character}光电有限公司\n乙光电有限公司\n", encoding="utf-8")
    result = read("announcements", path, published_on=ON, batch=7)
    ((line, problem),) = result.problems
    assert line == 2
    assert f"U+{ord(character):04X}" in problem
    assert len(result.facts) == 1


def test_zero_bytes_and_old_office_files_are_refused_with_their_reason(tmp_path: Path) -> None:
    zero = tmp_path / "zero.csv"
    zero.write_bytes("企业名称\n甲光电有限公司\n".encode() * 50 + b"\x00")
    assert "holds zero bytes" in refusal("announcements", zero)
    old = tmp_path / "old.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert "the workbook is damaged or protected" in refusal("announcements", old)


# Workbooks ---------------------------------------------------------------------------------------


def changed_workbook(tmp_path: Path, part: str, change: bytes | None, *, extra: bytes = b"") -> Path:
    """A sound workbook, one part of it replaced, and another part added."""
    plain, path = io.BytesIO(), tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["企业名称"])
    book.active.append(["甲光电有限公司"])
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, change if member == part and change is not None else old.read(member))
        if extra:
            new.writestr("xl/extra.xml", extra)
    return path


def test_a_workbook_that_unpacks_to_far_more_than_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("giants.sources.files.EXPANSION_GRACE_BYTES", 1_000_000)
    path = changed_workbook(tmp_path, "", None, extra=b" " * 10_000_000)
    assert "unpacks to more than 200 times its size" in refusal("announcements", path)


def test_a_workbook_larger_than_fits_in_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("giants.sources.workbook.WORKBOOK_BYTES_MAX", 100_000)
    path = changed_workbook(tmp_path, "", None, extra=random.Random(1).randbytes(100_001))
    assert "the content of the archive is larger than the limit of 100,000" in refusal("announcements", path)


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    entities = b'<?xml version="1.0"?>' + b" " * 70_000 + b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    path = changed_workbook(tmp_path, "xl/sharedStrings.xml", entities, extra=entities)
    assert "XML with a document type" in refusal("announcements", path)


def test_a_workbook_with_a_row_beyond_any_sheet_is_refused(tmp_path: Path) -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="999999999999"><c r="A999999999999"><v>1</v></c></row></sheetData></worksheet>'
    )
    path = changed_workbook(tmp_path, "xl/worksheets/sheet1.xml", sheet)
    assert "the number of rows of Sheet is larger than the limit of 1,048,576" in refusal(
        "announcements", path
    )


# Pages -------------------------------------------------------------------------------------------


def test_pages_with_hostile_spans_depth_and_size_are_bounded(tmp_path: Path) -> None:
    spans = tmp_path / "spans.html"
    cell = '<td rowspan="99999999999" colspan="99999999999">企业名称</td>'
    spans.write_text(
        f"<table><tr>{cell}</tr>" + "<tr><td>甲光电有限公司</td></tr>" * 50 + "</table>", encoding="utf-8"
    )
    rows, refused = read_or_refusal("announcements", spans, published_on=ON, batch=7)
    assert rows or refused
    deep = tmp_path / "deep.html"
    deep.write_text("<div>" * 100_000 + "<table><tr><td>企业名称</td></tr></table>", encoding="utf-8")
    rows, refused = read_or_refusal("announcements", deep, published_on=ON, batch=7)
    assert rows or refused
    large = tmp_path / "large.html"
    large.write_text("<table>" + "<i>" * 2_000_001, encoding="utf-8")
    assert "the number of tags of the page is larger" in refusal("announcements", large)


def test_entities_of_a_page_are_not_expanded_without_end(tmp_path: Path) -> None:
    path = tmp_path / "laughs.html"
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 500}">' for n in range(12))
    table = "<table><tr><td>企业名称</td></tr><tr><td>甲&e11;光电有限公司</td></tr></table>"
    path.write_text(f"<!DOCTYPE html [{laughs}]>{table}", encoding="utf-8")
    rows, message = read_or_refusal("announcements", path, published_on=ON, batch=7)
    assert (rows, "&e11;" in (message or "")) == ((), True)
    assert len(message or "") < 2_000


# Damage ------------------------------------------------------------------------------------------


def damaged(content: bytes, seed: int) -> bytes:
    """The content with some bytes changed, a stretch removed or repeated, or its end cut off."""
    draw = random.Random(seed)
    data = bytearray(content)
    for _ in range(draw.randrange(1, 6)):
        position = draw.randrange(len(data))
        match draw.randrange(4):
            case 0:
                data[position] = draw.randrange(256)
            case 1:
                del data[position : position + draw.randrange(1, 30)]
            case 2:
                data[position:position] = data[position : position + draw.randrange(1, 30)]
            case _:
                del data[max(position, len(data) // 2) :]
        if not data:
            return b"x"
    return bytes(data)


@FEW
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("announcements", "notice.csv"),
        ("reviews", "notice.html"),
        ("families", "lens.csv"),
        ("families", "lens.jsonl"),
        ("families", "google.jsonl"),
        ("families", "docdb.xml"),
        ("families", "derwent.csv"),
        ("families", "plain.csv"),
    ],
)
@given(seed=st.integers(0, 2**32))
def test_damaged_text_gives_rows_or_one_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, kind: str, name: str, seed: int
) -> None:
    path = tmp_path_factory.mktemp("damage") / name
    path.write_bytes(damaged((FIXTURES / name).read_bytes(), seed))
    rows, _ = read_or_refusal(kind, path, published_on=ON, batch=7, review_year=2025)
    assert all(row.fact or row.problem or row.note for row in rows)


@FEW
@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize("name", ["derwent.xlsx", "google.parquet", "tables.zip", "lens.csv.gz"])
def test_damaged_archives_give_rows_or_one_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, name: str, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    path = folder / name
    if name == "derwent.xlsx":
        derwent_excel(path)
    elif name == "google.parquet":
        google_parquet(path, wrapped=False)
    elif name == "tables.zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in (FIXTURES / "patentsview").iterdir():
                archive.write(table, table.name)
    else:
        path.write_bytes(gzip.compress((FIXTURES / "lens.csv").read_bytes(), mtime=0))
    path.write_bytes(damaged(path.read_bytes(), seed))
    rows, _ = read_or_refusal("families", path)
    assert all(row.fact or row.problem or row.note for row in rows)


@pytest.mark.parametrize("seed", range(3))
def test_damaged_pdf_files_give_rows_or_one_clear_refusal(tmp_path: Path, seed: int) -> None:
    page = Page().table([40, 260], [["序号", "企业名称"], ["1", "甲光电有限公司"], ["2", "乙光电有限公司"]])
    path = tmp_path / "damaged.pdf"
    path.write_bytes(damaged(make_pdf(page), seed))
    rows, refused = read_or_refusal("announcements", path, published_on=ON, batch=7)
    assert rows or refused


def test_a_pdf_whose_pages_contain_themselves_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "loop.pdf"
    path.write_bytes(make_pdf(Page().text("企业名称")).replace(b"/Kids [6 0 R]", b"/Kids [2 0 R]"))
    assert refusal("announcements", path).startswith("loop.pdf: ")
