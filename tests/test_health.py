"""Health and metrics of a process, over real HTTP."""

import socket
import threading
from uuid import uuid4

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram
from structlog.testing import capture_logs

from giants.health import Dependencies, health_served
from giants.kafka.metrics import exemplar

LOOPBACK = "127.0.0.1"


def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    Counter("giants_wishes_total", "Wishes", registry=made).inc(3)
    return made


def test_metrics_and_health_are_answered_while_the_block_lasts() -> None:
    ready, stuck = threading.Event(), threading.Event()

    def readiness() -> dict[str, object]:
        return {"status": "ready" if ready.is_set() else "waiting", "waiting_for": "ClickHouse"}

    with health_served(LOOPBACK, 0, registry(), readiness, lambda: not stuck.is_set()) as port:
        base = f"http://{LOOPBACK}:{port}"
        answer = httpx.get(f"{base}/metrics?name=x")
        assert "giants_wishes_total 3.0" in answer.text
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert httpx.get(f"{base}/healthz").status_code == 200
        waiting = httpx.get(f"{base}/readyz")
        assert (waiting.status_code, waiting.json()["waiting_for"]) == (503, "ClickHouse")
        ready.set()
        assert httpx.get(f"{base}/readyz").status_code == 200
        stuck.set()
        assert httpx.get(f"{base}/healthz").status_code == 503
        assert httpx.get(f"{base}/table").status_code == 404
        assert httpx.post(f"{base}/metrics").status_code == 501
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/healthz")


def test_who_asks_for_openmetrics_gets_exemplars_and_the_process_is_measured() -> None:
    made = registry()
    times = Histogram("giants_wish_seconds", "Wishes", registry=made)
    times.observe(0.3, exemplar("2026-b8-zj-final@1", "00-" + "a1" * 16 + "-" + "b2" * 8 + "-01"))
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    with health_served(LOOPBACK, 0, made, dict) as port:
        answer = httpx.get(f"http://{LOOPBACK}:{port}/metrics", headers=accept)
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert f'# {{fact="2026-b8-zj-final@1",trace_id="{"a1" * 16}"}} 0.3' in answer.text
        assert "process_cpu_seconds_total" in answer.text
        plain = httpx.get(f"http://{LOOPBACK}:{port}/metrics").text
        assert "process_resident_memory_bytes" in plain
        assert "trace_id" not in plain
    with health_served(LOOPBACK, 0, made, dict):
        pass  # the same registry can be served again


def test_nothing_listens_where_no_port_is_set() -> None:
    with health_served(LOOPBACK, None, registry(), dict) as port:
        assert port is None


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        with (
            pytest.raises(OSError, match="in use"),
            health_served(LOOPBACK, taken.getsockname()[1], registry(), dict),
        ):
            raise AssertionError("it must not come to this")


def test_a_cause_is_logged_once_whatever_ids_and_counts_it_names() -> None:
    dependencies = Dependencies("ClickHouse")
    with capture_logs() as logged:
        for attempt in range(20):
            dependencies.waits("ClickHouse", f"attempt {attempt}: /?query_id={uuid4()} at {object()!r}")
        dependencies.waits("ClickHouse", "not enough space")
        dependencies.is_there("ClickHouse")
        dependencies.waits("ClickHouse", "not enough space")
    assert [(line["event"], line.get("reason", "")[:9]) for line in logged] == [
        ("waiting for ClickHouse", "attempt 0"),
        ("waiting for ClickHouse", "not enoug"),
        ("ClickHouse is there", ""),
        ("waiting for ClickHouse", "not enoug"),
    ]
