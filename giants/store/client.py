"""ClickHouse, in a server or embedded in this process: one class for both.

`connect` takes `clickhouse://user:password@host:8123/database` or `chdb:///path`. `clickhouses://` is the
first with TLS: certificate and name of the server are checked, against the system's authorities or, with
`?ca=FILE`, against those of a file. `?engine=replicated&cluster=NAME` and `?engine=cloud` say how its
tables lie on several servers (`giants.store.layout`).
An embedded database is open in one process at a time; its threads share it. Every call takes a
connection of its own from a pool, so that a long export does not block the others.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import (
    ClickHouseError,
    DataError,
    OperationalError,
    ProgrammingError,
)

from giants.retry import retrying
from giants.store.errors import (
    AccessError,
    BusyError,
    DsnError,
    RowError,
    StatementError,
    StoreError,
    UnavailableError,
)
from giants.store.layout import CLUSTER_NAME, Engine, Layout

CONNECTIONS_MAX: Final = 8
CONNECT_SECONDS_MAX: Final = 5
ANSWER_SECONDS_MAX: Final = 60
# Error codes of ClickHouse: unknown user, wrong password, missing password, address, rights, login.
ACCESS_CODES: Final = frozenset({192, 193, 194, 195, 497, 516})
# ClickHouse compiles the expressions of a statement at its fourth execution: it takes a quarter of a second
# and gains nothing for statements of this size.
NOT_COMPILED: Final = dict.fromkeys(
    ("compile_expressions", "compile_aggregate_expressions", "compile_sort_description"), 0
)

Parameters = Mapping[str, Any]
Row = dict[str, Any]


class Database:
    """A ClickHouse database; safe to share between threads. Made by `connect`."""

    def __init__(self, where: str, options: Mapping[str, Any], *, at_once: bool = True) -> None:
        """Connect at once, or with the first statement."""
        self.where = where
        self._options = dict(options)
        self.layout: Final[Layout] = self._options.pop("layout", Layout())
        self._idle: LifoQueue[Client] = LifoQueue()
        self._free = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self._types: dict[str, dict[str, str]] = {}
        if at_once:
            self._idle.put(self._open())

    def rows(self, sql: str, parameters: Parameters | None = None, *, raw: Sequence[str] = ()) -> list[Row]:
        """The rows of a query as dictionaries; columns named in `raw` are returned as bytes.

        `parameters` are bound by the server (`{name:Type}`), never formatted into the text.
        """
        with self._borrow() as client:
            result = client.query(
                sql, parameters=dict(parameters or {}), column_formats=dict.fromkeys(raw, "bytes")
            )
            names = result.column_names
            return [dict(zip(names, row, strict=True)) for row in result.result_rows]

    def blocks(
        self, sql: str, parameters: Parameters | None = None, *, raw: Sequence[str] = ()
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """The rows of a query as a stream of blocks, for results that do not fit memory."""
        with self._borrow() as client:
            stream = client.query_row_block_stream(
                sql, parameters=dict(parameters or {}), column_formats=dict.fromkeys(raw, "bytes")
            )
            with stream as blocks:
                yield from blocks

    def columns(self, sql: str, parameters: Parameters | None = None) -> Iterator[Sequence[Sequence[Any]]]:
        """The columns of a query as a stream of blocks."""
        with (
            self._borrow() as client,
            client.query_column_block_stream(sql, parameters=dict(parameters or {})) as blocks,
        ):
            yield from blocks

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run a statement that has no result."""
        with self._borrow() as client:
            client.command(sql, parameters=dict(parameters or {}))

    def catch_up(self, table: str) -> None:
        """Wait until the server that is asked shows all rows of a table that any replica took."""
        statement = self.layout.catch_up(table)
        if statement is not None:
            self.execute(statement)

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], token: str = ""
    ) -> None:
        """Insert rows as one block. The same token again, soon after, inserts nothing.

        Raises `RowError` where a value does not fit its column.
        """
        types = self.column_types(table)
        # Replaced rows are removed by merges, which read all rows anyway. What is answered is stored: servers
        # collect inserts by default from version 26.2 on, and would tell no token of these.
        settings = {"optimize_on_insert": "0", "async_insert": "0"}
        if token:
            settings |= {"insert_deduplicate": "1", "insert_deduplication_token": token}
        with self._borrow() as client:
            try:
                client.insert(
                    table,
                    rows,
                    column_names=list(columns),
                    column_type_names=[types[column] for column in columns],
                    settings=settings,
                )
            except (DataError, OverflowError, ValueError, TypeError, AttributeError) as error:
                # The client serialises rows in plain Python: these are raised for a value that does not fit.
                raise RowError(table, f"{type(error).__name__}: {error}") from error

    def column_types(self, table: str) -> dict[str, str]:
        """Types of the columns that are inserted into a table, by name; computed columns are left out.

        Read once: a schema changes only with the program.
        """
        if table not in self._types:
            found = self.rows(
                "SELECT name, type FROM system.columns "
                "WHERE database = currentDatabase() AND table = {t:String} "
                "AND default_kind != 'MATERIALIZED'",
                {"t": table},
            )
            self._types[table] = {row["name"]: row["type"] for row in found}
        return self._types[table]

    def ping(self) -> None:
        """Run the smallest query; raises `UnavailableError` where there is no answer."""
        self.rows("SELECT 1 AS one")

    def close(self) -> None:
        """Close all connections."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _borrow(self) -> Iterator[Client]:
        with self._free:
            try:
                client = self._idle.get_nowait()
            except Empty:
                client = self._open()
            try:
                with self._translated():
                    yield client
            except (UnavailableError, AccessError):
                client.close()
                raise
            except BaseException:
                self._idle.put(client)
                raise
            self._idle.put(client)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ClickHouseError as error:
            raise self._store_error(error) from error

    def _open(self) -> Client:
        with self._translated():
            try:
                settings = {**NOT_COMPILED, **self.layout.settings}
                return clickhouse_connect.get_client(tz_mode="aware", settings=settings, **self._options)
            except ProgrammingError as error:
                if "path" in self._options:
                    raise BusyError(self.where, str(error)) from error
                raise

    def _store_error(self, error: ClickHouseError) -> StoreError:
        kind = UnavailableError if isinstance(error, OperationalError) else StatementError
        return (AccessError if getattr(error, "code", None) in ACCESS_CODES else kind)(self.where, str(error))


def connect(dsn: str) -> Database:
    """Open the ClickHouse that a data source name describes.

    Raises `DsnError`, `UnavailableError`, `AccessError` and `BusyError`.
    """
    where, options = parse_dsn(dsn)
    if "path" in options:
        Path(options["path"]).mkdir(parents=True, exist_ok=True)
    return Database(where, options)


def connect_later(dsn: str) -> Database:
    """Open an embedded database now, and connect to a server with the first statement.

    Raises `DsnError` and `BusyError`.
    """
    where, options = parse_dsn(dsn)
    return connect(dsn) if "path" in options else Database(where, options, at_once=False)


def connect_when_there(dsn: str, stop: threading.Event) -> Database | None:
    """Open ClickHouse, waiting until it can be reached; None where `stop` is set first."""
    for attempt in retrying(UnavailableError, "ClickHouse", stop=stop):
        with attempt:
            return connect(dsn)
    return None


def instant_text(at: datetime) -> str:
    """An instant as an element of a bound array: of a `datetime` the driver sends whole seconds only."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def is_embedded(dsn: str) -> bool:
    """Whether a data source name is that of a database inside this process."""
    return urlsplit(dsn).scheme == "chdb"


