"""Bulk export over HTTP: the same rows in every format."""

import csv
import io

import httpx
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from giants.store.client import Database
from giants.store.export import EXPORTABLE


@pytest.mark.parametrize("table", EXPORTABLE)
def test_every_table_has_the_same_rows_in_every_format(
    api: httpx.Client, database: Database, table: str
) -> None:
    expected = database.rows("SELECT count() AS n FROM {t:Identifier}", {"t": table})[0]["n"]
    answers = {
        f: api.get(f"export/{table}", params={"format": f}) for f in ("jsonl", "csv", "parquet", "arrow")
    }
    rows = [orjson.loads(line) for line in answers["jsonl"].text.splitlines()]
    assert len(rows) == expected
    cells = list(csv.reader(io.StringIO(answers["csv"].content.decode("utf-8-sig"))))
    assert len(cells) == expected + 1
    assert pq.read_table(io.BytesIO(answers["parquet"].content)).num_rows == expected
    arrow = pa.ipc.open_stream(answers["arrow"].content).read_all()
    assert arrow.num_rows == expected
    assert cells[0] == arrow.schema.names
    if rows:
        assert list(rows[0]) == arrow.schema.names


def test_chinese_names_and_nested_lists_arrive_whole(api: httpx.Client) -> None:
    rows = [orjson.loads(line) for line in api.get("export/companies").text.splitlines()]
    ningbo = next(row for row in rows if row["company_id"] == "lg-jel")
    assert ningbo["name"] == "宁波佳尔灵气动机械有限公司"
    assert ningbo["names"][0]["cause"] == "correction"
    assert ningbo["authority"] is None
    table = pq.read_table(io.BytesIO(api.get("export/companies", params={"format": "parquet"}).content))
    assert table.to_pylist() == [row | _typed(row, table) for row in rows]


def _typed(row: dict[str, object], table: pa.Table) -> dict[str, object]:
    """Values that JSON has no type for, as Parquet gives them."""
    index = table["company_id"].to_pylist().index(row["company_id"])
    plain = table.slice(index, 1).to_pylist()[0]
    dated = ("since", "names", "designations", "reviews", "timeline", "ownership", "updated_at")
    return {name: plain[name] for name in dated}


def test_a_file_is_offered_under_its_name(api: httpx.Client) -> None:
    answer = api.get("export/designations", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="designations.csv"'


def test_an_unknown_table_and_an_unknown_format_are_refused(api: httpx.Client) -> None:
    assert api.get("export/epochs_rows").status_code == 404
    assert api.get("export/companies", params={"format": "xls"}).status_code == 422
