"""`giants demo`: the whole system on this machine, in under three minutes."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from giants.cli.signals import stop_on_signals
from giants.demo.run import Demo, Size
from giants.settings import Settings
from giants.terminal.output import out

EXAMPLES = "Examples: `giants demo` · `giants demo --stay` · `giants demo --companies 200 --families 5000`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where data and picture go; cleaned at start.")] = Path("demo"),
    companies: Annotated[int, typer.Option(min=200, max=19_444, help="Made-up companies.")] = 2_000,
    families: Annotated[int, typer.Option(min=0, max=1_000_000, help="Made-up families.")] = 50_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same.")] = 8,
    stay: Annotated[bool, typer.Option("--stay", help="Keep the stack running until interrupted.")] = False,
) -> None:
    """Watch Little Giants being designated, reviewed and rated, on a stack of its own."""
    console = out()

    def look_around(_settings: Settings) -> None:
        if stay:
            stop = threading.Event()
            stop_on_signals(stop)
            console.print("\nThe stack stays up; Ctrl-C ends it.")
            stop.wait()

    Demo(folder, Size(companies, families, seed), console).play(look_around)
