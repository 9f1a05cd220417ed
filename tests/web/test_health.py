"""Liveness, readiness and metrics."""

import threading
from pathlib import Path

import pytest

from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.errors import AddressError
from giants.web.server import serve
from tests.web.serving import served


def test_a_database_without_a_schema_is_not_ready(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with served(settings) as api:
        assert api.get("/healthz").json() == {"status": "ok"}
        answer = api.get("/readyz")
        assert answer.status_code == 503
        checks = {check["name"]: check["ok"] for check in answer.json()["checks"]}
        assert checks == {"clickhouse": True, "schema": False}
        with connect(settings.clickhouse_dsn()) as database:
            migrate(database)
        assert api.get("/readyz").json()["ready"] is True


def test_metrics_count_requests_by_route_and_not_by_path(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as api:
            for company in ("a", "b", "c"):
                api.get(f"/api/v1/companies/{company}")
            api.get("/wp-login.php")
            api.request("BREW", "/coffee")
            text = api.get("/metrics").text
    assert 'giants_api_requests_total{method="GET",route="/companies/{company_id}",status="404"} 3.0' in text
    assert 'route="none"' in text
    assert 'method="other"' in text
    assert "wp-login" not in text
    assert "BREW" not in text
    assert "giants_api_event_streams 0.0" in text


def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    with served(Settings(data_dir=tmp_path)) as api:
        settings = Settings(data_dir=tmp_path, api_port=api.base_url.port or 0)
        with pytest.raises(AddressError, match="Address already in use"):
            serve(settings, threading.Event())
