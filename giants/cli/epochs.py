"""`giants epochs list|switch`: which readings of the journal there are, and which of them readers see."""

import threading
from typing import Annotated

import typer

from giants.cli.signals import stop_on_signals
from giants.cli.target import broker_settings
from giants.kafka.errors import is_retriable
from giants.kafka.forwarding import Route, forward_new, wait_for_delivery
from giants.kafka.stream_state import forwarded, note_forwarded
from giants.kafka.topic_monitor import BROKER
from giants.retry import retrying
from giants.settings import Settings
from giants.store.client import Database, connect, is_embedded
from giants.store.epochs import abandon_epoch, visible_epoch
from giants.store.parallel_rebuild import switch as move_readers
from giants.terminal.output import CommandError, Json, note, out, print_json, read_settings, table
from giants.terminal.waiting import wait_until_through

EXAMPLES_LIST = "Examples: `giants epochs list` · `giants epochs list --json`"
EXAMPLES_SWITCH = "Examples: `giants epochs switch 4 --beside next.` (after `giants rebuild --beside next.`)"
EXAMPLES_ABANDON = "Examples: `giants epochs abandon 4` (its store and workers stopped)"
SWITCH_SECONDS_MAX = 7_200.0
FORWARD_SECONDS = 1.0
_EPOCHS = (
    "SELECT e.epoch AS epoch, e.started_at AS started_at, e.complete_at AS complete_at, "
    "c.companies AS companies FROM epochs AS e LEFT JOIN "
    "(SELECT epoch, uniqExact(company_id) AS companies FROM companies_rows GROUP BY epoch) AS c "
    "ON e.epoch = c.epoch ORDER BY e.epoch"
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    epochs = typer.Typer(
        no_args_is_help=True, help="Epochs, each a reading of the journal, and which of them is served."
    )
    epochs.command("list", epilog=EXAMPLES_LIST)(list_epochs)
    epochs.command("switch", epilog=EXAMPLES_SWITCH)(switch)
    epochs.command("abandon", epilog=EXAMPLES_ABANDON)(abandon)
    app.add_typer(epochs, name="epochs")


def list_epochs(json: Json = False) -> None:
    """List the epochs on a server: when each began and was complete, and how many companies it has."""
    with _server(read_settings()) as database:
        served = visible_epoch(database)
        rows = [{**row, "served": row["epoch"] == served} for row in database.rows(_EPOCHS)]
    if json:
        for row in rows:
            print_json(row)
        return
    columns = ("epoch", "started_at", "complete_at", "companies", "served")
    out().print(table(None, columns, ([row[name] for name in columns] for row in rows)))


def switch(
    epoch: Annotated[int, typer.Argument(help="The epoch that readers are to see.")],
    beside: Annotated[
        str,
        typer.Option(metavar="PREFIX", help="The topics that it was built on by `giants rebuild --beside`."),
    ],
) -> None:
    """Switch readers to an epoch that was built beside, and forward facts to its topics until Ctrl-C.

    GIANTS_TOPIC_PREFIX is the one that is served. Nothing is stopped before; the same command goes on where
    one was broken off. Where producers still write to the topics of before, facts are forwarded until it is
    told to end.
    """
    settings = broker_settings()
    stop = threading.Event()
    with _server(settings) as database:
        there = move_readers(
            database,
            epoch,
            Route(settings, settings.model_copy(update={"topic_prefix": beside})),
            lambda current: wait_until_through(current, SWITCH_SECONDS_MAX),
            note,
        )
        to = forwarded(settings)
    if to is None or to.prefix != beside:
        raise CommandError(f"readers see epoch {epoch} already, and nothing is forwarded to {beside}…")
    stop_on_signals(stop)
    note(f"readers see epoch {epoch} now")
    wait_for_delivery(settings, SWITCH_SECONDS_MAX)
    note(
        f"now start API, delivery and producers again with GIANTS_TOPIC_PREFIX={beside} "
        f"GIANTS_PARTITIONS={there.partitions}, in any order; facts that come to {settings.topic_prefix}… "
        f"are forwarded until Ctrl-C. End the workers and the store of {settings.topic_prefix}… after it; "
        f"`giants rebuild --beside {settings.topic_prefix}` leads back while their topics are there"
    )
    note(f"{_forward(settings, there, stop):,} records were forwarded")


def _forward(served: Settings, there: Settings, stop: threading.Event) -> int:
    """Forward facts until `stop` is set, and once more then; returns how many records."""
    records = 0
    while True:
        is_last = stop.wait(FORWARD_SECONDS)
        for attempt in retrying(is_retriable, BROKER, stop=None if is_last else stop):
            with attempt:
                records += forward_new(Route(served, there))
        if is_last:
            return records


def abandon(epoch: Annotated[int, typer.Argument(help="An epoch that is not complete.")]) -> None:
    """Abandon an epoch that was being built: its rows are deleted, readers keep the one they see.

    For one that `giants rebuild --beside` began. An epoch of a rebuild in place has no state before it to go
    back to: `giants rebuild --resume` goes on with it.
    """
    settings = broker_settings()
    with _server(settings) as database:
        abandon_epoch(database, epoch)
        stopped = forwarded(settings)
        if stopped is not None and stopped.epoch == visible_epoch(database):
            note_forwarded(settings, None)  # a switch had begun
    note(f"epoch {epoch} is abandoned; delete its topics where it was built on a prefix of its own")


def _server(settings: Settings) -> Database:
    dsn = settings.clickhouse_dsn()
    if is_embedded(dsn):
        raise CommandError(
            "the embedded stack has one epoch at a time: "
            "to follow another taxonomy start it with GIANTS_TAXONOMY"
        )
    return connect(dsn)
