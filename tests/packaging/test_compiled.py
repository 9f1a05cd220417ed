"""The wheel with compiled modules gives what the source gives, where there is a compiler to make it with."""

import shutil
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from tests.deploy.files import ROOT, run
from tests.drills import drill
from tests.packaging.environments import (
    build,
    checkout_without_packages,
    new_environment,
    without_settings,
)

pytestmark = [
    drill,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler (cc) is here"),
    pytest.mark.skipif(
        not (Path(sysconfig.get_path("include")) / "Python.h").exists(),
        reason="the headers of this Python are not here (on Debian python3-dev)",
    ),
]
SEEDS = 5


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a new environment with the compiled wheel."""
    folder = tmp_path_factory.mktemp("compiled")
    build(folder, compiled=True)
    (wheel,) = folder.glob("*.whl")
    assert not wheel.name.endswith("-any.whl")
    return str(new_environment(wheel, folder / "venv") / "bin" / "python")


def test_the_modules_that_pyproject_names_are_compiled(python: str, tmp_path: Path) -> None:
    hook = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    named = [one.strip("/").removesuffix(".py") for one in hook["hooks"]["mypyc"]["include"]]
    script = "from giants.compiled import compiled_modules; print(*compiled_modules(), sep='\\n')"
    told = run(python, "-c", script, cwd=tmp_path, env=without_settings()).split()
    assert told == sorted(one.replace("/", ".") for one in named)
    doctor = run(python, "-m", "giants.cli", "doctor", cwd=tmp_path, env=without_settings())
    assert f"compiled: {len(named)} modules" in doctor


def test_the_stream_does_what_it_does_uncompiled(python: str, tmp_path: Path) -> None:
    elsewhere = checkout_without_packages(tmp_path / "checkout")
    command = ("-m", "tests.simulation", "--digest", "--seeds", str(SEEDS))
    compiled = run(python, *command, cwd=elsewhere, env=without_settings(), seconds_max=900)
    assert compiled == run(sys.executable, *command, env=without_settings(), seconds_max=900)
    assert len(compiled.splitlines()) == SEEDS
