"""The examples of the documentation, run as a reader would run them."""

import os
import shutil
from pathlib import Path

import httpx
import pytest

from docs.generate import FOLDER
from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.deploy.files import run
from tests.store.builders import company, incoming, rating_change, status_change, store
from tests.web.serving import served

EXAMPLE = str(FOLDER / "examples" / "follow_changes.mjs")


def follow(folder: Path, client: httpx.Client) -> list[str]:
    """What the JavaScript consumer prints until nothing more is there."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    api = str(client.base_url).rstrip("/")
    return run(node, EXAMPLE, "--once", cwd=folder, env=os.environ | {"API": api}).splitlines()


def test_a_consumer_in_javascript_gets_everything_once_and_goes_on_where_it_was(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        known = (incoming(topics.COMPANIES, company(f"C{n}"), key=f"C{n}", offset=n) for n in range(120))
        store(database, *known)
        with served(settings) as client:
            first = follow(tmp_path, client)
            store(database, incoming(topics.STATUS_CHANGES, status_change("C1", 1), offset=0))
            store(database, incoming(topics.RATING_CHANGES, rating_change("C2", 1), offset=0))
            second, third = follow(tmp_path, client), follow(tmp_path, client)
    assert {line.split()[1] for line in first} == {f"C{n}" for n in range(120)}
    assert len(first) == 120
    assert [line.split()[:2] for line in second] == [["changed", "C1"], ["changed", "C2"]]
    assert third == []
