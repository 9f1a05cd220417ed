"""`giants up` with another taxonomy: the journal is rated anew under it, and the state before is not lost."""

from pathlib import Path

import pytest

from tests.cli.facts import WORKED_EXAMPLE, designation, families, write_lines
from tests.stack import Stack, running_stack

NAME = "杭州银河光电科技有限公司"
OTHER_TAXONOMY = {
    "taxonomy": "ctt90",
    "version": 1,
    "technologies": [{"id": "lasers", "name": "Lasers", "cpc": ["H01S5/00"]}],
}


def rated(stack: Stack) -> set[tuple[str, str, int]]:
    rows = stack.rows("exposures")
    return {(row["taxonomy"], row["technology"], row["families"]) for row in rows}


@pytest.mark.timeout(900)
def test_a_stack_that_is_started_with_another_taxonomy_rates_by_that(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with running_stack(data_dir) as stack:
        for kind, documents in (
            ("taxonomies", [OTHER_TAXONOMY]),
            ("announcements", [designation("b7", [NAME])]),
            ("families", families("EX", NAME, WORKED_EXAMPLE)),
        ):
            file = write_lines(tmp_path / f"{kind}.jsonl", documents)
            assert stack.giants("ingest", kind, file, "--wait").status == 0
        assert {taxonomy for taxonomy, _, _ in rated(stack)} == {"ctt74"}
        assert stack.stop() == 0
    with running_stack(data_dir, GIANTS_TAXONOMY="ctt90") as stack:
        assert rated(stack) == {("ctt90", "lasers", 5)}
        assert stack.stop() == 0
