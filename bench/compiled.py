"""What the compiled modules gain: the same folds from the source and from the compiled wheel, by turns.

    python -m bench.compiled
    python -m bench.compiled --workers-families 60000

Builds the wheel (a C compiler is needed) and unpacks it; each round starts one process with the source and
one with what was unpacked. Processor time counts, and the ratios are the medians of the rounds' ratios, so
that other work on the machine moves them little. With `--workers-families` a whole worker takes so many
families from the embedded broker each way, twice.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from agents.signals import SignalsProcessor
from bench.inventions import by_kind, one_more_claim
from bench.results import FOLDER, Results, read_results
from bench.workload import COMPANIES, directory, families, id_of
from giants.compiled import compiled_modules
from giants.decoding.facts import read_family_event, taxonomy_event
from giants.decoding.families import family_event
from giants.decoding.frames import DeltaFrame
from giants.domain.events import Delta, NewDay, NewProgrammeStatus, Origin, ProgrammeStatus
from giants.domain.ratings import Ratings
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.settings import Settings
from schemas.codes import Status, SubState
from tests.packaging.environments import build

ROOT: Final = Path(__file__).parents[1]
ROUNDS: Final = 5
WORKER_ROUNDS: Final = 2
FAMILIES: Final = 5_000
_FRAME_EVENTS: Final = 100
_CLAIMED_BY: Final = 10
_YEAR: Final = 2026
_ORIGIN: Final = Origin(1)
_SETTINGS: Final = Settings(broker="127.0.0.1:1", partitions=1, clock=False)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.compiled",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--families", type=int, default=FAMILIES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--workers-families", type=int, default=0, help="also a whole worker, with so many")
    parser.add_argument("--wheel", type=Path, help="a compiled wheel that is there already")
    parser.add_argument("--output", type=Path, default=FOLDER)
    parser.add_argument("--here", action="store_true", help="measure what this process imports, as JSON")
    arguments = parser.parse_args()
    if arguments.here:
        sys.stdout.write(json.dumps({"modules": len(compiled_modules()), **folds(arguments.families)}))
        return
    with tempfile.TemporaryDirectory() as folder:
        unpacked = _unpacked(arguments.wheel or _built(Path(folder)), Path(folder) / "unpacked")
        here = ["bench.compiled", "--here", f"--families={arguments.families}"]
        rows = _rows(_by_turns(unpacked, here, arguments.rounds))
        known = read_results(arguments.output).get("compiled", {}).get("rows", {}).get("worker", [])
        worker = _worker(unpacked, arguments.workers_families) if arguments.workers_families else known
    table = Table("fold", "pure, µs", "compiled, µs", "pure, times compiled")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table, worker)
    settings = {"families": arguments.families, "rounds": arguments.rounds}
    Results("compiled", settings, {"folds": rows, "worker": worker}, {"mypy": version("mypy")}).write(
        arguments.output
    )


def folds(count: int) -> dict[str, float]:
    """Microseconds of processor time for a family in each fold."""
    stages = by_kind(count, ("own",))["own"]
    deltas = _deltas(count)
    return {
        "a family, read": _reading(count),
        "a delta, rated": _rating(deltas),
        "a claim, set and taken back": one_more_claim(_CLAIMED_BY),
        **{f"agent: {stage}": stages[stage] for stage in ("intake", "portfolio", "exposure")},
        "agent: signals": _signals(deltas),
    }


def _reading(count: int) -> float:
    """Records of the contract to events, as intake reads them."""
    records = [family.model_dump_json().encode() for family in families(count)]
    began = time.process_time()
    for record in records:
        read_family_event(record, 1, replayed=False)
    return 1e6 * (time.process_time() - began) / count


def _rating(deltas: Sequence[Delta]) -> float:
    """The fold of the ratings alone, without snapshots and entries."""
    ratings = Ratings(Taxonomy.compile(shipped_taxonomy()), (1, 1))
    began = time.process_time()
    for delta in deltas:
        ratings.apply_delta(delta)
    return 1e6 * (time.process_time() - began) / len(deltas)


def _signals(deltas: Sequence[Delta]) -> float:
    """The agent of the signals, with snapshots and entries."""
    processor = SignalsProcessor(0, _SETTINGS)
    standing = ProgrammeStatus(Status.ACTIVE, SubState.MAINTAINED, None, _YEAR + 1)
    statuses = [
        NewProgrammeStatus(id_of(number), standing, "designation", "bench@1", _ORIGIN)
        for number in range(COMPANIES)
    ]
    day = NewDay(f"{_YEAR}-01-01", _YEAR, _ORIGIN, 1)
    processor.apply(0, DeltaFrame([taxonomy_event(shipped_taxonomy(), _ORIGIN), day, *statuses]))
    frames = [
        DeltaFrame([*deltas[start : start + _FRAME_EVENTS]]) for start in range(0, len(deltas), _FRAME_EVENTS)
    ]
    began = time.process_time()
    for offset, frame in enumerate(frames):
        result = processor.apply(offset, frame)
        list(processor.snapshots(result.touched))
        processor.entries(result.touched)
    return 1e6 * (time.process_time() - began) / len(deltas)


def _deltas(count: int) -> list[Delta]:
    company_of = directory()
    found = []
    for family in families(count):
        event = family_event(family, _ORIGIN, 1)
        company = next(company_of[key] for keys in event.assignees for key in keys if key in company_of)
        cause, year = f"{event.family_id}@1", event.filed_year
        sides = (None, event.symbols)
        found.append(Delta(company, event.family_id, 1, *sides, "family", cause, _ORIGIN, 0, year))
    return found


def _built(folder: Path) -> Path:
    """The compiled wheel."""
    build(folder, compiled=True)
    return next(folder.glob("*.whl"))


def _unpacked(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _by_turns(unpacked: Path, command: Sequence[str], rounds: int) -> list[list[dict[str, Any]]]:
    """What a command answers in JSON with the source and with what is unpacked, in each round."""
    return [
        [_answer(command, f"{ROOT}"), _answer(command, f"{unpacked}{os.pathsep}{ROOT}")]
        for _ in range(rounds)
    ]


def _answer(command: Sequence[str], python_path: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as elsewhere:  # Python would import from a checkout that it starts in
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=elsewhere,
            env={**os.environ, "PYTHONPATH": python_path},
            check=True,
            stdout=subprocess.PIPE,
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _rows(rounds: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    source, compiled = zip(*rounds, strict=True)
    assert not source[0]["modules"]
    assert compiled[0]["modules"]
    return [
        {
            "fold": fold,
            "pure_microseconds": round(median(one[fold] for one in source), 1),
            "compiled_microseconds": round(median(one[fold] for one in compiled), 1),
            "times": round(_times(source, compiled, fold), 2),
        }
        for fold in source[0]
        if fold != "modules"
    ]


def _worker(unpacked: Path, count: int) -> list[dict[str, Any]]:
    """How many times as much processor time a worker takes from the source as from the compiled modules."""
    command = ["bench.pipeline", f"--families={count}"]
    source, compiled = zip(*_by_turns(unpacked, command, WORKER_ROUNDS), strict=True)
    return [{"families": count, "times": round(_times(source, compiled, "worker processor seconds"), 2)}]


def _times(source: Sequence[Mapping[str, Any]], compiled: Sequence[Mapping[str, Any]], name: str) -> float:
    ratios = [float(one[name] / other[name]) for one, other in zip(source, compiled, strict=True)]
    return median(ratios)


if __name__ == "__main__":
    main()
