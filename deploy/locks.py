"""Write what an image installs, each file by its hash: `python -m deploy.locks` (needs the package index).

`deploy/locks/lean.lock` is what every image has, `NAME.lock` what the extra NAME adds, and `build.lock` what
builds the wheel of the program; all in the versions of constraints.txt, for the Python and processor below.
pip refuses a file with another hash.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = ROOT / "deploy" / "locks"
PYTHON: Final = "3.11"
PROCESSOR: Final = "x86_64"  # not every package has a wheel for another
EXTRAS: Final = ("embedded", "otel", "plots", "redis", "rocksdb")
_GLIBC: Final = ("2_17", "2_24", "2_26", "2_27", "2_28", "2_31", "2_34", "2_35")

Files = dict[str, set[str]]


def lock(requirements: list[str]) -> Files:
    """The hashes of the wheels that some requirements lead to, by `name==version`."""
    platforms = [f"--platform=manylinux_{glibc}_{PROCESSOR}" for glibc in _GLIBC]
    platforms.append(f"--platform=manylinux2014_{PROCESSOR}")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += [
            "--only-binary=:all:",
            f"--python-version={PYTHON}",
            *platforms,
            f"--target={folder}/none",
        ]
        command += [f"--constraint={ROOT / 'constraints.txt'}", f"--report={report}", *requirements]
        subprocess.run(command, check=True)  # noqa: S603 - a fixed program with fixed options
        found: Files = defaultdict(set)
        for one in json.loads(report.read_text())["install"]:
            name = f"{one['metadata']['name']}=={one['metadata']['version']}"
            found[name].add(one["download_info"]["archive_info"]["hashes"]["sha256"])
        return found


def text(files: Files) -> str:
    """A lock as pip reads it."""
    lines = ["# Written by `python -m deploy.locks`."]
    for name in sorted(files, key=str.lower):
        hashes = " \\\n    ".join(f"--hash=sha256:{one}" for one in sorted(files[name]))
        lines.append(f"{name} \\\n    {hashes}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write all locks."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed: list[str] = project["project"]["dependencies"]
    lean = lock(needed)
    locks = {"lean": lean, "build": lock(project["build-system"]["requires"])}
    for extra in EXTRAS:
        more = lock([*needed, *project["project"]["optional-dependencies"][extra]])
        locks[extra] = {name: hashes for name, hashes in more.items() if name not in lean}
    LOCKS.mkdir(exist_ok=True)
    for name, files in locks.items():
        (LOCKS / f"{name}.lock").write_text(text(files), encoding="utf-8")
        sys.stdout.write(f"{name}.lock: {len(files)} packages\n")


if __name__ == "__main__":
    main()
