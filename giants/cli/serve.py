"""`giants serve`: the process of `giants up` that has ClickHouse open: store, API, and the journal."""

import threading
from collections.abc import Callable

import structlog
import typer

from giants.cli.signals import stop_on_signals
from giants.domain.taxonomy import shipped_taxonomy
from giants.embedded.epochfile import EpochFile, read_epoch_file, write_epoch_file
from giants.kafka.lag import LagMonitor
from giants.logs import configure_logs
from giants.settings import Settings
from giants.store.client import Database, connect_when_there
from giants.store.epochs import (
    begin_next_epoch,
    complete_epoch,
    drop_epochs_before,
    epoch_id,
    newest_epoch,
    visible_epoch,
)
from giants.store.migrations import migrate
from giants.store.replay import journal_facts, publish_dead_letters, publish_journal, publish_taxonomy
from giants.store.said import begin_quietly, go_on
from giants.terminal.output import CommandError, read_settings
from giants.web.server import serve as serve_api

REPLAY_SECONDS_MAX = 3_600.0

_logger = structlog.get_logger(__name__)


def register(app: typer.Typer) -> None:
    """Add the command; it is for the supervisor, not for people."""
    app.command(hidden=True)(serve)


def serve(replay: bool = False, resume: str | None = None) -> None:
    """Run store and API.

    With --replay, publish the journal to a broker that has forgotten it. With --resume, refuse to run where
    the newest epoch of the database has another id than that of the restored topics.
    """
    settings = read_settings()
    configure_logs(settings)
    stop = threading.Event()
    stop_on_signals(stop)
    database = connect_when_there(settings.clickhouse_dsn(), stop)
    if database is None:
        return
    with database:
        migrate(database)
        epoch = _epoch(database, settings, replay=replay, resume=resume)
        if epoch.state == "refused":
            raise CommandError(f"the topics belong to epoch {resume}, the database is at {epoch.id}")
        current = settings.model_copy(update={"epoch": epoch.epoch})
        with _InThread(lambda: _fill(database, current, epoch), stop):
            serve_api(current, stop, with_store=True)


def _epoch(database: Database, settings: Settings, *, replay: bool, resume: str | None) -> EpochFile:
    """The epoch that the workers fill; begun here, unless an earlier process began it."""
    known = read_epoch_file(settings.data_dir)
    if known is not None:
        return known
    newest = newest_epoch(database)
    facts = journal_facts(database)
    if newest == 0 or (replay and facts):
        newest = begin_next_epoch(database)
    known_as = epoch_id(database, newest)
    epoch = EpochFile(
        epoch=newest,
        state="filling" if resume in (None, known_as) else "refused",
        facts=facts if replay else 0,
        id=known_as,
    )
    write_epoch_file(settings.data_dir, epoch)
    return epoch


def _fill(database: Database, settings: Settings, epoch: EpochFile) -> None:
    """Publish the journal, wait until it is processed, and make the new epoch visible."""
    if epoch.state == "complete":
        return
    if epoch.facts and epoch.state == "filling":
        begin_quietly(database, settings, epoch.epoch)
        facts = publish_journal(database, settings)
        letters = publish_dead_letters(database, settings)
        _logger.info("journal published again", facts=facts, dead_letters=letters, epoch=epoch.epoch)
    publish_taxonomy(database, settings, shipped_taxonomy())
    write_epoch_file(settings.data_dir, epoch.model_copy(update={"state": "published"}))
    with LagMonitor(settings) as progress:
        progress.wait(timeout_seconds=REPLAY_SECONDS_MAX)
        if visible_epoch(database) < epoch.epoch:  # a new one, or one of which a start before was broken off
            go_on(database, settings, epoch.epoch)
            progress.wait(timeout_seconds=REPLAY_SECONDS_MAX)
    complete_epoch(database, epoch.epoch)
    dropped = drop_epochs_before(database, epoch.epoch)
    write_epoch_file(settings.data_dir, epoch.model_copy(update={"state": "complete"}))
    _logger.info("epoch complete", epoch=epoch.epoch, dropped=dropped)


class _InThread:
    """Runs work in a thread; a failure ends the whole process, which the supervisor starts again."""

    def __init__(self, work: Callable[[], None], stop: threading.Event) -> None:
        self._work, self._stop = work, stop
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        if self._failure is not None:
            raise CommandError(
                f"the journal could not be published again: {self._failure}"
            ) from self._failure

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:
            _logger.exception("replay failed")
            self._failure = error
            self._stop.set()
