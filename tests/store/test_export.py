"""Exports come in pieces, and no cell is one that a spreadsheet program would run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.kafka import topics
from giants.store.client import Database
from giants.store.errors import UnknownTableError
from giants.store.export import FORMULA_STARTS, ExportFormat, export_table, guarded_cell
from tests.store.builders import company, incoming, store


@given(st.sampled_from(FORMULA_STARTS), st.text(max_size=20), st.integers(0, 3))
def test_no_cell_begins_like_a_formula(start: str, rest: str, spaces: int) -> None:
    cell = guarded_cell(" " * spaces + start + rest)
    assert isinstance(cell, str)
    assert cell.startswith("'")
    assert cell.endswith(start + rest)


@given(st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.none()))
def test_numbers_stay_numbers(value: object) -> None:
    assert guarded_cell(value) == value


@pytest.mark.parametrize("export_format", [ExportFormat.JSONL, ExportFormat.CSV, ExportFormat.ARROW])
def test_an_export_comes_in_pieces(database: Database, export_format: ExportFormat) -> None:
    companies = (f"C{number:05}" for number in range(20_000))
    store(
        database, *(incoming(topics.COMPANIES, company(c), key=c, offset=n) for n, c in enumerate(companies))
    )
    sizes = [len(piece) for piece in export_table(database, "companies", export_format)]
    assert len(sizes) > 1
    assert max(sizes) < 0.9 * sum(sizes)


def test_a_table_that_is_not_exported_is_refused_before_the_first_piece(database: Database) -> None:
    with pytest.raises(UnknownTableError, match="got table 'epochs_rows', expected one of companies"):
        export_table(database, "epochs_rows", ExportFormat.CSV)