def parse_dsn(dsn: str) -> tuple[str, dict[str, Any]]:
    """The address of ClickHouse without secrets, and the options that open it. Raises `DsnError`."""
    try:
        parts = urlsplit(dsn)
        port = parts.port
    except ValueError as error:
        raise DsnError(_without_password(dsn)) from error
    if parts.scheme == "chdb" and parts.path and not parts.netloc:
        return parts.path, {"interface": "chdb", "path": unquote(parts.path)}
    if parts.scheme not in ("clickhouse", "clickhouses") or not parts.hostname:
        raise DsnError(_without_password(dsn))
    secure = parts.scheme == "clickhouses"
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    authority = asked.pop("ca", None)
    layout = _layout(asked)
    if layout is None or (authority is not None and not secure):
        raise DsnError(_without_password(dsn))
    port = port or (8443 if secure else 8123)
    return f"{parts.hostname}:{port}", {
        "host": parts.hostname,
        "port": port,
        "username": unquote(parts.username or "default"),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.lstrip("/")) or "default",
        "interface": "https" if secure else "http",
        "connect_timeout": CONNECT_SECONDS_MAX,
        "send_receive_timeout": ANSWER_SECONDS_MAX,
        "autogenerate_session_id": False,  # a session runs one query at a time
        "layout": layout,
        **({"ca_cert": authority} if authority is not None else {}),
    }


def _layout(asked: Mapping[str, str]) -> Layout | None:
    """The layout that the parameters of an address describe; None where they describe none."""
    engine, cluster = asked.get("engine", Engine.PLAIN), asked.get("cluster", "")
    if asked.keys() - {"engine", "cluster"} or engine not in frozenset(Engine):
        return None
    if cluster and (engine != Engine.REPLICATED or not CLUSTER_NAME.fullmatch(cluster)):
        return None
    return Layout(Engine(engine), cluster)


def _without_password(dsn: str) -> str:
    head, at, tail = dsn.rpartition("@")
    return f"{head.partition('://')[0]}://***{at}{tail}" if at else dsn
