"""`giants deliveries list|resend`: what became of alerts, and another try for those that were given up.

The commands open the file of the queue: they run on the machine and data folder of the delivery process.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer

from giants.delivery.batches import DeliveryItem, State
from giants.delivery.queue import DeliveryQueue, open_queue
from giants.terminal.output import CommandError, Json, note, out, print_json, read_settings, table

EXAMPLES_LIST = (
    "Examples: `giants deliveries list --state failed` · `giants deliveries list --watchlist w-1 --json`"
)
EXAMPLES_RESEND = (
    "Examples: `giants deliveries resend 17 18` · `giants deliveries resend --all --watchlist w-1` "
    "(after the receiver was repaired)"
)
LISTED_DEFAULT = 50
LISTED_MAX = 100_000
PAGE_DELIVERIES = 1_000

Watchlist = Annotated[str, typer.Option("--watchlist", help="Only those of this watchlist.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    deliveries = typer.Typer(no_args_is_help=True, help="Alerts on their way to webhooks and mail addresses.")
    deliveries.command("list", epilog=EXAMPLES_LIST)(list_deliveries)
    deliveries.command("resend", epilog=EXAMPLES_RESEND)(resend)
    app.add_typer(deliveries, name="deliveries")


def list_deliveries(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    watchlist: Watchlist = "",
    limit: Annotated[
        int, typer.Option(min=1, max=LISTED_MAX, help="How many, the newest first.")
    ] = LISTED_DEFAULT,
    json: Json = False,
) -> None:
    """List deliveries with state, attempts and the reason of the last failure, newest first."""
    with open_queue(read_settings().data_dir) as queue:
        found = _first(_pages(queue, state, watchlist), limit)
        counts = queue.counts()
    if json:
        for delivery in found:
            print_json(asdict(delivery))
        return
    if found:
        columns = ("id", "watchlist", "target", "state", "attempts", "next or settled", "reason")
        out().print(table(None, columns, map(_row, found)))
    note(", ".join(f"{count:,} {state_.value}" for state_, count in counts.items()))


def resend(
    ids: Annotated[list[int] | None, typer.Argument(help="Ids of failed deliveries.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Send all that failed again.")] = False,
    watchlist: Watchlist = "",
) -> None:
    """Send failed deliveries again with all their attempts; disabled targets are enabled again."""
    if bool(ids) == everything:
        raise CommandError("name the deliveries to send again by their ids, or say --all")
    if ids and watchlist:
        raise CommandError("--watchlist goes with --all")
    with open_queue(read_settings().data_dir) as queue:
        chosen = ids or [one.delivery_id for one in _pages(queue, State.FAILED, watchlist) if one.can_resend]
        now = datetime.now(UTC)
        refused = [delivery_id for delivery_id in chosen if not queue.resend(delivery_id, now)]
    note(f"{len(chosen) - len(refused)} are sent again")
    if refused and ids:
        raise CommandError(
            f"{', '.join(map(str, refused))}: no failed delivery to a target that is still on its watchlist; "
            "`giants deliveries list --state failed` shows them"
        )


def _pages(queue: DeliveryQueue, state: State | None, watchlist: str) -> Iterator[DeliveryItem]:
    before: int | None = None
    while page := queue.list_deliveries(state, watchlist, before, PAGE_DELIVERIES):
        yield from page
        before = page[-1].delivery_id


def _first(found: Iterator[DeliveryItem], limit: int) -> list[DeliveryItem]:
    return list(islice(found, limit))


def _row(delivery: DeliveryItem) -> tuple[object, ...]:
    when = delivery.due_at or delivery.settled_at
    return (
        str(delivery.delivery_id),
        delivery.watchlist_id,
        delivery.target,
        delivery.state.value,
        delivery.attempts,
        f"{when:%Y-%m-%d %H:%M:%S}Z" if when else None,
        delivery.reason,
    )
