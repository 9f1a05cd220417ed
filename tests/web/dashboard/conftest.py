"""One made-up world in a real database, served by the real server, for all tests of the dashboard."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.migrations import migrate
from tests.web.dashboard.browsers import running_browser
from tests.web.dashboard.cast import Cast, cast_of
from tests.web.dashboard.world import World
from tests.web.serving import served


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("dashboard"), api_requests_per_minute=100_000)


@pytest.fixture(scope="package")
def database(settings: Settings) -> Iterator[Database]:
    with connect(settings.clickhouse_dsn()) as opened:
        migrate(opened)
        World(opened).play()
        yield opened


@pytest.fixture(scope="package")
def pages(settings: Settings, database: Database) -> Iterator[httpx.Client]:
    """A client that asks for pages, as browsers do."""
    with served(settings) as client:
        client.headers["Accept"] = "text/html,application/xhtml+xml"
        yield client


@pytest.fixture(scope="package")
def address(pages: httpx.Client) -> str:
    """Where the dashboard is, for browsers."""
    return str(pages.base_url)


@pytest.fixture(scope="package")
def cast(database: Database) -> Cast:
    """Companies and technologies that the tests speak of."""
    return cast_of(database)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running
