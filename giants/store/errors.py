"""Everything that can go wrong with the store, as one tree.

StoreError
├── DsnError            the address cannot be understood
├── UnavailableError    ClickHouse cannot be reached: wait and try again
├── BusyError           another process has the embedded database open
├── StatementError      ClickHouse refused a statement
├── RowError            a row does not fit its columns
├── MigrationError      the schema of the database is not one of ours
├── CursorError         a page cursor or a feed cursor is not one that was given out
├── UnknownTableError   no such table to export
├── EpochError          readers cannot move to an epoch
└── UnreadableError     a record of a topic cannot be stored
"""


class StoreError(Exception):
    """The store cannot do what was asked."""


class DsnError(StoreError):
    """The address of ClickHouse cannot be understood."""

    def __init__(self, got: str) -> None:
        super().__init__(
            f"GIANTS_CLICKHOUSE: got {got!r}, expected chdb:///path, "
            "clickhouse://user:password@host:8123/database or "
            "clickhouses://user:password@host:8443/database?ca=FILE"
        )


class UnavailableError(StoreError):
    """ClickHouse cannot be reached, or the connection broke; the same call may succeed later."""

    def __init__(self, where: str, got: str) -> None:
        super().__init__(f"ClickHouse at {where} does not answer: {got}")


class BusyError(StoreError):
    """The embedded database is open in another process, or cannot be opened."""

    def __init__(self, path: str, got: str) -> None:
        super().__init__(f"the database in {path} cannot be opened: {got} (is it open in another process?)")


class StatementError(StoreError):
    """ClickHouse refused a statement: trying again will not help."""

    def __init__(self, where: str, got: str) -> None:
        super().__init__(f"ClickHouse at {where} refused a statement: {got}")


class RowError(StoreError):
    """A row holds a value that does not fit its column; nothing of the block was inserted."""

    def __init__(self, table: str, got: str) -> None:
        super().__init__(f"a row does not fit {table}: {got}")


class MigrationError(StoreError):
    """The database holds a schema that does not fit this program."""


class CursorError(StoreError):
    """A cursor is not one that was given out."""

    def __init__(self, got: str) -> None:
        super().__init__(f"got cursor {got[:80]!r}, expected one that an earlier answer gave")


class UnknownTableError(StoreError):
    """No such table can be exported."""

    def __init__(self, got: str, expected: tuple[str, ...]) -> None:
        super().__init__(f"got table {got[:80]!r}, expected one of {', '.join(expected)}")


class EpochError(StoreError):
    """Readers cannot move to an epoch, or none can be built there."""


class UnreadableError(StoreError):
    """A record cannot be stored: it is put aside with its coordinates, and the stream goes on."""


class JournalError(StoreError):
    """A file of the journal does not fit the table that it is to be read into."""
