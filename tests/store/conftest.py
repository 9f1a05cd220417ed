"""Every test has a real database of its own, embedded in the process; a process hosts one at a time."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.store.client import Database, connect
from giants.store.migrations import migrate


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database with all tables and no rows; to copy it takes a tenth of making it."""
    folder = tmp_path_factory.mktemp("store") / "clickhouse"
    with connect(f"chdb://{folder}") as made:
        migrate(made)
    return folder


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Iterator[Database]:
    folder = tmp_path / "clickhouse"
    shutil.copytree(empty_database, folder, symlinks=True)
    with connect(f"chdb://{folder}") as opened:
        yield opened
