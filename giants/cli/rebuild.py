"""`giants rebuild`: all state again from the journal in ClickHouse."""

import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from giants.cli.target import broker_settings
from giants.embedded.epochfile import EpochFile, read_epoch_file
from giants.embedded.runfile import RunFile, read_run_file
from giants.kafka.admin import create_topics
from giants.kafka.errors import WorkersRunningError
from giants.kafka.lag import STORE, LagMonitor
from giants.kafka.rebuild import forget_derived
from giants.settings import Settings
from giants.store.client import Database, connect, is_embedded
from giants.store.epochs import begin_next_epoch, complete_epoch, unfinished_epochs
from giants.store.migrations import migrate
from giants.store.older_stores import require_no_stores
from giants.store.parallel_rebuild import begin_parallel_rebuild, begin_return, check_target, of_state
from giants.store.replay import journal_facts, publish_journal
from giants.store.said import begin_quietly, go_on
from giants.terminal.output import CommandError, bars, err, note, read, read_settings
from giants.terminal.waiting import wait_until_through

EXAMPLES = (
    "Examples: `giants rebuild` (asks the running stack, or works on GIANTS_BROKER, all workers stopped) · "
    "`giants rebuild --resume` · "
    "`GIANTS_PARTITIONS=16 giants rebuild --beside next.` (on servers, while everything goes on)"
)
REBUILD_SECONDS_MAX = 7_200.0
POLL_SECONDS = 0.2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(rebuild)


def rebuild(
    beside: Annotated[
        str | None,
        typer.Option(
            metavar="PREFIX",
            help="Build on topics of this prefix, by workers of its own; `giants epochs switch` ends it.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Go on with the rebuild that was broken off, on servers.")
    ] = False,
) -> None:
    """Compute all state again from the journal; readers switch over when it is complete.

    Changes stay as they were said, and nobody is alerted again. Until the end the API answers from the state
    before.
    """
    settings = read_settings()
    if beside is not None:
        _rebuild_in_parallel(broker_settings(), beside)
        return
    running = read_run_file(settings.data_dir)
    if running is not None:
        _ask(running, settings.data_dir)
    else:
        _without_supervisor(broker_settings(), resume=resume)


def _rebuild_in_parallel(settings: Settings, prefix: str) -> None:
    """On servers: another epoch for workers with other partitions, another taxonomy or methodology."""
    dsn = settings.clickhouse_dsn()
    if is_embedded(dsn):
        raise CommandError(
            "the embedded stack follows another taxonomy or methodology when it is started with "
            "GIANTS_TAXONOMY or GIANTS_METHODOLOGY: readers see the old ratings until the new are complete"
        )
    there = read(partial(Settings, broker=settings.broker, topic_prefix=prefix))
    with connect(dsn) as database:
        migrate(database, partial(require_no_stores, settings))
        before = check_target(settings, there)
        with LagMonitor(settings) as progress:
            progress.wait((STORE,), REBUILD_SECONDS_MAX)  # the journal must hold every input
        if before is not None:
            there = of_state(there)
            epoch = begin_return(database, there, before)
            note(f"epoch {epoch} begins with the state that {prefix}… had in epoch {before.epoch}")
        else:
            epoch, facts = _published(database, settings, there)
            note(f"epoch {epoch}: {facts:,} facts of the journal are published to the topics {prefix}…")
    note(
        f"now start a store and workers with GIANTS_TOPIC_PREFIX={prefix} GIANTS_EPOCH={epoch} "
        f"GIANTS_PARTITIONS={there.partitions} GIANTS_TAXONOMY={there.taxonomy} "
        f"GIANTS_METHODOLOGY={there.methodology}; readers stay with the old epoch"
    )
    wait_until_through(there, REBUILD_SECONDS_MAX)
    note(
        f"epoch {epoch} is built: `giants epochs switch {epoch} --beside {prefix}`, with the settings of "
        "this command, moves readers; producers may go on where they are"
    )


def _published(database: Database, settings: Settings, there: Settings) -> tuple[int, int]:
    with bars(err()) as shown:
        task = shown.add_task("publishing the journal", total=journal_facts(database))
        return begin_parallel_rebuild(
            database, settings, there, lambda facts: shown.update(task, completed=facts)
        )


def _ask(running: RunFile, data_dir: Path) -> None:
    """Let the supervisor do it, and wait until it has."""
    os.kill(running.pid, signal.SIGHUP)
    with bars(err()) as shown:
        shown.add_task("rebuilding from the journal", total=None)
        complete = _wait_for_newer(running.epoch, data_dir)
    note(f"epoch {complete.epoch} is complete: {complete.facts:,} facts")


def _wait_for_newer(epoch: int, data_dir: Path) -> EpochFile:
    deadline = time.monotonic() + REBUILD_SECONDS_MAX
    while time.monotonic() < deadline:
        found = read_epoch_file(data_dir)
        if found is not None and found.epoch > epoch and found.state == "complete":
            return found
        if read_run_file(data_dir) is None:
            raise CommandError(f"the stack ended while it rebuilt; see {data_dir / 'logs'}")
        time.sleep(POLL_SECONDS)
    raise CommandError(f"not complete after {REBUILD_SECONDS_MAX:.0f} s; see {data_dir / 'logs'}")


def _without_supervisor(settings: Settings, *, resume: bool) -> None:
    """On servers: workers stopped, the store running; asks for the workers when it is their turn.

    The epoch is begun before anything is deleted, so that one that was broken off is known, and told.
    """
    dsn = settings.clickhouse_dsn()
    if is_embedded(dsn):
        raise CommandError("the embedded ClickHouse is rebuilt by its stack: start it with `giants up`")
    create_topics(settings)  # where Kafka lost them the store waits for them
    with connect(dsn) as database:
        migrate(database, partial(require_no_stores, settings))
        begun = [int(row["epoch"]) for row in unfinished_epochs(database)]
        if resume and not begun:
            raise CommandError("no rebuild was interrupted (`giants epochs list`): nothing to resume")
        with LagMonitor(settings) as progress:
            progress.wait((STORE,), REBUILD_SECONDS_MAX)  # the journal must hold every input
        epoch = begun[-1] if resume else begin_next_epoch(database)
        try:
            forget_derived(settings)
        except WorkersRunningError:
            if not resume:
                raise
            note(
                "workers run already: what they have made of this epoch stays"
            )  # asked for after the first half
        begin_quietly(database, settings, epoch)
        note(f"publishing {journal_facts(database):,} facts of the journal")
        publish_journal(database, settings)
        note(f"now start the workers with GIANTS_EPOCH={epoch}; readers stay with the old epoch meanwhile")
        wait_until_through(settings, REBUILD_SECONDS_MAX)
        note("carrying over what was said before")
        go_on(database, settings, epoch)
        wait_until_through(settings, REBUILD_SECONDS_MAX)
        complete_epoch(database, epoch)
    note(f"epoch {epoch} is complete")
