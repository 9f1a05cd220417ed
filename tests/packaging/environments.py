"""Environments that have a wheel and what the environment of the tests has, and nothing of the checkout."""

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Final

from tests.deploy.files import ROOT, run

PACKAGES: Final = ("agents", "giants", "schemas", "streams")


def build(folder: Path, *, compiled: bool = False) -> None:
    """Write the sdist, and the wheel that is made of it: what is compiled is never in the checkout."""
    environment = {**os.environ, "HATCH_BUILD_HOOK_ENABLE_MYPYC": str(compiled).lower()}
    environment.pop("PYTHONPATH", None)
    command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    run(*command, env=environment, seconds_max=1_200)


def new_environment(wheel: Path, folder: Path) -> Path:
    """A virtual environment with the wheel; its dependencies are lent from that of the tests."""
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = str(folder / "bin" / "python")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", str(wheel))
    (packages,) = folder.glob("lib/python*/site-packages")
    # A path file inside a lent folder is not followed: the checkout that is installed there stays out.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def checkout_without_packages(folder: Path) -> Path:
    """A copy of the checkout that lacks the packages, so that its tests take those of their environment."""
    listed = run("/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if name.partition("/")[0] not in PACKAGES and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def without_settings() -> dict[str, str]:
    """The environment variables, but those of Python and of the program."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIANTS_"))}
