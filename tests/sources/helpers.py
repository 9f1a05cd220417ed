"""What the tests of the readers share: reading a file to its end, and the folder of real samples."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from giants.sources import Options, Reading, Row, UnreadableFileError, open_source

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"


@dataclass(frozen=True)
class Read:
    """Everything that a file gave."""

    rows: tuple[Row, ...]
    reading: Reading

    @property
    def facts(self) -> list[BaseModel]:
        return [row.fact for row in self.rows if row.fact is not None]

    @property
    def problems(self) -> list[tuple[int, str]]:
        return [(row.line, row.problem) for row in self.rows if row.problem is not None]

    @property
    def notes(self) -> list[tuple[int, str]]:
        return [(row.line, row.note) for row in self.rows if row.note is not None]


def read(kind: str, path: Path, **options: Any) -> Read:
    """Read a file to its end."""
    with open_source(kind, path, Options(**options)) as reading:
        return Read(tuple(reading), reading)


def read_or_refusal(kind: str, path: Path, **options: Any) -> tuple[tuple[Row, ...], str | None]:
    """What a file gives, or the one line with which it is refused; any other error fails the test."""
    try:
        return read(kind, path, **options).rows, None
    except UnreadableFileError as error:
        message = str(error)
    assert "\n" not in message
    return (), message


def sample(path: str) -> Path:
    """A real sample, which is no part of the project: the test is skipped where it is absent."""
    folder = Path(os.environ.get("GIANTS_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not (folder / path).exists():
        pytest.skip(f"{path} is not in {folder}: set GIANTS_TEST_DATA to the folder of real samples")
    return folder / path
