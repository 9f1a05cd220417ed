"""Making a backup, of what runs or of what stands still."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from giants.backup.archive import KEYS, ArchiveWriter, Report, journal_member, writing
from giants.backup.manifest import Manifest
from giants.delivery.database import QUEUE_FILE
from giants.keys import key_file
from giants.settings import Settings
from giants.store.journal import Versions


class Journal(Protocol):
    """Where the tables come from: ClickHouse itself, or the API of the process that has it open."""

    def versions(self) -> Versions:
        """The versions behind the journal."""

    def rows(self) -> dict[str, int]:
        """The tables in the order of a backup, with how many rows each has."""

    def table(self, name: str) -> Iterator[bytes]:
        """A table as the pieces of a Parquet file."""


def make_backup(
    path: Path, journal: Journal, settings: Settings, until_through: Callable[[], None], report: Report
) -> Manifest:
    """Write a backup of the journal and of what is kept beside it to `path`.

    The facts come first. Then `until_through` waits until everything is through that was accepted before, and
    only then what came of the facts is taken: an alert of a fact in the backup is in it too, with its
    delivery. Rebuilt facts alert nobody, so it would be lost otherwise.
    """
    with writing(path, report) as archive, TemporaryDirectory(prefix="giants-") as room:
        for number, (table, rows) in enumerate(journal.rows().items()):
            if number == 1:
                until_through()
            archive.add(journal_member(table), journal.table(table), rows)
        _add_files(archive, settings, Path(room))
        return archive.finish(journal.versions())


def _add_files(archive: ArchiveWriter, settings: Settings, room: Path) -> None:
    """What this machine keeps beside the database, where it does."""
    queue, keys = settings.data_dir / QUEUE_FILE, key_file(settings)
    if queue.exists():
        archive.add_queue(queue, room)
    if keys.exists():
        archive.add(KEYS, [keys.read_bytes()])
