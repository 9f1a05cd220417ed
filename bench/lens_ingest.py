"""How fast, and in how much memory, a Lens export of any size becomes families.

    python -m bench.lens_ingest [--megabytes 100] [--seed 1]

Writes an export of about that size (the same for the same seed) into a temporary folder, with the
publications of a family scattered over the file, reads it once, and prints rows and families per second
and the peak of resident memory. Nothing is published.
"""

import argparse
import csv
import random
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from giants.sources import Options, open_source

MEGABYTE = 1_000_000
# Families that may get a further member: members of one family lie far apart, as in real exports.
FAMILIES_OPEN_MAX = 20_000
HEADING = (
    "#",
    "Jurisdiction",
    "Kind",
    "Publication Number",
    "Lens ID",
    "Publication Date",
    "Publication Year",
    "Application Number",
    "Application Date",
    "Priority Numbers",
    "Title",
    "Applicants",
    "Inventors",
    "URL",
    "Type",
    "Simple Family Size",
    "CPC Classifications",
    "IPCR Classifications",
    "US Classifications",
    "Non-Patent Citations",
)
SUBCLASSES = ("H04B", "H01S", "G02B", "G01S", "H01L", "B60L", "G06N", "C12N", "A61K", "B64C", "F03D", "H02J")
WORDS = (
    "fibre",
    "laser",
    "radar",
    "coupling",
    "device",
    "method",
    "system",
    "detection",
    "optical",
    "states",
)


def rows(seed: int) -> Iterator[list[str]]:
    """Endless rows of an export; half of them are members of a family that came before."""
    draw = random.Random(seed)
    first_day = date(2010, 1, 1)
    families: list[tuple[str, str, str]] = []
    number = 0
    while True:
        number += 1
        if families and draw.random() < 0.5:
            priority, applicant, symbols = families[draw.randrange(len(families))]
        else:
            filed = first_day + timedelta(days=draw.randrange(5_500))
            priority = f"CN {number:012d} A {filed:%Y%m%d}"
            applicant = ";;".join(
                f"COMPANY {draw.randrange(20_000)} TECH CO LTD" for _ in range(draw.choice((1, 1, 1, 2)))
            )
            symbols = ";;".join(
                f"{draw.choice(SUBCLASSES)}{draw.randrange(1, 99)}/{draw.randrange(0, 99):02d}"
                for _ in range(draw.randrange(1, 9))
            )
            families.append((priority, applicant, symbols))
            if len(families) > FAMILIES_OPEN_MAX:
                families.pop(draw.randrange(len(families) // 2))
        published = first_day + timedelta(days=draw.randrange(5_500))
        title = " ".join(draw.choices(WORDS, k=9))
        citations = " ".join(draw.choices(WORDS, k=30))
        application, lens_id = f"CN {number:012d} A", f"{number:015d}"
        filed_on = f"{priority[-8:-4]}-{priority[-4:-2]}-{priority[-2:]}"
        yield [
            *(
                str(number),
                "CN",
                "A",
                f"CN {number:09d} A",
                lens_id,
                published.isoformat(),
                str(published.year),
            ),
            *(application, filed_on, priority, title, applicant, "LI HUA;;WANG MIN"),
            *(f"https://lens.org/{lens_id}", "Patent Application", "2", symbols, symbols, "", citations),
        ]


def write(path: Path, size_bytes: int, seed: int) -> int:
    """Write an export of about this size; gives the number of rows."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING)
        for row in rows(seed):
            writer.writerow(row)
            written += 1
            if written % 1_000 == 0 and file.tell() >= size_bytes:
                break
    return written


@dataclass(frozen=True, slots=True)
class Figures:
    """What reading took: time on the clock and of the processor, peaks of resident memory."""

    families: int
    seconds: float
    processor_seconds: float
    before_megabytes: float
    after_megabytes: float


def read(path: Path) -> Figures:
    """Read the file to its end."""
    before = peak_megabytes()
    started, processor_started = time.perf_counter(), time.process_time()
    with open_source("families", path, Options()) as reading:
        families = sum(row.fact is not None for row in reading)
    seconds, processor_seconds = time.perf_counter() - started, time.process_time() - processor_started
    return Figures(families, seconds, processor_seconds, before, peak_megabytes())


def peak_megabytes() -> float:
    """Peak of resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def main() -> None:
    """Generate, read in a process of its own, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="giants-bench-") as folder:
        path = Path(folder) / "lens.csv"
        count = write(path, options.megabytes * MEGABYTE, options.seed)
        print(f"{count:,} rows, {path.stat().st_size / MEGABYTE:,.0f} MB")
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
            figures = process.submit(read, path).result()
    print(f"{figures.families:,} families in {figures.seconds:.1f} s: {count / figures.seconds:,.0f} rows/s")
    of_one_core = count / figures.processor_seconds
    print(f"processor: {figures.processor_seconds:.1f} s, {of_one_core:,.0f} rows/s of one core")
    print(f"peak resident memory: {figures.before_megabytes:,.0f} MB, then {figures.after_megabytes:,.0f} MB")


if __name__ == "__main__":
    main()
