"""The table of what compiled modules gain, for `bench.report`."""

from collections.abc import Mapping
from typing import Any, Final

COLUMNS: Final = ("processor time of a family", "pure, µs", "compiled, µs", "pure, times compiled")


def compiled_rows(measured: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Columns and rows: folds, and the whole worker, of which the ratio alone was noted."""
    rows: list[tuple[str, ...]] = [
        (
            row["fold"],
            f"{row['pure_microseconds']:,.1f}",
            f"{row['compiled_microseconds']:,.1f}",
            f"{row['times']:.2f}",
        )
        for row in measured["rows"]["folds"]
    ]
    rows += [
        (f"a worker, {row['families']:,} families", "", "", f"{row['times']:.2f}")
        for row in measured["rows"]["worker"]
    ]
    return COLUMNS, rows
