"""What it costs that one invention counts once: processor time of a family, by what its publications are.

    python -m bench.inventions

Folds alone, without a broker: intake packs families, the portfolio takes them and the claims that follow, the
inventions answer, the exposures count; entries of the changelogs included. Rounds go round, every kind once
and then again, and the median counts. `none` names no publication, `own` those of the load, which no other
family names; `shared` come twice, from two sources with ids of their own. The second table adds one claim to
a publication that so many families claim.
"""

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from agents.claims_state import ClaimsState
from agents.exposure import ExposureProcessor
from agents.intake import Input, Packer
from agents.inventions import InventionsProcessor
from agents.portfolio import PortfolioProcessor
from agents.portfolio_state import EntriesInMemory
from bench.workload import directory, families
from giants.decoding.facts import FAMILIES, taxonomy_event
from giants.decoding.frames import DeltaFrame, FamilyFrame
from giants.domain.events import Assignments, Claims, Origin
from giants.domain.publications import apply_claims
from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka import topics
from giants.kafka.log import Record
from giants.settings import Settings
from schemas.facts import Family

KINDS: Final = ("none", "own", "shared")
CLAIMED_BY: Final = (1, 10, 100, 1_000, 10_000)
ROUNDS: Final = 5
_CLAIMS: Final = 2_000
_STAGES: Final = ("intake", "portfolio", "inventions", "exposure")
_ORIGIN: Final = Origin(1)
_SETTINGS: Final = Settings(broker="127.0.0.1:1", partitions=1, clock=False)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.inventions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--families", type=int, default=5_000)
    arguments = parser.parse_args()
    table = Table("publications", *_STAGES, "all", title="µs of a processor for a family")
    for kind, found in by_kind(arguments.families).items():
        table.add_row(kind, *(f"{found[stage]:.0f}" for stage in _STAGES), f"{sum(found.values()):.0f}")
    flat = Table("families that claim it", "µs", title="One more claim to a publication")
    for size in CLAIMED_BY:
        flat.add_row(f"{size:,}", f"{one_more_claim(size):.1f}")
    Console().print(table, flat)


def by_kind(count: int, kinds: Sequence[str] = KINDS) -> dict[str, dict[str, float]]:
    """Microseconds of a family in each stage, by what its publications are."""
    load = [family.model_copy(update={"backfill": True}) for family in families(count)]
    rounds: dict[str, list[Mapping[str, float]]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in kinds:
            rounds[kind].append(_Stream().take(list(_of_kind(load, kind))))
    return {
        kind: {stage: median(one[stage] for one in found) for stage in _STAGES}
        for kind, found in rounds.items()
    }


def one_more_claim(size: int) -> float:
    """Microseconds of a claim to a publication that so many families claim, and of taking it back."""
    book = ClaimsState(EntriesInMemory())
    for number in range(size):
        book.put("CN1234567A", f"f{number}", 1)
    taken = Claims("new", 1, ("CN1234567A",), (), "new@1", _ORIGIN)
    left = Claims("new", 2, (), ("CN1234567A",), "new@2", _ORIGIN)
    began = time.process_time()
    for _ in range(_CLAIMS):
        list(apply_claims(book, taken))
        list(apply_claims(book, left))
    return 1e6 * (time.process_time() - began) / _CLAIMS


def _of_kind(load: Sequence[Family], kind: str) -> Iterator[Family]:
    """Families that name no publications, their own, or come a second time from another source."""
    for family in load if kind != "shared" else load[: len(load) // 2]:
        yield family if kind != "none" else family.model_copy(update={"publications": ()})
        if kind == "shared":
            yield family.model_copy(update={"family_id": f"other-{family.family_id}"})


class _Stream:
    """All stages with one partition each, and the seconds that each took."""

    def __init__(self) -> None:
        self._packer = Packer(_SETTINGS)
        self._portfolio = PortfolioProcessor(0, _SETTINGS)
        self._inventions = InventionsProcessor(_SETTINGS)
        self._exposure = ExposureProcessor(0, _SETTINGS)
        self._seconds = dict.fromkeys(_STAGES, 0.0)
        self._offset = 0
        names = Assignments(dict(directory()), "designation", "bench@1", _ORIGIN)
        self._portfolio.apply(0, FamilyFrame([names]))
        taxonomy = DeltaFrame([taxonomy_event(shipped_taxonomy(), _ORIGIN)])
        self._exposure.apply(0, taxonomy)

    def take(self, load: Sequence[Family]) -> Mapping[str, float]:
        """Microseconds of a family in each stage."""
        inputs = [
            Input(FAMILIES, FAMILIES, 0, number, None, family.model_dump_json().encode(), 1)
            for number, family in enumerate(load)
        ]
        began = time.process_time()
        records = self._packer.pack(inputs)
        self._seconds["intake"] += time.process_time() - began
        while records:
            records = [output for record in records for output in self._step(record)]
        return {stage: 1e6 * seconds / len(load) for stage, seconds in self._seconds.items()}

    def _step(self, record: Record) -> list[Record]:
        stages: dict[str, tuple[str, Any]] = {
            topics.FAMILY_LOG.full_name(_SETTINGS): ("portfolio", self._portfolio),
            topics.INVENTION_LOG.full_name(_SETTINGS): ("inventions", self._inventions),
            topics.DELTA_LOG.full_name(_SETTINGS): ("exposure", self._exposure),
        }
        if record.topic not in stages:
            return []
        stage, fold = stages[record.topic]
        self._offset += 1
        began = time.process_time()
        step = fold.apply(self._offset, fold.decode(record.value or b""))
        list(fold.snapshots(step.touched))
        fold.entries(step.touched)
        self._seconds[stage] += time.process_time() - began
        outputs: list[Record] = step.outputs
        return outputs


if __name__ == "__main__":
    main()
