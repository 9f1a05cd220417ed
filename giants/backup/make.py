"""Making a backup, of a running stack or of a stopped one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from giants.backup.archive import KEYS, ArchiveWriter, Report, journal_member, writing
from giants.backup.errors import MissingPartError
from giants.backup.manifest import Manifest
from giants.delivery.database import QUEUE_FILE
from giants.keys import key_file
from giants.settings import Settings
from giants.store.journal import Versions


class Journal(Protocol):
    """The source of the tables: ClickHouse itself, or the API of the process that has it open."""

    def versions(self) -> Versions:
        """The versions behind the journal."""

    def rows(self) -> dict[str, int]:
        """The tables in the order of a backup, with how many rows each has."""

    def table(self, name: str) -> Iterator[bytes]:
        """A table as the pieces of a Parquet file."""


def check_parts(settings: Settings) -> None:
    """Raises `MissingPartError` where the queue of deliveries or the API keys are not at hand."""
    parts = {"queue of deliveries": settings.data_dir / QUEUE_FILE, "API keys": key_file(settings)}
    for what, path in parts.items():
        if not path.exists():
            raise MissingPartError(what, path)


def make_backup(
    path: Path, journal: Journal, settings: Settings, until_through: Callable[[], None], report: Report
) -> Manifest:
    """Write a backup of the journal, the queue of deliveries and the API keys to `path`.

    Facts are written first. Then `until_through` waits until everything that was accepted before is processed
    and stored, and only then what follows from facts is written: so an alert of a fact in the backup is in
    the backup, with its delivery. It would be lost otherwise, since a rebuild alerts nobody.
    """
    with writing(path, report) as archive, TemporaryDirectory(prefix="giants-") as temporary:
        for number, (table, rows) in enumerate(journal.rows().items()):
            if number == 1:
                until_through()
            archive.add(journal_member(table), journal.table(table), rows)
        _add_files(archive, settings, Path(temporary))
        return archive.finish(journal.versions())


def _add_files(archive: ArchiveWriter, settings: Settings, temporary: Path) -> None:
    """Add the queue and the keys of this data folder, where they exist."""
    queue, keys = settings.data_dir / QUEUE_FILE, key_file(settings)
    if queue.exists():
        archive.add_queue(queue, temporary)
    if keys.exists():
        archive.add(KEYS, [keys.read_bytes()])
