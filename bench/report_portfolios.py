"""The table of what portfolios of counterparties cost, for `bench.report`."""

from collections.abc import Mapping
from typing import Any, Final

COLUMNS: Final = (
    *("portfolios", "entries", "a change that concerns nobody, µs", "against one"),
    *("a change that concerns some, µs", "alerts a change", "taken in, processor s", "MiB", "peak MiB"),
)


def portfolio_rows(measured: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Columns and rows; memory is beyond that of a worker without portfolios, the peak is of the whole."""
    rows = measured["rows"]["portfolios"]
    return COLUMNS, [
        (
            f"{row['portfolios']:,}",
            f"{row['entries']:,}",
            f"{row['quiet_us']:,.0f}",
            f"{row['quiet_us'] / rows[0]['quiet_us']:.2f}",
            f"{row['wanted_us']:,.0f}",
            f"{row['alerts']:.2f}",
            f"{row['load_seconds']:,.0f}",
            f"{row['memory_mib']:,.0f}",
            f"{row['peak_mib']:,.0f}",
        )
        for row in rows
    ]
