"""Virtual environments of the peers: their pins conflict with ours and with each other's.

`python -m bench.peers.environments pathway` makes one beforehand, for tests, which make none.
"""

import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Final
from uuid import uuid4

REPOSITORY: Final = Path(__file__).parents[2]
CACHE: Final = Path.home() / ".cache" / "giants-bench"
_DIGEST_CHARACTERS: Final = 12
_TOLD_CHARACTERS_MAX: Final = 1_000


class EnvironmentFailedError(Exception):
    """A virtual environment could not be made."""

    def __init__(self, requirements: Path, got: str) -> None:
        super().__init__(f"{requirements.name} cannot be installed: {got[-_TOLD_CHARACTERS_MAX:]}")


def python_of(name: str) -> Path:
    """The interpreter that has `requirements-NAME.txt`; makes its environment once, in the cache folder.

    Raises `EnvironmentFailedError`.
    """
    folder = _folder_of(name)
    if not is_made(name):
        _make(folder, _requirements_of(name))
    return folder / "bin" / "python"


def is_made(name: str) -> bool:
    """Whether the environment is there."""
    return (_folder_of(name) / "complete").exists()


def versions_of(python: Path, packages: tuple[str, ...]) -> dict[str, str]:
    """Installed versions of packages."""
    program = "import importlib.metadata as m, sys; print(*[m.version(p) for p in sys.argv[1:]])"
    done = subprocess.run([python, "-c", program, *packages], capture_output=True, text=True, check=True)
    return dict(zip(packages, done.stdout.split(), strict=True))


def _requirements_of(name: str) -> Path:
    return Path(__file__).parent / f"requirements-{name}.txt"


def _folder_of(name: str) -> Path:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    content = _requirements_of(name).read_bytes() + version.encode()
    return CACHE / f"{name}-{sha256(content).hexdigest()[:_DIGEST_CHARACTERS]}"


def _make(folder: Path, requirements: Path) -> None:
    rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "-r", str(requirements)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        rmtree(folder, ignore_errors=True)
        raise EnvironmentFailedError(requirements, done.stderr)
    (folder / "complete").write_text(uuid4().hex)


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        print(python_of(wanted))
