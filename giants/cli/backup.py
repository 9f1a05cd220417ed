"""`giants backup` and `giants restore`: what cannot be computed again, in one file, and back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn, TransferSpeedColumn

from giants.backup.archive import unpack
from giants.backup.make import Journal, check_parts, make_backup
from giants.backup.manifest import Manifest
from giants.backup.restore import restore as put_back
from giants.cli.target import Api, api_url
from giants.delivery.database import QUEUE_FILE
from giants.embedded.runfile import claimed, of_running, read_run_file
from giants.embedded.supervisor import WHOLE_FLOW
from giants.kafka.lag import STORE, STREAM, WATCH, ConsumerGroup, LagMonitor, NotCaughtUpError
from giants.settings import Settings
from giants.store.client import connect, is_embedded
from giants.store.journal import DatabaseJournal, Versions
from giants.store.migrations import migrate
from giants.terminal.output import CommandError, Json, bars, err, note, out, pairs, print_json, read_settings
from giants.terminal.waiting import LagBars

EXAMPLES_BACKUP = (
    "Examples: `giants backup` · `giants backup -o /backups/giants.zip` · "
    "`GIANTS_BROKER=kafka:9092 GIANTS_CLICKHOUSE=clickhouse://user:password@host:8123/giants giants backup`"
)
EXAMPLES_RESTORE = (
    "Examples: `giants restore giants-20260101-060000.zip` · `giants restore giants.zip --replace`"
)
THROUGH_SECONDS_MAX = 600.0

Archive = Annotated[Path, typer.Argument(metavar="FILE", help="A file that `giants backup` wrote.")]


def register_backup(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES_BACKUP)(backup)


def register_restore(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES_RESTORE)(restore)


def backup(
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="File, or folder in which it is named by the time; this folder otherwise."
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything",
            help="End with an error where the queue of deliveries or the API keys are missing.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Write a backup: facts, changes, dead letters, alerts, epochs, and the queue and keys of this machine.

    The stack may run or not. The file holds the secrets of webhooks.
    """
    settings = read_settings()
    if everything:
        check_parts(settings)
    named = f"giants-{datetime.now(UTC):%Y%m%d-%H%M%S}.zip"
    path = Path(named) if output is None else output / named if output.is_dir() else output
    with _source(settings) as (journal, flow), _byte_bars() as shown:
        manifest = make_backup(path, journal, settings, flow.until_through, _Bars(shown).advance)
    _print_manifest(path, manifest, json=json)


def restore(
    archive: Archive,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete what is there, with all that follows from it.")
    ] = False,
    json: Json = False,
) -> None:
    """Restore a backup into an empty database and data folder, while nothing of the stack runs.

    Every checksum is verified before anything is changed. What follows from the facts is made by a rebuild.
    """
    settings = read_settings()
    _refuse_running(settings)
    with TemporaryDirectory(prefix="giants-restore-") as folder:
        with _byte_bars() as shown:
            backup = unpack(archive, Path(folder), _Bars(shown).advance)
        with claimed(settings.data_dir), connect(settings.clickhouse_dsn()) as database, bars(err()) as rows:
            totals = {Path(member.name).stem: member.rows for member in backup.manifest.members}
            advance = _Bars(rows, totals).advance
            put_back(backup, database, settings, replace=replace, report=advance)
    _print_manifest(archive, backup.manifest, json=json)
    embedded = is_embedded(settings.clickhouse_dsn()) and settings.broker is None
    note(
        "now `giants up`: it makes all state again from the journal, and alerts nobody"
        if embedded
        else "now start the store and run `giants rebuild`: it makes all state again, and alerts nobody"
    )


@contextmanager
def _source(settings: Settings) -> Iterator[tuple[Journal, "_Flow"]]:
    """The journal, and a wait until everything that was accepted is processed and stored."""
    dsn, url = settings.clickhouse_dsn(), api_url(settings)
    running = read_run_file(settings.data_dir)
    flow = _Flow(settings if running is None else of_running(settings, running))
    if not is_embedded(dsn):
        with connect(dsn) as database:
            flow.wait((STORE,))
            yield DatabaseJournal(database), flow
    elif url is not None:
        with Api(url, settings.api_key) as api:
            flow.wait((STORE,))
            yield _ApiJournal(api), flow
    else:
        with claimed(settings.data_dir), connect(dsn) as database:
            migrate(database)
            yield DatabaseJournal(database), flow


class _Flow:
    """Waits until what was accepted is processed; without a known broker there is nothing to wait for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        if settings.broker is None:
            note("no broker is known (GIANTS_BROKER): the backup holds what is stored")

    def wait(self, stages: tuple[ConsumerGroup, ...]) -> None:
        """Return once these consumer groups have read all that is published now."""
        if self._settings.broker is None:
            return
        with bars(err()) as shown, LagMonitor(self._settings) as flow:
            try:
                flow.wait(stages, THROUGH_SECONDS_MAX, LagBars(shown).lag)
            except NotCaughtUpError as error:
                raise CommandError(f"{error}: a backup of now would be without them") from error

    def until_through(self) -> None:
        """Return once the alerts of every stored fact are stored, and queued where the queue is here."""
        queued = (self._settings.data_dir / QUEUE_FILE).exists()
        self.wait(WHOLE_FLOW if queued else (*STREAM, WATCH, STORE))


class _ApiJournal:
    """The journal of a running stack, which has the embedded database open."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._contents = api.get("/backup")

    def versions(self) -> Versions:
        """The versions behind the journal."""
        return Versions.model_validate(self._contents["versions"])

    def rows(self) -> dict[str, int]:
        """The tables in the order of a backup, with how many rows each has."""
        return {str(table): int(rows) for table, rows in self._contents["rows"].items()}

    def table(self, name: str) -> Iterator[bytes]:
        """A table as the pieces of a Parquet file."""
        return self._api.download(f"/backup/{name}")


class _Bars:
    """One progress bar for each file or table, added when it begins."""

    def __init__(self, shown: Progress, totals: Mapping[str, int | None] | None = None) -> None:
        self._shown = shown
        self._totals = totals or {}
        self._tasks: dict[str, TaskID] = {}

    def advance(self, name: str, by: int) -> None:
        """Count bytes or rows that were processed."""
        if name not in self._tasks:
            self._tasks[name] = self._shown.add_task(name, total=self._totals.get(name))
        self._shown.advance(self._tasks[name], by)


def _byte_bars() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn())
    console = err()
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _refuse_running(settings: Settings) -> None:
    running = read_run_file(settings.data_dir)
    if running is not None:
        raise CommandError(f"a stack runs on {settings.data_dir} (process {running.pid}): end it first")


def _print_manifest(path: Path, manifest: Manifest, *, json: bool) -> None:
    if json:
        print_json({"file": str(path), **manifest.model_dump(mode="json")})
        return
    rows = {member.name: member.rows if member.rows is not None else "whole" for member in manifest.members}
    out().print(pairs({"file": path, "made at": f"{manifest.made_at:%Y-%m-%d %H:%M:%S}Z", **rows}))
