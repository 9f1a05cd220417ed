"""deploy/secrets.sh: draws what nobody can guess, once, and keys that the API knows."""

import subprocess
from pathlib import Path

import pytest

from giants.keys import KeyRing, Scope
from tests.deploy.files import DEPLOY
from tests.deploy.test_compose import secrets

SCRIPT = str(DEPLOY / "secrets.sh")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return secrets(tmp_path_factory.mktemp("secrets"))


def test_the_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    secrets(tmp_path)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_the_api_knows_both_keys_and_what_they_allow(drawn: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "api-keys.json"
    file.write_text(drawn["API_KEYS"])
    ring = KeyRing(file)
    operator, prometheus = ring.find(drawn["OPERATOR_TOKEN"]), ring.find(drawn["METRICS_TOKEN"])
    assert operator is not None
    assert prometheus is not None
    assert (operator.name, operator.scopes, operator.sees) == ("operator", (Scope.ADMIN,), "")
    assert (prometheus.name, prometheus.scopes) == ("prometheus", (Scope.READ,))
    assert ring.find(drawn["OPERATOR_TOKEN"][:-1] + "x") is None


def test_the_tokens_are_not_in_what_the_api_keeps(drawn: dict[str, str]) -> None:
    for token in (drawn["OPERATOR_TOKEN"], drawn["METRICS_TOKEN"]):
        assert token.split("_", 2)[2] not in drawn["API_KEYS"]


def test_two_runs_draw_nothing_twice(drawn: dict[str, str], tmp_path: Path) -> None:
    again = secrets(tmp_path)
    assert all(again[name] != value for name, value in drawn.items())
    assert len(drawn["CLICKHOUSE_PASSWORD"]) == 48


def test_secrets_that_are_there_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("CLICKHOUSE_PASSWORD=mine\n")
    done = subprocess.run(
        ["/bin/sh", SCRIPT, str(file)], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert file.read_text() == "CLICKHOUSE_PASSWORD=mine\n"
