"""Every test has a server of its own; a process hosts one chDB at a time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.store.client import Database, connect, parse_dsn
from tests.clickhouse.standin import StandIn

# A server that does not answer is given up after this, where the product waits a minute.
ANSWER_SECONDS_MAX = 1


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(tmp_path / "clickhouse") as standin:
        yield standin


@pytest.fixture
def database(server: StandIn) -> Iterator[Database]:
    with connect(server.dsn) as opened:
        yield opened


@pytest.fixture
def impatient(server: StandIn) -> Iterator[Database]:
    """The same database for who gives up soon."""
    where, options = parse_dsn(server.dsn)
    with Database(where, options | {"send_receive_timeout": ANSWER_SECONDS_MAX}) as opened:
        yield opened
