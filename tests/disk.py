"""A file system of a few megabytes, to be filled to its last byte."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """Mount an empty file system of this size; the test is skipped where this is not allowed."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a file system cannot be mounted: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no byte of the file system of a folder free until the block ends."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as out:
        for size in (1_000_000, 4096, 1):
            with suppress(OSError):
                while True:
                    out.write(b"\0" * size)
        os.fsync(out.fileno())
    try:
        yield
    finally:
        filler.unlink()
