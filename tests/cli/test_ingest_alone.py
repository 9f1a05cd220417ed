"""What `giants ingest` says and exits with, without a stack."""

from pathlib import Path

import pytest

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
