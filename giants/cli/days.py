"""`giants days withdraw DAY`: take back a day that was published by a wrong clock."""

from datetime import datetime
from typing import Annotated

import typer

from giants.cli.target import broker_settings
from giants.kafka.publisher import Publisher
from giants.terminal.output import note
from schemas.facts import Day

EXAMPLES = "Examples: `giants days withdraw 2044-01-01`"

days_app = typer.Typer(
    no_args_is_help=True, help="Days that have begun: withdraw one that a wrong clock published."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(days_app, name="days", epilog=EXAMPLES)


@days_app.callback()
def days() -> None:
    """Days that have begun: withdraw one that a wrong clock published."""


@days_app.command("withdraw")
def withdraw(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day that has not begun.")],
) -> None:
    """Withdraw a day: its status changes are reversed, and publishing the day again has no effect."""
    with Publisher(broker_settings()) as publisher:
        publisher.send_fact(Day(day=day.date(), withdrawn=True))
    note(f"{day.date()} is withdrawn; set the clock of the worker that published it")
