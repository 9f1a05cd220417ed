"""The stand-in: enough of ClickHouse's HTTP interface for clickhouse-connect, in front of chDB; it can fail.

It takes queries with parameters bound by the server, inserts in ClickHouse's own format, sessions, settings,
compression, users and passwords. On command it refuses connections, never answers, cuts the connection before
or after a statement took effect or in the middle of an answer, or answers with an error.
"""

import gzip
import json
import socket
import ssl
import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from giants.embedded.broker import LOOPBACK
from tests.clickhouse.engine import Answer, Engine, EngineError

BODY_BYTES_MAX = 256_000_000
_POLL_SECONDS = 0.05
_AUTHENTICATION_FAILED = 516
_lz4: Any = import_module("lz4.frame")  # comes with the client, without types
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": _lz4.compress,
    "gzip": gzip.compress,
}


def _lz4_frames(raw: bytes) -> bytes:
    """What all frames hold: the client compresses each block of an insert for itself."""
    pieces = []
    while raw:
        frame = _lz4.LZ4FrameDecompressor()
        pieces.append(frame.decompress(raw))
        raw = frame.unused_data or b""
    return b"".join(pieces)


_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": _lz4_frames,
    "gzip": gzip.decompress,
}


class Fault(StrEnum):
    """What may go wrong with one request."""

    CUT_BEFORE = "the connection is cut before the statement ran"
    CUT_AFTER = "the connection is cut after the statement took effect"
    CUT_WITHIN = "the connection is cut in the middle of the answer"
    STALL = "no answer comes"
    STALL_AFTER = "the statement took effect, but no answer comes"
    TOO_MANY_PARTS = "Code: 252. DB::Exception: Too many parts in a partition. (TOO_MANY_PARTS)"
    MEMORY_LIMIT = "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"
    READ_ONLY = "Code: 242. DB::Exception: Table is in readonly mode. (TABLE_IS_READ_ONLY)"
    DISK_FULL = "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)"
    UNAVAILABLE = "HTTP 503"

    @property
    def code(self) -> int | None:
        """ClickHouse's number where the fault is an answer of its own."""
        head = self.value.partition(".")[0]
        return int(head.removeprefix("Code: ")) if head.startswith("Code: ") else None


# One of each sort, for tests that take long.
SORTS = (Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.STALL_AFTER, Fault.TOO_MANY_PARTS, Fault.UNAVAILABLE)


@dataclass(slots=True)
class _Plan:
    """A fault that is to happen to statements which begin with some word, so many times."""

    fault: Fault
    beginning: bytes
    times: int | None  # None = until it is lifted


@dataclass(slots=True)
class Faults:
    """What is to go wrong; safe to change while the server runs. `done` counts what did."""

    done: Counter[Fault] = field(default_factory=Counter)
    released: threading.Event = field(default_factory=threading.Event)
    _plans: list[_Plan] = field(default_factory=list)
    _draw: Callable[[bytes], Fault | None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, fault: Fault, beginning: str = "", times: int | None = 1) -> None:
        """Let the next statements that begin so meet a fault."""
        with self._lock:
            self._plans.append(_Plan(fault, beginning.upper().encode(), times))

    def draw(self, draw: Callable[[bytes], Fault | None] | None) -> None:
        """Let a function decide about each statement; None ends that."""
        with self._lock:
            self._draw = draw

    def lift(self) -> None:
        """Let everything go well again, also what is stalled."""
        with self._lock:
            self._plans.clear()
            self._draw = None
            self.released.set()
            self.released = threading.Event()

    def of(self, statement: bytes) -> tuple[Fault | None, threading.Event]:
        """The fault that a statement meets, and what releases it where it is stalled."""
        with self._lock:
            fault = self._next(statement.lstrip()[:100].upper())
            if fault is not None:
                self.done[fault] += 1
            return fault, self.released

    def _next(self, beginning: bytes) -> Fault | None:
        for plan in self._plans:
            if beginning.startswith(plan.beginning):
                if plan.times is not None:
                    plan.times -= 1
                    if plan.times == 0:
                        self._plans.remove(plan)
                return plan.fault
        return self._draw(beginning) if self._draw is not None else None


