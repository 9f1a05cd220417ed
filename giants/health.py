"""Health and metrics over HTTP of the processes that serve nothing else: worker, store and delivery.

They listen only where a port is set, and in a thread of their own. Nothing of the state is served.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

REQUEST_SECONDS_MAX: Final = 5.0
READY: Final = "ready"
_POLL_SECONDS: Final = 0.1

# What `/readyz` answers; the process is ready where its `status` is "ready".
Readiness = Callable[[], Mapping[str, object]]


@contextmanager
def health_served(
    host: str,
    port: int | None,
    registry: CollectorRegistry,
    readiness: Readiness,
    is_alive: Callable[[], bool] = lambda: True,
) -> Iterator[int | None]:
    """Answer `/healthz`, `/readyz` and `/metrics` until the block ends; gives the port, None where unset.

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
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
        """Answer the three addresses that there are."""
        match self.path.partition("?")[0]:
            case "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(self.server.registry), CONTENT_TYPE_LATEST)
            case "/healthz":
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
