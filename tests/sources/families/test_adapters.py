"""One patent portfolio in the form of every source: the same families come out of each."""

import gzip
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from giants.sources import UnreadableFileError
from schemas.facts import Family
from tests.sources.helpers import FIXTURES, Read, read, sample

EXPECTED_SYMBOLS = ("G02B6/02", "H01S5/0687", "H04B10/2519")
TABLES = FIXTURES / "patentsview"


def families(result: Read) -> list[Family]:
    return [fact for fact in result.facts if isinstance(fact, Family)]


def google_parquet(path: Path, *, wrapped: bool) -> Path:
    """The rows of the JSON fixture as BigQuery writes Parquet: whole numbers, lists plain or wrapped."""
    rows = [json.loads(line) for line in (FIXTURES / "google.jsonl").read_text(encoding="utf-8").splitlines()]
    out = []
    for row in rows:
        days = {name: int(row.get(name, 0)) for name in ("publication_date", "filing_date", "grant_date")}
        names = [{"name": item["name"]} for item in row.get("assignee_harmonized", [])]
        codes = [{"code": item["code"]} for item in row.get("cpc", [])]
        lists = {"assignee_harmonized": names, "assignee": row.get("assignee", []), "cpc": codes}
        if wrapped:
            lists = {name: {"list": [{"element": item} for item in items]} for name, items in lists.items()}
        out.append(
            {"publication_number": row["publication_number"], "family_id": row["family_id"], **days, **lists}
        )
    pq.write_table(pa.Table.from_pylist(out), path, row_group_size=2)
    return path


def derwent_excel(path: Path) -> Path:
    """The rows of the CSV fixture as a workbook, below the lines that Derwent writes above them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Derwent Innovation export"])
    sheet.append([])
    for line in (FIXTURES / "derwent.csv").read_text(encoding="utf-8").splitlines():
        sheet.append([cell or None for cell in line.split(",")])
    book.save(path)
    return path


@pytest.fixture(
    params=["lens.csv", "lens.jsonl", "google.jsonl", "docdb.xml", "derwent.csv", "plain", "wrapped", "xlsx"]
)
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One export of the same portfolio."""
    name: str = request.param
    if name in {"plain", "wrapped"}:
        return google_parquet(tmp_path / "google.parquet", wrapped=name == "wrapped")
    return derwent_excel(tmp_path / "derwent.xlsx") if name == "xlsx" else FIXTURES / name


def test_every_source_gives_the_same_family(export: Path) -> None:
    result = read("families", export)
    family = families(result)[0]
    assert family.cpc == EXPECTED_SYMBOLS
    assert {"TIANGONG PHOTONICS CO LTD", "UNIV EASTLAKE"} <= set(family.assignees)
    assert {"CN118000001A", "WO2025100001A1"} <= set(family.publications)
    assert family.filed_on == date(2024, 1, 3)
    assert not family.withdrawn
    assert 0 < family.version < 2**63


def test_every_source_read_twice_gives_identical_facts(export: Path) -> None:
    once, again = read("families", export), read("families", export)
    assert once.rows == again.rows
    assert once.reading.adapter == again.reading.adapter
    lines = [row.line for row in once.rows if row.fact]
    assert lines == sorted(lines)
    assert families(read("families", export, resume_after=lines[0])) == families(once)[1:]


def test_every_source_is_read_packed_as_well(export: Path, tmp_path: Path) -> None:
    packed = tmp_path / f"{export.name}.gz"
    packed.write_bytes(gzip.compress(export.read_bytes()))
    assert read("families", packed).rows == read("families", export).rows


def test_lens_api_and_lens_export_give_one_family_one_id() -> None:
    from_api, from_csv = (families(read("families", FIXTURES / name)) for name in ("lens.jsonl", "lens.csv"))
    assert [family.family_id for family in from_api[:2]] == [family.family_id for family in from_csv[:2]]


def test_lens_records_of_another_shape_are_taken_as_far_as_they_go() -> None:
    result = read("families", FIXTURES / "lens.jsonl")
    assert families(result)[2].family_id == "lens-000-000-000-000-009"
    assert result.problems == [(5, "has no lens_id")]
    assert result.notes == [(1, "left out 1 that are no CPC symbol; first: line 3: 'H01S 5/XX'")]


def test_google_and_epo_name_one_docdb_family_alike() -> None:
    google, epo = (families(read("families", FIXTURES / name)) for name in ("google.jsonl", "docdb.xml"))
    assert google[0].family_id == epo[0].family_id == "docdb-91000001"
    assert google[2].family_id == "docdb-CN118000009A"
    assert google[1].assignees == ("华雨种业机械有限公司",)
    assert google[2].filed_on is None


def test_parquet_and_json_of_google_give_identical_families(tmp_path: Path) -> None:
    for wrapped in (False, True):
        path = google_parquet(tmp_path / f"{wrapped}.parquet", wrapped=wrapped)
        assert families(read("families", path)) == families(read("families", FIXTURES / "google.jsonl"))


def test_a_later_exchange_makes_a_newer_version(tmp_path: Path) -> None:
    later = tmp_path / "later.xml"
    text = (
        (FIXTURES / "docdb.xml")
        .read_text(encoding="utf-8")
        .replace('exchange="20250717" status', 'exchange="20250814" status')
    )
    later.write_text(text, encoding="utf-8")
    before, after = (
        families(read("families", FIXTURES / "docdb.xml"))[0],
        families(read("families", later))[0],
    )
    assert before.version < after.version


