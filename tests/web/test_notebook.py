"""The notebook of the documentation, run over exports of a real API."""

import json
from pathlib import Path
from typing import Any

import httpx
import matplotlib as mpl
import pytest

from tests.web.conftest import OPTICAL

NOTEBOOK = Path(__file__).parents[2] / "docs" / "examples" / "exposure.ipynb"


def test_every_cell_runs_and_the_plot_is_drawn(
    api: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for table in ("exposures", "companies"):
        answer = api.get(f"export/{table}", params={"format": "parquet"})
        (tmp_path / f"{table}.parquet").write_bytes(answer.content)
    monkeypatch.setenv("GIANTS_EXPORTS", str(tmp_path))
    monkeypatch.setenv("GIANTS_TECHNOLOGY", OPTICAL)
    mpl.use("agg")
    names: dict[str, Any] = {}
    for number, cell in enumerate(json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            exec(compile(source, f"cell {number}", "exec"), names)  # noqa: S102
    # The worked example is the one company of the plot.
    assert names["one"]["score"].round(2).tolist() == [11.48]
    assert (tmp_path / "exposure.png").read_bytes().startswith(b"\x89PNG")
    assert list(names["by_band"].columns) == names["BANDS"]
