"""One invention counts once, and what one list leads to is told once: from files through a whole stack."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.facts import designation, write_lines
from tests.stack import Stack

LASER = "武汉测同激光有限公司"
WAITING = "武汉候录雷达有限公司"
_LENS_HEADER = (
    "Lens ID,Publication Number,Publication Date,Application Date,Priority Numbers,Applicants,"
    "CPC Classifications"
)


def bigquery(folder: Path, name: str, family: str, number: str) -> str:
    """A file of Google Patents Public Data with one publication."""
    row = {
        "publication_number": number,
        "family_id": family,
        "assignee_harmonized": [{"name": LASER, "country_code": "CN"}],
        "cpc": [{"code": "G01S13/00"}],
        "filing_date": "20230304",
        "publication_date": "20250304",
    }
    return write_lines(folder / name, [row])


@pytest.mark.timeout(900)
def test_a_publication_under_two_family_ids_and_from_two_sources_counts_once(
    stack: Stack, tmp_path: Path
) -> None:
    lens = tmp_path / "lens-2025-06-20.csv"
    lens.write_text(
        f"{_LENS_HEADER}\n"
        f"9-1,US 2012/116137 A1,2025-03-04,2023-03-04,CN 20231 A 20230304,{LASER},G01S13/00\n",
        encoding="utf-8",
    )
    listed = write_lines(tmp_path / "list.jsonl", [designation("same-b7", [LASER])])
    assert stack.giants("ingest", "announcements", listed, "--wait").status == 0
    files = [
        bigquery(tmp_path, "march-2025-03-10.jsonl", "91001", "US-20120116137-A1"),
        bigquery(tmp_path, "june-2025-06-10.jsonl", "91777", "US-20120116137-A1"),
        str(lens),
    ]
    assert stack.giants("ingest", "families", *files, "--wait").status == 0

    def families() -> int:
        (company,) = stack.get("/companies", q=LASER)["items"]
        counted = stack.get(f"/companies/{company['company_id']}/exposures")["families"]
        assert isinstance(counted, int)
        return counted

    assert families() == 1
    items = stack.get("/families", id=["docdb-91001", "docdb-91777"])["items"]
    (newest,) = {item["counted_under"] for item in items}
    assert newest.startswith("lens-"), "the export of the latest day"
    found = [one for one in stack.get("/findings", code="same_invention")["items"] if one["ref"] == newest]
    assert sorted(one["subject"] for one in found) == ["docdb-91001", "docdb-91777"]
    assert all("US20120116137A1" in one["detail"] and newest in one["detail"] for one in found)

    gone = [{"family_id": newest, "version": 2**63 - 1, "withdrawn": True}]
    file = write_lines(tmp_path / "gone.jsonl", gone)
    assert stack.giants("ingest", "families", file, "--wait").status == 0
    items = stack.get("/families", id=["docdb-91001", "docdb-91777"])["items"]
    assert {item["family_id"]: item["counted_under"] for item in items} == {
        "docdb-91001": "docdb-91777",
        "docdb-91777": None,
    }
    assert families() == 1


@pytest.mark.timeout(900)
def test_one_list_over_families_that_wait_is_one_change_for_each_pair(stack: Stack, tmp_path: Path) -> None:
    waiting = [
        {
            "family_id": f"WAIT{number}",
            "version": 1,
            "assignees": [WAITING],
            "cpc": ["G01S13/88"] if number % 2 else ["G01S13/88", "H04B10/2519"],
        }
        for number in range(700)
    ]
    file = write_lines(tmp_path / "families.jsonl", waiting)
    assert stack.giants("ingest", "families", file, "--wait").status == 0
    listed = write_lines(tmp_path / "list.jsonl", [designation("waiting-b7", [WAITING])])
    assert stack.giants("ingest", "announcements", listed, "--wait").status == 0
    (company,) = stack.get("/companies", q=WAITING)["items"]
    rows = stack.rows("rating_changes")
    of_company = [row for row in rows if row["company_id"] == company["company_id"]]
    counts = Counter(row["technology"] for row in of_company)
    assert counts["radar"] == 1, json.dumps(of_company, ensure_ascii=False)
    assert set(counts.values()) == {1}
    (radar,) = (row for row in of_company if row["technology"] == "radar")
    assert (radar["families"], radar["cause_kind"], radar["cause_ref"]) == (
        700,
        "designation",
        "waiting-b7@1",
    )
