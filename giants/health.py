"""Health and metrics over HTTP of the processes that serve nothing else: worker, store and delivery.

They listen only where a port is set, in a thread of their own, and before anything else is waited for: a
process that waits for its broker is alive, and says in `/readyz` and in a metric what it waits for. Nothing
of the state is served.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import orjson
import structlog
from prometheus_client import REGISTRY, CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

REQUEST_SECONDS_MAX: Final = 5.0
READY: Final = "ready"
_POLL_SECONDS: Final = 0.1
# The same cause is logged again after so long.
REMINDER_SECONDS: Final = 60.0
# Ids of queries, addresses of objects, counts and durations are no part of a cause.
_NUMBER: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|0x[0-9a-f]+|\d+")

_logger = structlog.get_logger(__name__)

# What `/readyz` answers; the process is ready where its `status` is "ready".
Readiness = Callable[[], Mapping[str, object]]


class Dependencies(Collector):
    """What a process waits for now, and why, by the name of the dependency; safe to use from any thread.

    Each cause is logged once, and again after `REMINDER_SECONDS` where it lasts.
    """

    def __init__(self, *names: str) -> None:
        """`names` are all that may be waited for."""
        self._names: Final = names
        self._lock: Final = threading.Lock()
        self._reasons: dict[str, str] = {}
        self._logged_at: dict[tuple[str, str], float] = {}

    @property
    def reasons(self) -> dict[str, str]:
        """Why each dependency that is away is waited for."""
        with self._lock:
            return dict(self._reasons)

    def waits(self, name: str, reason: object) -> None:
        """Note that a dependency is waited for."""
        text, now = str(reason) or type(reason).__name__, time.monotonic()
        cause = _NUMBER.sub("#", text)
        with self._lock:
            self._reasons[name] = text
            if now - self._logged_at.get((name, cause), -REMINDER_SECONDS) < REMINDER_SECONDS:
                return
            self._logged_at[name, cause] = now
        _logger.warning(f"waiting for {name}", reason=text)

    def is_there(self, name: str) -> None:
        """Note that a dependency is not waited for any more."""
        with self._lock:
            was_away = self._reasons.pop(name, None) is not None
            self._logged_at = {key: at for key, at in self._logged_at.items() if key[0] != name}
        if was_away:
            _logger.info(f"{name} is there")

    def forget(self, name: str) -> None:
        """Note that a dependency is not needed any more, whether or not it is there."""
        with self._lock:
            self._reasons.pop(name, None)

    def notify(self, name: str) -> Callable[[BaseException, float], None]:
        """What `giants.retry` calls before each pause."""
        return lambda error, _: self.waits(name, error)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Whether each dependency is waited for."""
        metric = GaugeMetricFamily(
            "giants_waiting", "Whether the process waits for a dependency", labels=["dependency"]
        )
        reasons = self.reasons
        for name in self._names:
            metric.add_metric([name], float(name in reasons))
        yield metric


@contextmanager
def health_served(
    host: str,
    port: int | None,
    registry: CollectorRegistry,
    readiness: Readiness,
    is_alive: Callable[[], bool] = lambda: True,
) -> Iterator[int | None]:
    """Answer `/livez`, `/readyz` and `/metrics` until the block ends; gives the port, None where unset.

    `/healthz` is the older name of `/livez`.

    Raises OSError where the port is taken.
    """
    if port is None:
        yield None
        return
    server = _Server((host, port), _Handler)
    server.registry, server.readiness, server.is_alive = registry, readiness, is_alive
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": _POLL_SECONDS}, name="health", daemon=True
    )
    # The registry that the library has by itself measures the process already.
    process = None if registry is REGISTRY else ProcessCollector(registry=registry)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        if process is not None:
            registry.unregister(process)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    registry: CollectorRegistry
    readiness: Readiness
    is_alive: Callable[[], bool]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = REQUEST_SECONDS_MAX

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Write no log: these addresses are asked every few seconds."""

    def do_GET(self) -> None:
        """Answer the addresses that there are."""
        match self.path.partition("?")[0]:
            case "/metrics":
                encode, content_type = choose_encoder(self.headers.get("accept", ""))
                self._answer(HTTPStatus.OK, encode(self.server.registry), content_type)
            case "/livez" | "/healthz":
                self._status("alive", {"status": "alive" if self.server.is_alive() else "stuck"})
            case "/readyz":
                self._status(READY, self.server.readiness())
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"metrics are at /metrics\n", "text/plain")

    def _status(self, well: str, body: Mapping[str, object]) -> None:
        status = HTTPStatus.OK if body["status"] == well else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, orjson.dumps(body), "application/json")

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
