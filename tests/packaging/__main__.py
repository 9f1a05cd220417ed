"""`python -m tests.packaging`: tests of folds, streams and simulation with the compiled wheel."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.deploy.files import ROOT, run
from tests.packaging.environments import (
    build,
    checkout_without_packages,
    new_environment,
    without_settings,
)

TESTS = ("tests/domain", "tests/decoding", "tests/agents", "tests/streams", "tests/simulation")


def main() -> int:
    """Build, test, compare; returns 1 where something fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.packaging", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="of the simulation")
    parser.add_argument("--wheel", type=Path, help="a wheel that is there already")
    parser.add_argument("tests", nargs="*", default=TESTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.wheel is None:
            build(folder, compiled=True)
        wheel = arguments.wheel or next(folder.glob("*.whl"))
        python = str(new_environment(wheel, folder / "venv") / "bin" / "python")
        elsewhere = checkout_without_packages(folder / "checkout")
        tested = _run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments.tests], elsewhere)
        return 1 if tested or _differs(python, elsewhere, arguments.seeds) else 0


def _differs(python: str, elsewhere: Path, seeds: int) -> bool:
    """Whether a seed of the simulation fails, or does something else than with the source as it is."""
    command = ["-m", "tests.simulation", "--seeds", str(seeds)]
    both = ((python, elsewhere), (sys.executable, ROOT))
    if any(_run([one, *command], where) for one, where in both):
        return True
    compiled, plain = (
        run(one, *command, "--digest", cwd=where, env=without_settings(), seconds_max=3_600)
        for one, where in both
    )
    is_same = compiled == plain
    sys.stdout.write(f"{seeds} seeds: {'the same' if is_same else 'not the same'} as from source\n")
    return not is_same


def _run(command: list[str], where: Path) -> int:
    return subprocess.run(command, cwd=where, env=without_settings(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
