"""The port of the API: fixed, so that its address can be kept, and who has it where it is taken."""

import errno
import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import IO, Final

from giants.embedded.broker import free_port
from giants.embedded.errors import PortTakenError
from giants.settings import API_PORT, Settings

_PROC: Final = Path("/proc")
_LISTENING: Final = "0A"
_PATH_CHARACTERS_MAX: Final = 120


@contextmanager
def api_port(settings: Settings, *, may_differ: bool, report: Callable[[str], None]) -> Iterator[int]:
    """The port of the settings, or the fixed one; no other stack of this user takes it in this block.

    Where nobody chose a port, the fixed one is taken and the caller reads the address (`may_differ`), it is a
    free one, and `report` gets a line. Raises `PortTakenError`.
    """
    port = API_PORT if settings.api_port is None else settings.api_port
    if port == 0:
        yield free_port()
        return
    # The process that listens starts later: without the lock two stacks could both find the port free.
    with _lock_file(port).open("a") as lock:
        if _locked(lock) and not is_taken(settings.api_host, port):
            yield port
            return
    error = PortTakenError(port, owner_of(port))
    if settings.api_port is not None or not may_differ:
        raise error
    report(f"{error.taken}: using a free one")
    yield free_port()


def _lock_file(port: int) -> Path:
    return Path(gettempdir()) / f"giants-{os.getuid()}-api-{port}.lock"


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_taken(host: str, port: int) -> bool:
    """Whether another process listens there; other reasons not to bind are found by who binds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def owner_of(port: int) -> str | None:
    """Process id and command of who listens on a port; None where the system does not tell (as macOS)."""
    inodes = {inode for name in ("tcp", "tcp6") for inode in _listening(_PROC / "net" / name, port)}
    wanted = {f"socket:[{inode}]" for inode in inodes}
    if not wanted:
        return None
    for process in _PROC.iterdir():
        if not process.name.isdecimal():
            continue
        with suppress(OSError):  # it ended meanwhile, or belongs to another user
            if any(str(opened.readlink()) in wanted for opened in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f"process {process.name} ({command.strip()[:_PATH_CHARACTERS_MAX]})"
    return None


def _listening(table: Path, port: int) -> list[str]:
    """Inodes of the sockets that listen on a port, from a table of `/proc/net`."""
    try:
        rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return []
    return [row[9] for row in rows if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port]
