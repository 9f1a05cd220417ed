"""`giants up`: everything on this machine, until it is interrupted."""

import signal
import threading

import typer

from giants.cli.signals import stop_on_signals
from giants.embedded.runfile import RunFile
from giants.embedded.supervisor import Supervisor
from giants.terminal.output import Json, err, note, print_json, read_settings

EXAMPLES = (
    "Examples: `giants up` · `giants up --json` · "
    "`GIANTS_DATA_DIR=/var/lib/giants GIANTS_API_PORT=8000 giants up` · `GIANTS_BROKER=kafka:9092 giants up`"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(up)


def up(json: Json = False) -> None:
    """Run broker, workers, store and API on this machine until interrupted.

    The API is at port 8470 unless GIANTS_API_PORT names another. With --json, for programs that read the
    address, it is a free one where that is taken.
    """
    stop, rebuild = threading.Event(), threading.Event()
    stop_on_signals(stop)
    signal.signal(signal.SIGHUP, lambda _number, _frame: rebuild.set())

    def on_ready(run_file: RunFile) -> None:
        if json:
            print_json(run_file.model_dump(include={"broker", "api", "data"}))
            return
        err().print(
            f"[bold green]ready[/]     API and dashboard {run_file.api}\n"
            f"          broker {run_file.broker} · data {run_file.data}\n"
            f"          next: giants ingest announcements FILE · giants tail · Ctrl-C ends everything"
        )

    Supervisor(read_settings(), note, port_may_differ=json).run(stop, rebuild, on_ready)
