"""`giants demo`: the whole system on this machine, in under three minutes."""

import os
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from giants.cli.signals import stop_on_signals
from giants.demo.run import Demo, Size
from giants.settings import Settings
from giants.terminal.output import out

EXAMPLES = "Examples: `giants demo` · `giants demo --no-stay` · `giants demo --companies 200 --families 5000`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where data and picture go; cleaned at start.")] = Path("demo"),
    companies: Annotated[int, typer.Option(min=200, max=19_444, help="Made-up companies.")] = 2_000,
    families: Annotated[int, typer.Option(min=0, max=1_000_000, help="Made-up families.")] = 50_000,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the random choices; the same seed makes the same data.")
    ] = 8,
    stay: Annotated[
        bool | None,
        typer.Option(
            "--stay/--no-stay",
            help="Keep the stack up until Ctrl-C, or end it with the demo; on a terminal it stays up.",
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the dashboard where there is a browser.")
    ] = True,
) -> None:
    """Watch Little Giants being designated, reviewed and rated, on a stack of its own."""
    console = out()
    stays = is_interactive() if stay is None else stay

    def show(settings: Settings) -> None:
        if stays:
            console.print("It stays up after the demo, until you press Ctrl-C.")
        if browser and has_display() and settings.api_url is not None:
            webbrowser.open(settings.api_url)

    def look_around(_settings: Settings) -> None:
        if not stays:
            console.print("The stack ends now; `giants demo --stay` keeps it up.")
            return
        stop = threading.Event()
        stop_on_signals(stop)
        console.print("The stack stays up until you press Ctrl-C.")
        stop.wait()

    Demo(folder, Size(companies, families, seed), console).play(show, look_around)


def is_interactive() -> bool:
    """Whether a person sits at a terminal, rather than a script or a continuous integration."""
    return sys.stdin.isatty() and sys.stdout.isatty() and "CI" not in os.environ


def has_display() -> bool:
    """Whether a browser could show a window to the person who started this."""
    shows = sys.platform == "darwin" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
    return shows and is_interactive()
