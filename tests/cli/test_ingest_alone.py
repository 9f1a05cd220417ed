"""What `giants ingest` says and exits with, without a stack."""

from pathlib import Path

import pytest

from tests.sources.lists import document_maker as make
from tests.stack import giants

HEADING = "family_id,assignee,cpc,filing_date"


@pytest.mark.parametrize(
    ("rows", "status"),
    [(["F1,,not a symbol,x"], 1), (["F1,杭州试读有限公司,G01S13/00,2024-01-05"], 0), ([], 0)],
)
def test_a_file_of_which_nothing_is_taken_is_an_error(tmp_path: Path, rows: list[str], status: int) -> None:
    file = tmp_path / "families.csv"
    file.write_text("\n".join([HEADING, *rows, ""]), encoding="utf-8")
    options = ("--exported-on", "2025-01-01", "--dry-run")
    ran = giants("ingest", "families", str(file), *options, data_dir=tmp_path)
    assert ran.status == status
    assert (f"error: {file}: took none of its rows (1 refused)" in ran.err) == (status == 1)


def test_a_preview_shows_pages_and_cells_beside_what_was_understood(tmp_path: Path) -> None:
    title = "福建省第八批专精特新“小巨人”企业名单"
    rows = [
        ["序号", "地区", "企业名称"],
        ["1", "南平市", "福建武夷茶机有限公司"],
        ["2", "泉州市", "<b>洛江石材"],
    ]
    printed = make.written(tmp_path, "list.pdf", make.pdf(title, rows))
    table = make.written(tmp_path, "list.xls", make.xls(title, rows))
    refused = make.written(tmp_path, "省级专精特新“小巨人”企业名单.xls", make.xls("x", rows))
    preview = tmp_path / "seen.html"
    files = (str(printed), str(table), str(refused))
    options = ("--published-on", "2026-07-01", "--dry-run", "--preview", str(preview))
    ran = giants("ingest", "announcements", *files, *options, data_dir=tmp_path)
    assert f"{preview} shows each document" in " ".join(ran.err.split())
    text = preview.read_text(encoding="utf-8")
    assert text.count("data:image/jpeg;base64,") == 1
    assert text.count("<rect ") == 2
    assert text.count('<rect id="r1-1-4" class="open"') == 1
    assert text.count("福建武夷茶机有限公司") >= 3
    assert "&lt;b&gt;洛江石材" in text
    assert "<b>洛江石材" not in text
    assert "Refused: " in text
    assert "http" not in text.replace("http-equiv", "")


def test_a_preview_is_of_a_dry_run(tmp_path: Path) -> None:
    ran = giants("ingest", "lists", str(tmp_path), "--preview", "x.html", data_dir=tmp_path)
    assert (ran.status, "add --dry-run" in ran.err) == (1, True)
