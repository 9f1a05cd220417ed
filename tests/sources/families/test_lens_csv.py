"""Lens.org exports: publications become families by their priority numbers."""

import csv
import gzip
import io
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from giants.sources import TemporaryStoreError, UnreadableFileError
from schemas.facts import Family
from tests.sources.helpers import FIXTURES, read, read_or_refusal, sample

LENS = FIXTURES / "lens.csv"


def families(path: Path, **options: object) -> list[Family]:
    return [fact for fact in read("families", path, **options).facts if isinstance(fact, Family)]


def test_publications_of_one_family_are_united_wherever_they_stand() -> None:
    result = read("families", LENS)
    assert result.reading.adapter == "lens-csv"
    assert [row.line for row in result.rows if row.fact] == [2, 3, 5]
    first = families(LENS)[0]
    assert first.publications == ("CN118000001A", "US20250200001A1", "WO2025100001A1")
    assert first.assignees == ("TIANGONG PHOTONICS CO LTD", "UNIV EASTLAKE")
    assert first.cpc == ("G02B6/02", "H01S5/0687", "H04B10/2519")
    assert first.filed_on == date(2024, 1, 3)
    assert first.family_id.startswith("lens-")


def test_a_family_is_not_lost_for_an_odd_symbol_and_the_note_counts_them() -> None:
    result = read("families", LENS)
    assert families(LENS)[2].cpc == ("G01S7/02",)
    assert result.notes == [(5, "left out 2 that are no CPC symbol; first: 'G01S13/XX'")]


def test_a_family_without_symbols_is_kept() -> None:
    assert families(LENS)[1].cpc == ()


def test_the_columns_and_first_rows_are_shown() -> None:
    reading = read("families", LENS).reading
    meanings = {column.heading: column.meaning for column in reading.columns}
    assert meanings["Priority Numbers"] == "priorities"
    assert meanings["Title"] is None
    assert len(reading.understanding.first_rows) == 5
    assert reading.understanding.encoding == "utf-8"
    assert reading.bytes_read == reading.bytes_total == LENS.stat().st_size


def test_the_same_file_gives_the_same_facts_and_so_does_another_order_of_rows(tmp_path: Path) -> None:
    assert families(LENS) == families(LENS)
    heading, *rows = LENS.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(7).shuffle(rows)
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text(heading + "".join(rows), encoding="utf-8")
    assert sorted(families(shuffled), key=str) == sorted(families(LENS), key=str)


def test_an_older_export_never_overwrites_a_newer_one(tmp_path: Path) -> None:
    older = tmp_path / "older.csv"
    older.write_text(
        "".join(LENS.read_text(encoding="utf-8").splitlines(keepends=True)[:4]), encoding="utf-8"
    )
    old, new = families(older)[0], families(LENS)[0]
    assert old.family_id == new.family_id
    assert old.version < new.version


def test_the_day_of_the_export_orders_what_was_only_classified_again(tmp_path: Path) -> None:
    again = tmp_path / "again.csv"
    again.write_text(LENS.read_text(encoding="utf-8").replace("G02B6/02", "G02B6/0208"), encoding="utf-8")
    before = families(LENS, exported_on=date(2025, 9, 1))
    after = families(again, exported_on=date(2026, 9, 1))
    assert before[0].family_id == after[0].family_id
    assert before[0].version < after[0].version


def test_reading_resumes_after_the_last_family_that_was_taken() -> None:
    assert families(LENS, resume_after=2) == families(LENS)[1:]


def test_rows_that_are_cut_or_shifted_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    text = LENS.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex("Patent Application")], encoding="utf-8")
    result = read("families", path)
    assert result.problems == [(6, "has 15 cells, the heading has 18")]


def test_the_real_export_holds_as_many_families_as_distinct_sets_of_priorities() -> None:
    path = sample("patents/lens_export_sample.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sets = {frozenset(row["Priority Numbers"].split(";;")) for row in rows}
    instances = {
        (frozenset(row["Priority Numbers"].split(";;")), symbol)
        for row in rows
        for symbol in row["CPC Classifications"].split(";;")
        if symbol
    }
    result = read("families", path)
    found = [fact for fact in result.facts if isinstance(fact, Family)]
    assert (len(found), result.problems, result.notes) == (len(sets), [], [])
    assert sum(len(family.cpc) for family in found) == len(instances)
    assert len({family.family_id for family in found}) == len(sets)
    assert read("families", path).facts == found


def test_a_real_export_in_which_publications_are_repeated_holds_no_more_families(tmp_path: Path) -> None:
    with gzip.open(sample("patents/lens_export_sample.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        heading, *rows = list(csv.reader(file))
    number, lens_id = heading.index("Publication Number"), heading.index("Lens ID")
    later = [
        [*row[:number], row[number] + "9", *row[number + 1 : lens_id], f"{n}", *row[lens_id + 1 :]]
        for n, row in enumerate(rows)
    ]
    doubled = tmp_path / "doubled.csv"
    with doubled.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([heading, *rows, *later])
    found = families(doubled)
    assert len(found) == len(rows)
    assert all(len(family.publications) == 2 for family in found)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Lens ID,Applicants\n1,2\n", "cannot be read as families"),
        (LENS.read_bytes().replace(b"Fibre Link", b"Fibre\x00Link", 1), "zero"),
        (
            LENS.read_bytes() + b"6,CN,\xff\xfe\xfd,,,,,,,,,,,,,,,\n",
            "gb18030 throughout|none of UTF-8|utf-8 throughout",
        ),
    ],
)
def test_damaged_exports_are_refused_whole(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "damaged.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=reason):
        read("families", path)


def test_a_quote_that_is_never_closed_takes_no_other_row_with_it(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    row = LENS.read_text(encoding="utf-8").splitlines()[1]
    endless = "\n".join([row] * 400)
    path.write_text(LENS.read_text(encoding="utf-8") + '7,"' + endless, encoding="utf-8")
    result = read("families", path)
    facts: list[Any] = [*result.facts]
    assert [fact.family_id for fact in facts] == [fact.family_id for fact in families(LENS)]
    assert result.problems == [(7, "has 19 cells, the heading has 18")]
    assert (7, "a quotation mark is not closed: 50 lines after it are read as rows again") in result.notes


def test_a_disk_that_is_full_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("giants.sources.families.temporary.STORE_BYTES_MAX", 40_000)
    path = tmp_path / "many.csv"
    heading, first, *_ = LENS.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(heading + first * 2_000, encoding="utf-8")
    with pytest.raises(TemporaryStoreError, match=r"cannot hold what the file needs.*full"):
        read("families", path)


CELLS = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=10, max_size=20), max_size=6))
def test_any_cells_give_rows_or_one_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path = tmp_path_factory.mktemp("fuzz") / "lens.csv"
    path.write_text(LENS.read_text(encoding="utf-8") + out.getvalue(), encoding="utf-8", newline="")
    found, refusal = read_or_refusal("families", path)
    assert refusal is not None or sum(row.fact is not None for row in found) >= 3
