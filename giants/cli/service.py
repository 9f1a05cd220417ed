"""`giants store`, `api` and `delivery`: processes of a production installation, each by itself."""

import threading

import typer

from giants.cli.signals import stop_on_signals
from giants.cli.target import broker_settings
from giants.delivery.consumer import run_delivery
from giants.logs import configure_logs
from giants.settings import API_PORT
from giants.terminal.output import read_settings
from giants.web.server import run_store
from giants.web.server import serve as serve_api

_SERVER = "GIANTS_CLICKHOUSE=clickhouse://user:password@host:8123/giants"
EXAMPLES_STORE = f"Examples: `GIANTS_BROKER=kafka:9092 {_SERVER} giants store`"
EXAMPLES_DELIVERY = "Examples: `GIANTS_BROKER=kafka:9092 GIANTS_SMTP_HOST=mail.example.org giants delivery`"
EXAMPLES_API = f"Examples: `{_SERVER} GIANTS_API_PORT=8000 giants api`"


def register_store(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES_STORE)(store)


def register_delivery(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES_DELIVERY)(delivery)


def register_api(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES_API)(api)


def store() -> None:
    """Store every fact and change in ClickHouse, until interrupted."""
    settings = broker_settings()
    configure_logs(settings)
    stop = threading.Event()
    stop_on_signals(stop)
    run_store(settings, stop)


def delivery() -> None:
    """Deliver alerts to webhooks and by e-mail, until interrupted; one process for each data folder."""
    settings = broker_settings()
    configure_logs(settings)
    stop = threading.Event()
    stop_on_signals(stop)
    run_delivery(settings, stop)


def api() -> None:
    """Serve the HTTP API, and the store with it where ClickHouse is embedded, until interrupted."""
    settings = read_settings()
    configure_logs(settings)
    stop = threading.Event()
    stop_on_signals(stop)
    port = API_PORT if settings.api_port is None else settings.api_port
    serve_api(settings.model_copy(update={"api_port": port}), stop)
