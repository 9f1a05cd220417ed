"""State in memory against state on the local disk (RocksDB): time, memory, and what fits a worker of 4 GiB.

    python -m bench.local_store

The folds of all partitions take the same families twice, as a worker has them: in memory, and with copies on
the disk, where families and companies stay. Processor time of a family through portfolio and exposure, with
its entries made, and on the disk written; what memory grows by; what the disk holds; and how long the copies
take to be opened again. State in memory has nothing to open: it comes from the changelogs (`python -m
bench.recovery`). Each measurement has a process of its own.
"""

import argparse
import time
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console

from agents.exposure import ExposureProcessor
from agents.portfolio import PortfolioProcessor
from bench.memory import PARTITIONS, RENAME, WORKER_BYTES, frames_of, resident_bytes
from bench.results import FOLDER, Results
from bench.workload import directory
from giants.decoding.facts import taxonomy_event
from giants.decoding.frames import DeltaFrame, FamilyFrame
from giants.domain.events import Assignments, Origin
from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka import topics
from giants.kafka.log import Record
from giants.settings import Settings
from streams.local_state import FORMAT, Checkpoint, LocalStateStore, StateDirectory
from streams.processor import Processor
from streams.rocksdb_backend import RocksDisk

SIZES: Final = (100_000, 500_000)
STORES: Final = ("memory", "rocksdb")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.local_store",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of families")
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    rows = [_apart(store, size) for size in arguments.sizes for store in STORES]
    for row in rows:
        Console().print(row)
    Results("local_store", {}, {"stores": rows}, {"rocksdict": "0.3.29"}).write(arguments.output)


class Kept:
    """The folds of all partitions of one worker, each with its copy where there is a disk."""

    def __init__(self, settings: Settings, disk: RocksDisk | None) -> None:
        state_directory = StateDirectory(disk) if disk is not None else None
        self._offset = 0
        self._state_directory: dict[int, LocalStateStore] = {}
        self.portfolios: list[PortfolioProcessor] = []
        self.exposures: list[ExposureProcessor] = []
        for number in range(settings.partitions):
            of_families, of_companies = (
                state_directory.of(topic.full_name(settings), number) if state_directory is not None else None
                for topic in (topics.PORTFOLIO_STATE, topics.EXPOSURE_STATE)
            )
            self.portfolios.append(PortfolioProcessor(number, settings, of_families))
            self.exposures.append(ExposureProcessor(number, settings, of_companies))
            if of_families is not None and of_companies is not None:
                self._state_directory[id(self.portfolios[-1])] = of_families
                self._state_directory[id(self.exposures[-1])] = of_companies

    def open(self) -> None:
        """Take in what of the copies has to be in memory."""
        folds: list[Processor] = [*self.portfolios, *self.exposures]
        for fold in folds:
            fold.load(self._state_directory[id(fold)])

    def begin(self) -> None:
        """Let every partition know every name and the taxonomy."""
        names = FamilyFrame([Assignments(dict(directory()), "designation", "bench@1", Origin(1))])
        taxonomy = DeltaFrame([taxonomy_event(shipped_taxonomy(), Origin(1))])
        for portfolio in self.portfolios:
            self._keep(portfolio, portfolio.apply(0, names).touched)
        for exposure in self.exposures:
            self._keep(exposure, exposure.apply(0, taxonomy).touched)

    def take(self, frame: Record) -> None:
        """Take a frame of families, and the deltas that follow."""
        self._offset += 1
        portfolio = self.portfolios[frame.partition]
        step = portfolio.apply(self._offset, portfolio.decode(frame.value or b""))
        self._keep(portfolio, step.touched)
        for delta in step.outputs:
            exposure = self.exposures[delta.partition]
            self._keep(exposure, exposure.apply(self._offset, exposure.decode(delta.value or b"")).touched)

    def rename(self) -> None:
        """Let a name change hands."""
        for portfolio in self.portfolios:
            self._keep(portfolio, portfolio.apply(self._offset, RENAME).touched)

    def _keep(self, fold: Processor, touched: Collection[bytes]) -> None:
        entries = fold.entries(touched)
        copy = self._state_directory.get(id(fold))
        if copy is not None:
            for key, value in entries.items():
                copy.put(key, value)
            copy.write(Checkpoint(FORMAT, "bench", self._offset, 0, self._offset, self._offset, b"", []))


def _apart(store: str, size: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, store, size, Path(folder)).result()


def measure(store: str, size: int, folder: Path) -> dict[str, Any]:
    """Take so many families."""
    settings = Settings(broker="127.0.0.1:1", clock=False, partitions=PARTITIONS)
    empty_bytes = resident_bytes()
    disk = RocksDisk(folder) if store == "rocksdb" else None
    kept = Kept(settings, disk)
    kept.begin()
    with_names_bytes = resident_bytes()
    used = 0.0
    for frame in frames_of(settings, size):
        began = time.process_time()
        kept.take(frame)
        used += time.process_time() - began
    began = time.process_time()
    kept.rename()
    used += time.process_time() - began
    held_bytes = resident_bytes() - empty_bytes
    a_family = (empty_bytes + held_bytes - with_names_bytes) / size
    figures = {
        "store": store,
        "families": size,
        "microseconds": round(1e6 * used / size, 1),
        "held_mb": round(held_bytes / 1e6),
        # On the disk it is the cache that grows, up to its bound.
        "families_in_4_gib": round((WORKER_BYTES - with_names_bytes) / a_family) if disk is None else None,
        "disk_mb": 0,
        "reopened_seconds": 0.0,
    }
    if disk is not None:
        disk.close()
        figures["disk_mb"] = round(sum(file.stat().st_size for file in folder.rglob("*.*")) / 1e6)
        began = time.perf_counter()
        with RocksDisk(folder) as disk:
            Kept(settings, disk).open()
            figures["reopened_seconds"] = round(time.perf_counter() - began, 2)
    return figures


if __name__ == "__main__":
    main()
