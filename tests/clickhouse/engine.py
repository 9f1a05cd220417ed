"""Statements run on chDB, each on a connection of its own, as ClickHouse runs them for its HTTP interface."""

import json
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb

_connect: Callable[[str], Any] = chdb.connect
# What an HTTP server takes from the address for itself; everything else there is a setting of the engine.
_OF_HTTP = frozenset(
    {
        "query",
        "database",
        "session_id",
        "session_timeout",
        "session_check",
        "query_id",
        "quota_key",
        "buffer_size",
        "compress",
        "decompress",
        "wait_end_of_query",
        "client_protocol_version",
        "role",
        "user",
        "password",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
        "cancel_http_readonly_queries_on_client_close",
    }
)
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INSERT = re.compile(rb"\s*INSERT\s+INTO\s+([^\n]+?)\s+FORMAT\s+Native[ \t]*\n", re.IGNORECASE)
_CODE = re.compile(r"Code: (\d+)\.")
_FORMAT = re.compile(rb"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_ANSWERING = re.compile(rb"\s*(SELECT|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN|WITH|CHECK)\b", re.IGNORECASE)
_DEFAULT_FORMAT = "TabSeparated"


class EngineError(Exception):
    """The engine refused a statement; `code` is ClickHouse's number of the reason."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave: bytes in `format`, which is None where it gives no table."""

    body: bytes
    format: str | None
    rows_written: int = 0


class Engine:
    """One chDB database folder; safe to share between threads.

    With `config`, a configuration of ClickHouse, all statements have the rights that it gives the user
    `default`; the database has to be there.
    """

    def __init__(self, folder: Path, database: str, config: Path | None = None) -> None:
        self._folder, self._database = str(folder), database
        if config is not None:
            self._folder += f"?config-file={config}"
        self._keeper = _connect(self._folder)  # the engine lives as long as one connection does
        self._sessions: dict[str, tuple[Any, threading.Lock]] = {}
        if config is None:
            self._keeper.query(f"CREATE DATABASE IF NOT EXISTS {_quoted(database, '`')}", _DEFAULT_FORMAT)
        self.timezone = self._keeper.query("SELECT timezone()", _DEFAULT_FORMAT).bytes().decode().strip()

    def close(self) -> None:
        """Close the database."""
        for connection, _ in self._sessions.values():
            connection.close()
        self._keeper.close()

    def is_busy(self, session_id: str) -> bool:
        """Whether a session is running a statement now."""
        return session_id in self._sessions and self._sessions[session_id][1].locked()

    def run(self, statement: bytes, options: Mapping[str, str]) -> Answer:
        """Run a statement; `options` are those of the address. Raises `EngineError`."""
        parameters = {
            name.removeprefix("param_"): value for name, value in options.items() if name.startswith("param_")
        }
        settings = {
            name: value
            for name, value in options.items()
            if name not in _OF_HTTP and not name.startswith("param_")
        }
        with self._connection(options.get("session_id")) as connection:
            database = options.get("database") or self._database
            try:
                connection.query(f"USE {_quoted(database, '`')}", _DEFAULT_FORMAT)
                insert = _INSERT.match(statement)
                if insert is not None:
                    return _insert(connection, insert[1].decode(), statement[insert.end() :], settings)
                for name, value in settings.items():
                    connection.query(_set(name, value), _DEFAULT_FORMAT)
                return _ask(connection, statement, parameters)
            except RuntimeError as error:
                raise _refusal(str(error)) from error

    @contextmanager
    def _connection(self, session_id: str | None) -> Iterator[Any]:
        """A connection of this statement alone, or that of a session, which takes one statement at a time."""
        if session_id is None:
            connection = _connect(self._folder)
            try:
                yield connection
            finally:
                connection.close()
            return
        connection, lock = self._sessions.setdefault(session_id, (_connect(self._folder), threading.Lock()))
        if not lock.acquire(blocking=False):
            raise EngineError(
                373, f"Code: 373. DB::Exception: Session {session_id} is locked. (SESSION_IS_LOCKED)"
            )
        try:
            yield connection
        finally:
            lock.release()


def _ask(connection: Any, statement: bytes, parameters: Mapping[str, str]) -> Answer:
    result = connection.query(statement.decode(), _DEFAULT_FORMAT, params=dict(parameters))
    named = _FORMAT.search(statement)
    answers = named is not None or _ANSWERING.match(statement) is not None
    return Answer(
        result.bytes() or b"", (named[1].decode() if named else _DEFAULT_FORMAT) if answers else None
    )


def _insert(connection: Any, target: str, block: bytes, settings: Mapping[str, str]) -> Answer:
    """Insert a block in ClickHouse's own format; the embedded engine takes it from a file."""
    clause = ", ".join(f"{_checked(name)} = {_quoted(value)}" for name, value in settings.items())
    with tempfile.NamedTemporaryFile(suffix=".native") as file:
        file.write(block)
        file.flush()
        result = connection.query(
            f"INSERT INTO {target} FROM INFILE {_quoted(file.name)}"
            f"{f' SETTINGS {clause}' if clause else ''} FORMAT Native",
            _DEFAULT_FORMAT,
        )
    return Answer(b"", None, int(result.rows_read()))


def _set(name: str, value: str) -> str:
    return f"SET {_checked(name)} = {_quoted(value)}"


def _checked(name: str) -> str:
    if _SETTING.fullmatch(name) is None:
        raise EngineError(
            115, f"Code: 115. DB::Exception: Unknown setting {json.dumps(name)}. (UNKNOWN_SETTING)"
        )
    return name


def _quoted(text: str, quote: str = "'") -> str:
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def _refusal(message: str) -> EngineError:
    code = _CODE.search(message)
    return EngineError(int(code[1]) if code else 1001, message[message.find("Code: ") :] if code else message)
