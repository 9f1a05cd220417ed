"""One delivery is active on a queue; others stand by, and the next takes over when it is gone.

The lock is that of a file beside the queue: the system gives it back when its holder ends, however it ends.
On a volume of the network it needs one with locks, such as NFS from version 4 on.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

LOCK_FILE: Final = "delivery.lock"
LOOK_SECONDS: Final = 0.5

_logger = structlog.get_logger(__name__)


@contextmanager
def active_alone(folder: Path, stop: threading.Event) -> Iterator[bool]:
    """Wait until no other process is active on the queue of a folder; keep others off until the block ends.

    Gives False where `stop` is set first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_FILE).open("a") as lock:
        if not _is_taken(lock.fileno()):
            _logger.info("another delivery is active on this queue: standing by", queue=str(folder))
            while not _is_taken(lock.fileno()):
                if stop.wait(LOOK_SECONDS):
                    yield False
                    return
            _logger.info("the other delivery is gone: taking over", queue=str(folder))
        yield True


def _is_taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
