"""Every test has a real database of its own, embedded in the process; a process hosts one at a time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.store.client import Database, connect
from giants.store.migrations import migrate


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with connect(f"chdb://{tmp_path / 'clickhouse'}") as opened:
        migrate(opened)
        yield opened
