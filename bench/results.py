"""Results: what was measured, with which versions, on processors of which number and speed, not on whose."""

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bench.plot import Plot
from bench.yardstick import yardstick_ms

FOLDER: Final = Path(__file__).parent / "results"
_PACKAGES: Final = ("faust-streaming", "aiokafka", "msgspec", "orjson", "pydantic")


@dataclass(frozen=True, slots=True)
class Results:
    """One benchmark: `rows` are tables by name, each a list of records with the same columns."""

    name: str
    settings: Mapping[str, Any]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    versions: Mapping[str, str]

    def write(self, folder: Path = FOLDER, plots: Sequence[Plot] = ()) -> None:
        """Write `NAME.json`, and the pictures beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        document = {
            "name": self.name,
            "measured_on": datetime.now(UTC).date().isoformat(),
            "processors": os.cpu_count(),
            "yardstick_ms": yardstick_ms(),
            "python": platform.python_version(),
            "versions": {package: version(package) for package in _PACKAGES} | dict(self.versions),
            "settings": dict(self.settings),
            "rows": {name: [dict(row) for row in rows] for name, rows in self.rows.items()},
        }
        text = json.dumps(document, indent=1, ensure_ascii=False)
        (folder / f"{self.name}.json").write_text(f"{text}\n", encoding="utf-8")
        for plot in plots:
            plot.write(folder)


def read_results(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """All results that were written, by name."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}


def with_others(
    folder: Path, name: str, table: str, row: Mapping[str, Any], keys: tuple[str, ...]
) -> list[Mapping[str, Any]]:
    """The row beside those of the table that were measured before under other keys, in the order of keys.

    It notes the yardstick, since they are not of one time.
    """
    row = {**row, "yardstick_ms": yardstick_ms()}
    known = read_results(folder).get(name, {}).get("rows", {}).get(table, [])

    def place(one: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(one[key] for key in keys)

    return sorted([*(other for other in known if place(other) != place(row)), row], key=place)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that stands at so many percent of all by rank; of twenty the second largest at 95."""
    return sorted(values)[math.ceil(percent * len(values) / 100) - 1]
