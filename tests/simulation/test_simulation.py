"""Whatever goes wrong, the outputs end as the batch computation says, and no change is lost or told twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.run import failures

_SEEDS_A_TEST = 100
_TESTS = 5
_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("first", range(0, _TESTS * _SEEDS_A_TEST, _SEEDS_A_TEST))
def test_every_run_converges_and_every_chain_is_whole(first: int, only_seed: int | None) -> None:
    seeds = range(first, first + _SEEDS_A_TEST) if only_seed is None else [only_seed] if first == 0 else []
    failure = next(failures(seeds), None)
    assert failure is None, str(failure)


def _passed_over(name: str) -> tuple[str, str]:
    return "-W", f"ignore:{name}_text is deprecated:DeprecationWarning"


def test_a_run_is_the_same_in_every_process() -> None:
    """Python hashes text differently in each process: nothing that is sent or kept may depend on it."""

    def fingerprints(hash_seed: str) -> bytes:
        # kafka-python imports itself with a deprecated call.
        warnings = ("-W", "error", *(word for name in ("read", "open") for word in _passed_over(name)))
        command = [sys.executable, *warnings, "-m", "tests.simulation", "--digest", "--seeds", "40"]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return subprocess.run(command, cwd=_ROOT, env=environment, check=True, capture_output=True).stdout

    assert fingerprints("1") == fingerprints("2")