def test_docdb_takes_cpc_of_all_offices_names_of_all_scripts_and_withdraws_what_was_deleted() -> None:
    result = read("families", FIXTURES / "docdb.xml")
    first, second = families(result)
    assert first.assignees == ("TIANGONG PHOTONICS CO LTD", "UNIV EASTLAKE", "天工光电有限公司")
    assert (second.family_id, second.withdrawn, second.publications) == ("docdb-91000002", True, ())
    assert result.problems == [(4, "an exchange-document without country, doc-number and kind")]
    assert result.notes == [(1, "left out 1 that are no CPC symbol; first: line 3: 'H01/'")]


def test_a_real_answer_of_open_patent_services_is_read() -> None:
    (family,) = families(read("families", sample("patents/epo_ops_biblio_example.xml")))
    assert family.family_id == "docdb-35840242"
    assert family.cpc == ("A61B5/283", "A61B5/287", "A61M25/0136", "A61M25/0147")
    assert family.publications == ("US20060142694A1",)
    assert family.assignees == ("ST. JUDE MEDICAL, ATRIAL FIBRILLATION DIVISION, INC",)


def test_entities_in_xml_are_not_resolved_and_bombs_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET", encoding="utf-8")
    root = '<x xmlns="http://www.epo.org/exchange">'
    head = f'<?xml version="1.0"?>\n<!DOCTYPE x [{{}}]>\n{root}<exchange-document country="CN" '
    tail = 'doc-number="1" kind="A"><applicant><name>ACME &e; CO</name></applicant></exchange-document></x>'
    outside = tmp_path / "outside.xml"
    outside.write_text(head.format(f'<!ENTITY e SYSTEM "{secret.as_uri()}">') + tail, encoding="utf-8")
    assert "SECRET" not in str(families(read("families", outside)))
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 500}">' for n in range(12))
    bomb = tmp_path / "bomb.xml"
    bomb.write_text(head.format(laughs) + 'a="&e11;" ' + tail.replace("&e;", "&e11;"), encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="the XML is damaged"):
        read("families", bomb)


def test_xml_that_is_cut_off_is_refused_before_anything_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_bytes((FIXTURES / "docdb.xml").read_bytes()[:3_000])
    with pytest.raises(UnreadableFileError, match=r"cut\.xml, after publication \d: the XML is damaged"):
        read("families", path)


def test_patentsview_tables_are_brought_together_by_patent() -> None:
    result = read("families", TABLES)
    first, second, third = families(result)
    assert first == Family(
        family_id="uspto-12000001",
        version=first.version,
        assignees=("Tiangong Photonics Co., Ltd.",),
        cpc=("G02B6/02", "H04B10/2519"),
        filed_on=date(2023, 1, 5),
        publications=("US12000001",),
    )
    assert (second.family_id, second.withdrawn) == ("uspto-12000002", True)
    assert (third.family_id, third.cpc, third.assignees) == ("uspto-D1000003", (), ())
    assert [note for _, note in result.notes] == [
        "PatentsView names no families: each patent is taken as one",
        "left out 1 that are no CPC symbol; first: 'G02B'",
    ]
    assert result.problems == [(6, "g_cpc_current.tsv: has 3 cells, the heading 7")]


def test_a_stray_quotation_mark_in_a_table_of_patentsview_swallows_no_patent(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    shutil.copytree(TABLES, folder)
    table = folder / "g_assignee_disambiguated.tsv"
    table.write_text(table.read_text(encoding="utf-8").replace('"l1"', '"l1', 1), encoding="utf-8")
    result = read("families", folder)
    assert [family.assignees for family in families(result)] == [
        family.assignees for family in families(read("families", TABLES))
    ]
    assert any("a quotation mark is not closed" in note for _, note in result.notes)


def test_patentsview_tables_are_found_packed_singly_or_together(tmp_path: Path) -> None:
    expected = read("families", TABLES)
    together = shutil.make_archive(str(tmp_path / "all"), "zip", TABLES)
    assert families(read("families", Path(together))) == families(expected)
    singly = tmp_path / "singly"
    singly.mkdir()
    for table in TABLES.iterdir():
        with zipfile.ZipFile(singly / f"{table.name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(table, table.name)
    assert families(read("families", singly)) == families(expected)


def test_patentsview_tables_that_are_missing_are_named(tmp_path: Path) -> None:
    shutil.copy(TABLES / "g_patent.tsv", tmp_path)
    with pytest.raises(UnreadableFileError, match="lacks the tables g_assignee_disambiguated, g_cpc_current"):
        read("families", tmp_path)


def test_derwent_names_lose_their_company_code_and_keep_their_script() -> None:
    result = read("families", FIXTURES / "derwent.csv")
    first, second = families(result)
    assert first.assignees == ("TIANGONG PHOTONICS CO LTD", "UNIV EASTLAKE", "东湖大学", "天工光电有限公司")
    assert [family.family_id for family in (first, second)] == ["dwpi-202455555A", "inpadoc-91000002"]
    assert result.problems == [(5, "has no Publication Number")]
    assert result.notes == [(2, "left out 1 that are no CPC symbol; first: line 3: 'unknown'")]


def test_derwent_exports_as_csv_and_excel_give_identical_families(tmp_path: Path) -> None:
    excel = read("families", derwent_excel(tmp_path / "derwent.xlsx"))
    assert families(excel) == families(read("families", FIXTURES / "derwent.csv"))
    assert excel.reading.adapter == "derwent-excel"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad.parquet", b"PAR1" + b"\x00" * 200 + b"PAR1"),
        ("bad.xlsx", b"PK\x03\x04" + b"\x00" * 200),
        ("bad.zip", b"PK\x03\x04" + b"\x00" * 200),
        ("bad.xml", b"<exchange-documents xmlns='http://www.epo.org/exchange'>" + b"<a>" * 10_000),
    ],
)
def test_damaged_files_are_one_clear_line(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"^bad\."):
        read("families", path)
