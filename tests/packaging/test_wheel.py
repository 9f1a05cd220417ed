"""What is installed: the wheel is whole, typed, and runs outside the checkout.

The dependencies are those of the environment of the tests, lent to a new environment that has the wheel
alone: nothing of the checkout can be found there.
"""

import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.deploy.files import ROOT, run
from tests.packaging.environments import PACKAGES, build, new_environment, without_settings

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist, and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("dist")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel."""
    return new_environment(wheel, tmp_path_factory.mktemp("fresh") / "venv")


def test_the_wheel_holds_every_file_of_its_packages(wheel: Path) -> None:
    tracked = run("/usr/bin/env", "git", "ls-files", *PACKAGES).splitlines()
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    missing = [name for name in tracked if name not in held and (ROOT / name).exists()]
    assert missing == []
    assert {f"{package}/py.typed" for package in PACKAGES} <= held
    assert "giants/domain/data/ctt74.toml" in held
    assert "giants/store/ddl/0001_facts.sql" in held
    assert any(name.startswith("giants/web/dashboard/templates/") for name in held)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_sdist_holds_what_the_wheel_is_made_of(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "schemas/facts.py"} <= names
    assert not [name for name in names if name.startswith((".venv", ".giants", ".git/", "site/"))]


def test_the_wheel_says_its_licence_and_which_pythons_it_takes(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        told = archive.read(name).decode()
    assert "License-Expression: Apache-2.0" in told
    assert "Requires-Python: <3.15,>=3.11" in told
    assert "Provides-Extra: embedded" in told


def test_the_commands_run_from_an_empty_folder(environment: Path, tmp_path: Path) -> None:
    outside = without_settings()
    python, giants = str(environment / "bin" / "python"), str(environment / "bin" / "giants")
    where = run(python, "-c", "import giants.cli; print(giants.cli.__file__)", cwd=tmp_path, env=outside)
    assert Path(where.strip()).is_relative_to(environment)
    assert "China's Little Giants" in run(giants, "--help", cwd=tmp_path, env=outside)
    lines = run(giants, "topics", "--json", cwd=tmp_path, env=outside).splitlines()
    assert "giants.families.v1" in [json.loads(line)["name"] for line in lines]
    assert "radar" in run(giants, "taxonomy", "show", "radar", cwd=tmp_path, env=outside).lower()
    assert "rating-changes.v1" in run(giants, "schema", cwd=tmp_path, env=outside)
    assert list(tmp_path.iterdir()) == []
