"""The processes: the API with uvicorn, and the store, together where the database is embedded."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from giants.health import READY, Dependencies, health_served
from giants.kafka.metrics import KAFKA_METRICS
from giants.kafka.topic_monitor import BROKER
from giants.keys import KeyRing, key_file
from giants.settings import Settings, is_loopback
from giants.store.client import connect_later, is_embedded
from giants.store.metrics import StoreCollector
from giants.store.writer import CLICKHOUSE, Writer
from giants.web.app import create_app
from giants.web.dashboard.signin_settings import SignInSettings
from giants.web.errors import AddressError
from streams.garbage import pass_over_what_is_there

# Open streams and slow requests are cut after this.
REQUESTS_STOP_SECONDS_MAX: Final = 3
STORE_STOP_SECONDS_MAX: Final = 30.0
WAITING_CONNECTIONS_MAX: Final = 512
# Of a request before its body: the longest cursor fits.
HEAD_BYTES_MAX: Final = 262_144

_logger = structlog.get_logger(__name__)


def serve(
    settings: Settings,
    stop: threading.Event,
    *,
    with_store: bool | None = None,
    on_started: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve the API until `stop` is set; `on_started` is told the port once requests are answered.

    The store runs in this process too where the database is embedded, since only one process can open that;
    `with_store` says otherwise. Raises `AddressError`, and what ended the store.
    """
    dsn = settings.clickhouse_dsn()
    with_store = is_embedded(dsn) if with_store is None else with_store
    _check_exposure(settings)
    listener = _listen(settings.api_host, settings.api_port or 0)
    with listener, connect_later(dsn) as database:
        writer = Writer(settings, database) if with_store else None
        app = create_app(database, settings, writer_state=lambda: writer.state if writer else None, stop=stop)
        pass_over_what_is_there()
        with _store_in_thread(writer, stop) if writer else nullcontext():
            _answer(app, listener, stop, on_started)


def run_store(settings: Settings, stop: threading.Event) -> None:
    """Store records until `stop` is set; the probes are answered before ClickHouse or the broker is there."""
    dependencies, registry = Dependencies(CLICKHOUSE, BROKER), CollectorRegistry()
    with connect_later(settings.clickhouse_dsn()) as database:
        writer = Writer(settings, database, dependencies)
        registry.register(StoreCollector(lambda: writer.state))
        registry.register(dependencies)
        registry.register(KAFKA_METRICS.registry)

        def readiness() -> dict[str, object]:
            state, away = writer.state, dependencies.reasons
            reasons = [f"{name}: {reason}" for name, reason in away.items()]
            is_ready = state.ready and not reasons
            waiting_for = state.waiting_for or "; ".join(reasons)
            if not is_ready and not waiting_for:
                waiting_for = "partitions of its group" if state.running else "the schema of its database"
            return {"status": READY if is_ready else "waiting", "waiting_for": waiting_for or None}

        with health_served(settings.worker_host, settings.store_port, registry, readiness):
            writer.run(stop)


class _Server(uvicorn.Server):
    """Ends when it is told to: signals belong to the program around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def _check_exposure(settings: Settings) -> None:
    """Without keys, and a provider that people sign in with, the API stays on this machine."""
    asks_nobody = KeyRing(key_file(settings)).is_empty and SignInSettings().oidc_issuer is None
    if not is_loopback(settings.api_host) and asks_nobody:
        raise AddressError(
            settings.api_host,
            settings.api_port or 0,
            "without keys it serves this machine only; make one with `giants keys create`",
        )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise AddressError(host, port, error.strerror or str(error)) from error
    return listener


def _answer(
    app: FastAPI, listener: socket.socket, stop: threading.Event, on_started: Callable[[int], None]
) -> None:
    config = uvicorn.Config(
        app,
        backlog=WAITING_CONNECTIONS_MAX,
        access_log=False,
        log_config=None,
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        timeout_graceful_shutdown=REQUESTS_STOP_SECONDS_MAX,
    )
    server = _Server(config)
    ended = threading.Event()

    def watch() -> None:
        while not server.started and not ended.is_set():
            ended.wait(0.01)
        if server.started:
            on_started(int(listener.getsockname()[1]))
        while not stop.is_set() and not ended.is_set():
            stop.wait(0.1)
        server.should_exit = True

    watcher = threading.Thread(target=watch, name="api-stop", daemon=True)
    watcher.start()
    try:
        server.run(sockets=[listener])
    finally:
        ended.set()
        stop.set()
        watcher.join()


@contextmanager
def _store_in_thread(writer: Writer, stop: threading.Event) -> Iterator[None]:
    """Run the store in a thread until the block ends; if it fails everything ends, to be started again."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            writer.run(stop)
        except BaseException as error:
            _logger.exception("the store ended")
            failures.append(error)
        finally:
            stop.set()

    thread = threading.Thread(target=run, name="store")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STORE_STOP_SECONDS_MAX)
    if failures:
        raise failures[0]