class StandIn:
    """The server; a context manager. `dsn` is what GIANTS_CLICKHOUSE is set to."""

    user, password, database = "giants", "p@ss/wörd", "giants"

    def __init__(self, folder: Path, tls: ssl.SSLContext | None = None, config: Path | None = None) -> None:
        self.tls = tls
        self.engine = Engine(folder, self.database, config)
        self.faults = Faults()
        self.statements = 0
        self.port = 0
        self._server: _Server | None = None

    @property
    def dsn(self) -> str:
        """The data source name, with the password as an address spells it."""
        scheme = "clickhouse" if self.tls is None else "clickhouses"
        return f"{scheme}://{self.user}:p%40ss%2Fw%C3%B6rd@{LOOPBACK}:{self.port}/{self.database}"

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.lift()
        self.down()
        self.engine.close()

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._server = _Server(self, self.port)
        self.port = self._server.server_address[1]
        self._server.begin()

    def down(self) -> None:
        """Refuse connections from now on, and cut those that are open."""
        server, self._server = self._server, None
        if server is not None:
            server.end()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, standin: StandIn, port: int) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        if standin.tls is not None:
            # The handshake is left to the thread that reads, lest a client that says nothing hold up others.
            self.socket = standin.tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.standin = standin
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def begin(self) -> None:
        """Serve in a thread."""
        self._thread.start()

    def end(self) -> None:
        """Stop listening and cut every connection."""
        self.shutdown()
        self._thread.join()
        for connection in list(self._open):
            cut(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer /ping, and queries that are in the address."""
        if urlsplit(self.path).path == "/ping":
            self._reply(HTTPStatus.OK, b"Ok.\n", {})
            return
        self._statement(b"")

    def do_POST(self) -> None:
        """Run a statement; it is in the address, the body, or in both, one after the other."""
        self._statement(self._body())

    def _statement(self, body: bytes) -> None:
        standin = self.server.standin
        options = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        refusal = self._refusal_of_user()
        if refusal is not None:
            self._refuse(refusal)
            return
        query = options.get("query", "").encode()
        statement = query + b"\n" + body if query and body else query or body
        standin.statements += 1
        fault, released = standin.faults.of(statement)
        if fault is Fault.STALL:
            released.wait()
        if fault in {Fault.STALL, Fault.CUT_BEFORE}:
            self._cut()
            return
        if fault is Fault.UNAVAILABLE:
            self._reply(HTTPStatus.SERVICE_UNAVAILABLE, b"busy\n", {})
            return
        if fault is not None and fault.code is not None:
            self._refuse(EngineError(fault.code, fault.value))
            return
        try:
            answer = standin.engine.run(statement, options)
        except EngineError as error:
            self._refuse(error)
            return
        if fault is Fault.STALL_AFTER:
            released.wait()
        if fault in {Fault.STALL_AFTER, Fault.CUT_AFTER}:
            self._cut()
            return
        self._answer(answer, options, whole=fault is not Fault.CUT_WITHIN)

    def _answer(self, answer: Answer, options: dict[str, str], *, whole: bool) -> None:
        headers = {
            "X-ClickHouse-Query-Id": options.get("query_id", str(uuid4())),
            "X-ClickHouse-Timezone": self.server.standin.engine.timezone,
            "X-ClickHouse-Summary": json.dumps({"written_rows": str(answer.rows_written)}),
        }
        if answer.format is not None:
            headers["X-ClickHouse-Format"] = answer.format
        body = answer.body
        if options.get("enable_http_compression") == "1":
            accepted = {word.strip() for word in self.headers.get("Accept-Encoding", "").split(",")}
            encoding = next((name for name in _COMPRESS if name in accepted), None)
            if encoding is not None:
                headers["Content-Encoding"] = encoding
                body = _COMPRESS[encoding](body)
        self._reply(HTTPStatus.OK, body, headers, whole=whole)

    def _refuse(self, error: EngineError) -> None:
        forbidden = error.code == _AUTHENTICATION_FAILED
        status = HTTPStatus.FORBIDDEN if forbidden else HTTPStatus.INTERNAL_SERVER_ERROR
        headers = {"X-ClickHouse-Exception-Code": str(error.code)}
        self._reply(status, f"{error}\n".encode(), headers)

    def _refusal_of_user(self) -> EngineError | None:
        standin = self.server.standin
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        name = b64decode(given).decode() if kind == "Basic" else "default"
        user, _, password = name.partition(":")
        if (user, password) == (standin.user, standin.password):
            return None
        text = f"Code: 516. DB::Exception: {user}: Authentication failed. (AUTHENTICATION_FAILED)"
        return EngineError(_AUTHENTICATION_FAILED, text)

    def _reply(self, status: HTTPStatus, body: bytes, headers: dict[str, str], *, whole: bool = True) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if whole else body[: len(body) // 2])
        if not whole:
            self._cut()

    def _cut(self) -> None:
        cut(self.connection)
        self.close_connection = True

    def _body(self) -> bytes:
        raw = b"".join(self._pieces())
        encoding = self.headers.get("Content-Encoding")
        return _DECOMPRESS[encoding](raw) if encoding is not None else raw

    def _pieces(self) -> Iterator[bytes]:
        """The body as it comes: with its length told before, or in chunks."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            yield self._exactly(int(self.headers.get("Content-Length", "0")))
            return
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            piece = self._exactly(size)
            self.rfile.readline()
            if not size:
                return
            yield piece

    def _exactly(self, size: int) -> bytes:
        if size > BODY_BYTES_MAX:
            raise ValueError(f"a body of {size} bytes is too large, {BODY_BYTES_MAX} are taken")
        piece = self.rfile.read(size)
        if len(piece) < size:
            raise ConnectionError("the client went away")
        return piece


def cut(connection: socket.socket) -> None:
    """End a connection at once, as happens when a server dies; it may be gone already."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
