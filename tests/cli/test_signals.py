"""`giants signals` against a served programme: what people read, what programs read, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from giants.cli.app import build
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.web.conftest import fill
from tests.web.serving import served

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the API over the small programme is."""
    folder: Path = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=folder)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        fill(database)
        with served(settings) as client:
            yield str(client.base_url)


def shown(address: str, *arguments: str) -> list[tuple[str, str, str | None]]:
    """Company, signal and technology of each line that programs read."""
    ran = RUNNER.invoke(build("signals"), ["signals", *arguments, "--json"], env={"GIANTS_API_URL": address})
    assert ran.exit_code == 0, ran.output
    return [(one["company_id"], one["signal"], one["technology"]) for one in orjson.loads(ran.stdout)]


DRIFT = ("lg-gls", "focus-drift", "radar")
REVIEW = ("lg-gls", "review-due", None)


def test_signals_are_chosen_by_kind_authority_technology_and_company(address: str) -> None:
    assert shown(address) == [DRIFT, REVIEW, ("lg-jel", "review-due", None)]
    assert shown(address, "--kind", "focus-drift") == shown(address, "--technology", "Radar") == [DRIFT]
    assert shown(address, "--authority", "ZJ", "--limit", "1") == [DRIFT]
    assert shown(address, "--company", "银河光电", "--kind", "review-due") == [REVIEW]
    assert shown(address, "--company", "银河光电", "--technology", "radar") == [DRIFT]


def test_people_read_a_table_with_the_numbers_and_that_signals_are_no_findings(address: str) -> None:
    ran = RUNNER.invoke(build("signals"), ["signals"], env={"GIANTS_API_URL": address})
    assert ran.exit_code == 0, ran.output
    assert "focus drift · radar" in ran.stdout
    assert "no finding" in ran.stderr
