"""Rows of a list as entries of a portfolio."""

from collections.abc import Iterable, Sequence
from typing import Any

from giants.screening import columns as meanings
from giants.screening.columns import ListColumns
from giants.screening.reading import InputRow
from schemas.portfolios import PORTFOLIO_ENTRIES_MAX


def portfolio_rows(
    rows: Iterable[InputRow], columns: ListColumns
) -> tuple[list[tuple[int, dict[str, Any]]], list[dict[str, str]]]:
    """Rows that may be entries with their lines, and what is wrong with others."""
    kept: list[tuple[int, dict[str, Any]]] = []
    problems: list[dict[str, str]] = []
    left_out = 0
    for row in rows:
        if row.problem is not None:
            problems.append({"where": f"line {row.line}", "detail": row.problem})
        elif len(kept) == PORTFOLIO_ENTRIES_MAX:
            left_out += 1
        else:
            kept.append((row.line, _entry(row.cells, columns)))
    if left_out:
        detail = f"{left_out:,} rows are left out: a portfolio holds {PORTFOLIO_ENTRIES_MAX:,} entries"
        problems.append({"where": "the file", "detail": detail})
    return kept, problems


def _entry(cells: Sequence[str], columns: ListColumns) -> dict[str, Any]:
    chinese, english = columns.cell(cells, meanings.NAME), columns.cell(cells, meanings.NAME_EN)
    entry = {
        "name": chinese or english,
        "name_en": english if chinese else "",
        "former_names": list(columns.former_names(cells)),
        "place": columns.cell(cells, meanings.PLACE),
        "uscc": columns.cell(cells, meanings.USCC),
        "reference": columns.cell(cells, meanings.REFERENCE),
    }
    return {key: value for key, value in entry.items() if value}
