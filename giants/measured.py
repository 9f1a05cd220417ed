"""Metrics and health of a process that serves nothing else: store and delivery, where a port is set."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

REQUEST_SECONDS_MAX: Final = 5.0
_POLL_SECONDS: Final = 0.1


@contextmanager
def measured(
    host: str, port: int | None, registry: CollectorRegistry, is_ready: Callable[[], bool]
) -> Iterator[int | None]:
    """Answer `/metrics`, `/healthz` and `/readyz` until the block ends; gives the port, None where unset.

    Raises OSError where the port is taken.
    """
    if port is None:
        yield None
        return
    server = _Server(host, port, registry, is_ready)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": _POLL_SECONDS}, name="metrics", daemon=True
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

    def __init__(
        self, host: str, port: int, registry: CollectorRegistry, is_ready: Callable[[], bool]
    ) -> None:
        self.registry, self.is_ready = registry, is_ready
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = REQUEST_SECONDS_MAX

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing: it is asked every few seconds."""

    def do_GET(self) -> None:
        """Answer the three addresses that there are."""
        match self.path.partition("?")[0]:
            case "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(self.server.registry), CONTENT_TYPE_LATEST)
            case "/healthz":
                self._answer(HTTPStatus.OK, b"alive\n")
            case "/readyz" if self.server.is_ready():
                self._answer(HTTPStatus.OK, b"ready\n")
            case "/readyz":
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, b"waiting\n")
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"metrics are at /metrics\n")

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
