"""The entry point: imports the command, runs it, and prints a failure as one line."""

import logging
import os
import sys
from importlib import import_module, metadata
from types import TracebackType
from typing import Annotated

import typer
from typer.main import get_command

from giants.cli.catalogue import COMMANDS
from streams.garbage import look_for_garbage_seldom

PROGRAM = "giants"
_COMPLETION = "_GIANTS_COMPLETE"

_HELP = """
China's Little Giants as a stream: who is designated, reviewed, renamed or removed, and how exposed each is to
the 74 critical technologies, with the reason for every change.

Start with `giants demo`, or `giants up` and `giants ingest`.
"""


def build(*names: str) -> typer.Typer:
    """The application with the commands of these names; all of them where none is given.

    Only their modules are imported: importing plotting, ClickHouse and Faust takes a second.
    """
    app = _empty()
    for name in names or COMMANDS:
        command = COMMANDS[name]
        getattr(import_module(f"giants.cli.{command.module}"), command.register)(app)
    return app


def outline() -> typer.Typer:
    """The application with the names and summaries of all commands, without their modules."""
    app = _empty()
    for name, command in COMMANDS.items():
        app.command(name, help=command.line, hidden=command.hidden)(_nothing)
    return app


def _empty() -> typer.Typer:
    app = typer.Typer(
        name=PROGRAM,
        help=_HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)  # without it typer would run a single command without its name
    return app


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"{PROGRAM} {metadata.version('little-giants-stream')}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Options come after the name of a command."""


def _nothing() -> None:
    """Options come after the name of a command."""


def main() -> None:
    """Run the command line of this process."""
    sys.excepthook = _report
    look_for_garbage_seldom()
    # Commands print failures themselves; processes that serve configure the logs of libraries.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    asked_for = [word for word in sys.argv[1:2] if word in COMMANDS]
    # A shell asks for completions by the environment, and needs the options of every command.
    app = build(*asked_for) if asked_for or _COMPLETION in os.environ else outline()
    get_command(app)(prog_name=PROGRAM)


def _report(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Print what ended the command as one line; a fault of the program with its traceback."""
    # Imported late: it needs the clients of Kafka and HTTP.
    errors = import_module("giants.cli.errors")
    if isinstance(error, errors.EXPECTED):
        message = errors.explain(error)
    else:
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        place = f" at {traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else ""
        message = f"unexpected {kind.__name__}: {error}{place}"
    sys.stderr.write(f"error: {' '.join(message.split())}\n")
