"""Bytes of state a company and a family: in a worker's memory, and in its changelogs.

    python -m bench.memory

The folds of all partitions are filled as a worker fills them: names of companies, then families, then the
deltas that follow. What resident memory grows by in each step is divided by what was added, so that indexes
and the allocator count. Each size has a process of its own.
"""

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from gc import collect
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from agents.exposure import ExposureProcessor
from agents.intake import Input, Packer
from agents.portfolio import PortfolioProcessor
from bench.plot import lines
from bench.results import FOLDER, Results
from bench.workload import COMPANIES, directory, families
from giants.decoding.facts import FAMILIES, taxonomy_event
from giants.decoding.frames import DeltaFrame, FamilyFrame, encode
from giants.domain.events import Assignments, Origin
from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka.log import Record
from giants.settings import Settings

WORKER_BYTES: Final = 4 << 30
SIZES: Final = (25_000, 50_000, 100_000, 200_000)
PARTITIONS: Final = 8
# A name changes hands: families are then indexed by their names, as in a worker that runs for long.
RENAME: Final = FamilyFrame([Assignments({"=": "bench"}, "rename", "bench@2", Origin(2))])
_INPUTS_AT_ONCE: Final = 4_000


class Filled:
    """The folds of all partitions of one worker, and the bytes of what they wrote to their changelogs."""

    def __init__(self, settings: Settings) -> None:
        numbers = range(settings.partitions)
        self._settings = settings
        self._portfolios = [PortfolioProcessor(number, settings) for number in numbers]
        self._exposures = [ExposureProcessor(number, settings) for number in numbers]
        self._offset = 0
        self.touched: dict[int, set[bytes]] = {number: set() for number in numbers}
        self.touched_families: dict[int, set[bytes]] = {number: set() for number in numbers}
        taxonomy = DeltaFrame([taxonomy_event(shipped_taxonomy(), Origin(1))])
        for fold in self._exposures:
            fold.apply(0, taxonomy)

    def learn_names(self) -> None:
        """Every partition learns every company."""
        frame = encode(FamilyFrame([Assignments(dict(directory()), "designation", "bench@1", Origin(1))]))
        for fold in self._portfolios:
            fold.apply(0, fold.decode(frame))

    def take_families(self, count: int) -> list[Record]:
        """Fold families into the portfolios, and a rename; the deltas that the families lead to."""
        deltas: list[Record] = []
        for record in frames_of(self._settings, count):
            self._offset += 1
            fold = self._portfolios[record.partition]
            step = fold.apply(self._offset, fold.decode(record.value or b""))
            self.touched_families[record.partition].update(step.touched)
            deltas.extend(step.outputs)
        for fold in self._portfolios:
            fold.apply(self._offset, RENAME)
        return deltas

    def take_deltas(self, deltas: list[Record]) -> None:
        """Fold deltas into the exposures."""
        for record in deltas:
            self._offset += 1
            fold = self._exposures[record.partition]
            self.touched[record.partition].update(
                fold.apply(self._offset, fold.decode(record.value or b"")).touched
            )

    @property
    def companies(self) -> int:
        """Companies that have families."""
        return sum(len(fold.ratings.companies) for fold in self._exposures)

    def changelog_bytes(self) -> tuple[int, int]:
        """Bytes of keys and values of the changelogs once they are compacted: of families, of exposures."""
        return (
            sum(_bytes(fold.entries(self.touched_families[n])) for n, fold in enumerate(self._portfolios)),
            sum(_bytes(fold.entries(self.touched[n])) for n, fold in enumerate(self._exposures)),
        )


def frames_of(settings: Settings, count: int) -> Iterator[Record]:
    """So many families as frames of the family log."""
    packer, inputs = Packer(settings), list[Input]()
    for number, family in enumerate(families(count), 1):
        value = family.model_dump_json().encode()
        inputs.append(Input(FAMILIES, FAMILIES, 0, number, None, value, 1))
        if len(inputs) == _INPUTS_AT_ONCE or number == count:
            yield from packer.pack(inputs)
            inputs = []


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.memory",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of families")
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    rows = [_apart(size) for size in arguments.sizes]
    for row in rows:
        Console().print(row)
    series = {"state": [(row["families"], row["state_mb"]) for row in rows]}
    labels = ("families", "megabytes")
    picture = lines("memory", "State of 20,000 companies in memory", labels, series, logarithmic=False)
    Results("memory", {"companies": COMPANIES, "partitions": PARTITIONS}, {"sizes": rows}, {}).write(
        arguments.output, [picture]
    )


def _apart(size: int) -> dict[str, Any]:
    """Measure a size in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, size).result()


def measure(size: int) -> dict[str, Any]:
    """Fill the folds with so many families; bytes by what they are for."""
    filled = Filled(Settings(broker="127.0.0.1:1", clock=False, partitions=PARTITIONS))
    held = [resident_bytes()]
    filled.learn_names()
    held.append(resident_bytes())
    deltas = filled.take_families(size)
    with_deltas = resident_bytes()
    deltas_bytes = sum(len(record.value or b"") for record in deltas)
    held.append(with_deltas - deltas_bytes)
    filled.take_deltas(deltas)
    held.append(resident_bytes() - deltas_bytes)
    names, portfolio, exposure = (later - earlier for earlier, later in pairwise(held))
    families_log, exposures_log = filled.changelog_bytes()
    a_family = portfolio / size
    fixed = held[0] + names + exposure
    return {
        "families": size,
        "companies_with_families": filled.companies,
        "state_mb": round((names + portfolio + exposure) / 1e6, 1),
        "empty_worker_mb": round(held[0] / 1e6, 1),
        "names_bytes_a_company": round(names / COMPANIES),
        "bytes_a_family": round(a_family),
        "exposure_bytes_a_company": round(exposure / filled.companies),
        "changelog_bytes_a_family": round(families_log / size),
        "changelog_bytes_a_company": round(exposures_log / filled.companies),
        "families_in_4_gib": round((WORKER_BYTES - fixed) / a_family),
    }


def _bytes(entries: Any) -> int:
    return sum(len(key) + len(value) for key, value in entries.items())


def resident_bytes() -> int:
    """Resident memory of this process."""
    collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
