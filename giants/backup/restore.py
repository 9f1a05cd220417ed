"""Restoring a backup, into an empty database and data folder, or replacing what is there."""

from giants.backup.archive import KEYS, QUEUE, Report, Unpacked, journal_member, put_file
from giants.backup.errors import ArchiveError, OccupiedError
from giants.delivery.database import QUEUE_FILE
from giants.embedded.epochfile import forget_epoch
from giants.embedded.last_broker import NO_BROKER, note_broker
from giants.embedded.topic_files import FOLDER, discard_topics
from giants.keys import key_file
from giants.settings import Settings
from giants.store.client import Database
from giants.store.errors import JournalError
from giants.store.journal import TABLES, empty, read_table, row_counts
from giants.store.migrations import migrate

# Log files of SQLite: those of the old queue must not be read as those of the new one.
_QUEUE_LOGS = ("-wal", "-shm")


def occupied(database: Database, settings: Settings) -> dict[str, int]:
    """What a restore would replace: tables with how many rows, and files."""
    tables = {f"the table {table}": rows for table, rows in row_counts(database).items() if rows}
    files = (settings.data_dir / QUEUE_FILE, key_file(settings))
    return tables | {str(path): 1 for path in files if path.exists()}


def restore(
    backup: Unpacked, database: Database, settings: Settings, *, replace: bool, report: Report
) -> None:
    """Restore what `unpack` has copied and verified.

    `report` is called with each table and how many of its rows were restored since the last call. Nobody else
    may use the database and the data folder meanwhile. Raises `OccupiedError` where they are not empty and
    `replace` is not set. A restore that was interrupted is run again with `replace`.
    """
    migrate(database)
    found = occupied(database, settings)
    if found and not replace:
        raise OccupiedError(found)
    discard_topics(settings.data_dir / FOLDER)  # they hold what is replaced
    note_broker(settings.data_dir, NO_BROKER)
    if replace:
        empty(database)
    members = {member.name for member in backup.manifest.members}
    for table in TABLES:
        name = journal_member(table)
        if name in members:
            try:
                with (backup.folder / name).open("rb") as file:
                    for rows in read_table(database, table, file):
                        report(table, rows)
            except JournalError as error:
                raise ArchiveError(backup.path, str(error)) from error
    for name, target in ((QUEUE, settings.data_dir / QUEUE_FILE), (KEYS, key_file(settings))):
        target.unlink(missing_ok=True)
        if name == QUEUE:
            for suffix in _QUEUE_LOGS:
                target.with_name(target.name + suffix).unlink(missing_ok=True)
        if name in members:
            put_file(backup.folder / name, target)
    forget_epoch(settings.data_dir)
