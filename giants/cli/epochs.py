"""`giants epochs list|switch`: which readings of the journal there are, and which of them readers see."""

from functools import partial
from typing import Annotated

import typer

from giants.cli.target import broker_settings
from giants.settings import Settings
from giants.store.client import Database, connect, is_embedded
from giants.store.epochs import abandon_epoch, visible_epoch
from giants.store.parallel_rebuild import switch as move_readers
from giants.terminal.output import CommandError, Json, note, out, print_json, read_settings, table
from giants.terminal.waiting import wait_until_through

EXAMPLES_LIST = "Examples: `giants epochs list` · `giants epochs list --json`"
EXAMPLES_SWITCH = (
    "Examples: `GIANTS_TOPIC_PREFIX=next. giants epochs switch 4` (after `giants rebuild --beside next.`)"
)
EXAMPLES_ABANDON = "Examples: `giants epochs abandon 4` (its store and workers stopped)"
SWITCH_SECONDS_MAX = 7_200.0
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


def switch(epoch: Annotated[int, typer.Argument(help="The epoch that readers are to see.")]) -> None:
    """Switch readers to an epoch that `giants rebuild --beside` built, once it holds every fact."""
    settings = broker_settings()
    with _server(settings) as database:
        through = partial(wait_until_through, settings, SWITCH_SECONDS_MAX)
        facts = move_readers(database, epoch, settings, through)
    note(f"readers see epoch {epoch} now: {facts:,} facts")


def abandon(epoch: Annotated[int, typer.Argument(help="An epoch that is not complete.")]) -> None:
    """Abandon an epoch that was being built: its rows are deleted, readers keep the one they see.

    For one that `giants rebuild --beside` began. An epoch of a rebuild in place has no state before it to go
    back to: `giants rebuild --resume` goes on with it.
    """
    with _server(read_settings()) as database:
        abandon_epoch(database, epoch)
    note(f"epoch {epoch} is abandoned; delete its topics where it was built on a prefix of its own")


def _server(settings: Settings) -> Database:
    dsn = settings.clickhouse_dsn()
    if is_embedded(dsn):
        raise CommandError(
            "the embedded stack has one epoch at a time: "
            "to follow another taxonomy start it with GIANTS_TAXONOMY"
        )
    return connect(dsn)
