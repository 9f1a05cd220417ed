"""Everything that can go wrong with the store, as one tree.

StoreError
├── DsnError             fatal      the address cannot be understood
├── UnavailableError     retriable  ClickHouse cannot be reached
├── StatementError       retriable  ClickHouse did not run a statement
├── OlderStoresError     retriable  stores run that cannot go on beside a migration
├── AccessError          fatal      ClickHouse refused the login, or a right
├── BusyError            fatal      another process has the embedded database open
├── MigrationError       fatal      the schema of the database, or its servers, do not fit this program
├── RowError                        a row does not fit its columns
├── UnreadableError                 a record of a topic cannot be stored
├── CursorError                     a cursor of a page or of the feed is not one that was given out
├── UnknownTableError               there is no such table to export
├── UnknownTypeError                Arrow has no type for a column
├── JournalError                    a file does not fit the table of the journal
└── EpochError                      readers cannot move to an epoch

The writer waits for what is retriable and ends with what is fatal (`giants.errors`).
"""

from giants.errors import FatalError, GiantsError, RetriableError


class StoreError(GiantsError):
    """The store cannot do what was asked."""


class DsnError(StoreError, FatalError):
    """The address of ClickHouse cannot be understood."""

    def __init__(self, got: str) -> None:
        super().__init__(
            f"GIANTS_CLICKHOUSE: got {got!r}, expected chdb:///path, "
            "clickhouse://user:password@host:8123/database or "
            "clickhouses://user:password@host:8443/database?ca=FILE; a server may have "
            "engine=replicated, with or without cluster=NAME, or engine=cloud"
        )


class UnavailableError(StoreError, RetriableError):
    """ClickHouse cannot be reached, or the connection broke; the same call may succeed later."""

    def __init__(self, where: str, got: str) -> None:
        super().__init__(f"ClickHouse at {where} does not answer: {got}")


class BusyError(StoreError, FatalError):
    """The embedded database is open in another process, or cannot be opened."""

    def __init__(self, path: str, got: str) -> None:
        super().__init__(f"the database in {path} cannot be opened: {got} (is it open in another process?)")


class StatementError(StoreError, RetriableError):
    """ClickHouse did not run a statement, for example for want of memory, disk or free parts."""

    def __init__(self, where: str, got: str) -> None:
        super().__init__(f"ClickHouse at {where} refused a statement: {got}")


class OlderStoresError(StoreError, RetriableError):
    """Stores of an older program run that cannot go on beside a migration: it waits until they have ended."""

    def __init__(self, migration: str, stores: int) -> None:
        super().__init__(
            f"migration {migration} cannot be applied while older stores run, and {stores} do: end them first"
        )


class AccessError(StoreError, FatalError):
    """ClickHouse refused the login, or a right that the store needs."""

    def __init__(self, where: str, got: str) -> None:
        super().__init__(
            f"ClickHouse at {where} refused access: {got}; check GIANTS_CLICKHOUSE and its grants"
        )


class RowError(StoreError):
    """A row holds a value that does not fit its column; nothing of the block was inserted."""

    def __init__(self, table: str, got: str) -> None:
        super().__init__(f"a row does not fit {table}: {got}")


class MigrationError(StoreError, FatalError):
    """The database holds a schema, or lies on servers, that do not fit this program."""


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


class TableOfFormatError(StoreError):
    """A format is asked of a table that it cannot hold."""

    def __init__(self, table: str, form: str, expected: str) -> None:
        super().__init__(f"{form} holds the table {expected} alone, not {table}")


class UnknownTypeError(StoreError):
    """A column has a type that no export knows."""

    def __init__(self, got: str, expected: tuple[str, ...]) -> None:
        super().__init__(
            f"got a column of type {got}, expected one of {', '.join(expected)}, or made of these"
        )
