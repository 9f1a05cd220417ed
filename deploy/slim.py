"""Take out of an environment what the program never loads: `python deploy/slim.py /opt/giants`.

Tests of packages, headers and sources for compilers, two parts of Arrow (Flight, S3) that neither the program
nor the rest of Arrow loads, and symbols for debuggers. The image is built only if the rest can be imported.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# Below site-packages; `**` is any depth.
NEEDLESS: Final = (
    "**/tests",
    "numpy/_core/include",
    "numpy/**/*.a",
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/*flight*",
    "pyarrow/*s3*",
    "pyarrow/**/*.pxi",
    "pyarrow/**/*.pyx",
    "uvloop/**/*.pyx",
    "uvloop/**/*.c",
    "faust/**/*.c",
    "lxml/includes",
)
# Packages whose libraries carry symbols. What was patched after linking does not bear `strip`.
WITH_SYMBOLS: Final = ("aiohttp", "cryptography", "faust", "lz4", "pyarrow", "pyroaring*.so", "uvloop")


def needless(packages: Path) -> Iterator[Path]:
    """Files and folders to take out, outer ones before what they hold."""
    for pattern in NEEDLESS:
        yield from packages.glob(pattern)


def slim(environment: Path) -> int:
    """Take out what is needless; returns the bytes that were freed."""
    before = _bytes_of(environment)
    for packages in environment.glob("lib/python*/site-packages"):
        for path in list(needless(packages)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        libraries = [
            library
            for pattern in WITH_SYMBOLS
            for found in packages.glob(pattern)
            for library in (found.rglob("*.so*") if found.is_dir() else [found])
        ]
        subprocess.run(["strip", "--strip-unneeded", *libraries], check=True)  # noqa: S603, S607
        _link_copies(packages / "pyarrow")
    return before - _bytes_of(environment)


def _link_copies(folder: Path) -> None:
    """A wheel holds no links: of a library with three names three copies are installed."""
    for library in folder.glob("*.so.*.*.*"):
        stem = library.name.partition(".so.")[0]
        for copy in folder.glob(f"{stem}.so*"):
            if copy != library and copy.read_bytes() == library.read_bytes():
                copy.unlink()
                copy.symlink_to(library.name)


def _bytes_of(folder: Path) -> int:
    return sum(one.lstat().st_size for one in folder.rglob("*") if one.is_file() and not one.is_symlink())


if __name__ == "__main__":
    sys.stdout.write(f"{slim(Path(sys.argv[1])) / 1e6:,.0f} MB are taken out\n")
