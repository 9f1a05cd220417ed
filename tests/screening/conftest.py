"""The small programme of the tests of the API, served by a real server, for the command to ask."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from giants.cli.app import build
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.web.conftest import fill
from tests.web.serving import served

Screen = Callable[..., Result]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        fill(database)
        with served(settings) as client:
            yield str(client.base_url)


@pytest.fixture
def screen(address: str, tmp_path: Path) -> Screen:
    """Run `giants screen` in this process, against the server."""

    def run(*arguments: object) -> Result:
        environment = {"GIANTS_API_URL": address, "GIANTS_DATA_DIR": str(tmp_path / "none")}
        words = ["screen", *map(str, arguments)]
        return CliRunner().invoke(build("screen"), words, env=environment)

    return run
