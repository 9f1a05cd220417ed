"""The small programme with a broker and a store behind it, for pages that write."""

import re
from collections.abc import Iterator

import httpx
import pytest

from giants.kafka.admin import create_topics
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.broker import embedded
from tests.store.waiting import wait_until
from tests.web.conftest import fill
from tests.web.serving import served

NINGBO = "宁波佳尔灵气动机械有限公司"
TRADITIONAL = "寧波佳爾靈氣動機械股份有限公司"
NEAR = "佳尔灵机械有限公司"
NOBODY = "某某不存在实业有限公司"


@pytest.fixture(scope="module")
def desk_settings(
    tmp_path_factory: pytest.TempPathFactory, broker: str, request: pytest.FixtureRequest
) -> Settings:
    settings = embedded(
        broker,
        topic_prefix=f"{re.sub(r'[^a-z]', '-', request.module.__name__.rpartition('.')[2])}.",
        data_dir=tmp_path_factory.mktemp("desk") / "data",
        partitions=2,
        store_flush_seconds=0.05,
    )
    create_topics(settings)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        fill(database)
    return settings


@pytest.fixture(scope="module")
def desk(desk_settings: Settings) -> Iterator[httpx.Client]:
    """A client of the pages, as browsers are."""
    with served(desk_settings, with_store=True) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200, "the store to be ready")
        client.headers["Accept"] = "text/html,application/xhtml+xml"
        yield client


def post(desk: httpx.Client, path: str = "/screen", **fields: str | list[str]) -> httpx.Response:
    """Send a form; a list sends its field several times."""
    parts = [
        (name, (None, one))
        for name, values in fields.items()
        for one in ([values] if isinstance(values, str) else values)
    ]
    return desk.post(path, files=parts)
