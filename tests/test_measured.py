"""Metrics and health of store and delivery, over real HTTP."""

import socket
import threading

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from giants.measured import measured

LOOPBACK = "127.0.0.1"


def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    Counter("giants_wishes_total", "Wishes", registry=made).inc(3)
    return made


def test_metrics_and_health_are_answered_while_the_block_lasts() -> None:
    ready = threading.Event()
    with measured(LOOPBACK, 0, registry(), ready.is_set) as port:
        base = f"http://{LOOPBACK}:{port}"
        answer = httpx.get(f"{base}/metrics?name=x")
        assert "giants_wishes_total 3.0" in answer.text
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert httpx.get(f"{base}/healthz").status_code == 200
        assert httpx.get(f"{base}/readyz").status_code == 503
        ready.set()
        assert httpx.get(f"{base}/readyz").status_code == 200
        assert httpx.get(f"{base}/table").status_code == 404
        assert httpx.post(f"{base}/metrics").status_code == 501
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/healthz")


def test_nothing_listens_where_no_port_is_set() -> None:
    with measured(LOOPBACK, None, registry(), lambda: True) as port:
        assert port is None


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        with (
            pytest.raises(OSError, match="in use"),
            measured(LOOPBACK, taken.getsockname()[1], registry(), lambda: True),
        ):
            raise AssertionError("it must not come to this")
