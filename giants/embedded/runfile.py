"""The run file: `up.json` in the data folder says where a running stack can be reached.

A lock beside it, held as long as the supervisor lives however that ends, is what keeps a second stack off the
same folder; the file alone proves nothing, since a killed supervisor leaves it behind.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from giants.embedded.errors import AlreadyRunningError
from giants.settings import Settings

RUN_FILE = "up.json"
LOCK_FILE = "up.lock"


class RunFile(BaseModel):
    """Where a stack is: broker as host:port, API as URL, the data folder, and the supervisor's process id."""

    model_config = ConfigDict(frozen=True)

    pid: int
    broker: str
    api: str
    data: str
    epoch: int
    embedded: bool = False  # whether the broker is the embedded one


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for one stack; raises `AlreadyRunningError` where another holds it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK_FILE).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            running = read_run_file(data_dir)
            owner = f"process {running.pid}, API {running.api}" if running else "it is still starting"
            raise AlreadyRunningError(data_dir, owner) from error
        try:
            yield
        finally:
            (data_dir / RUN_FILE).unlink(missing_ok=True)


def write_run_file(data_dir: Path, run_file: RunFile) -> None:
    """Tell where the stack is; readers see the old file or the new one, never half of it."""
    draft = data_dir / f"{RUN_FILE}.draft"
    draft.write_text(run_file.model_dump_json() + "\n", encoding="utf-8")
    draft.replace(data_dir / RUN_FILE)


def read_run_file(data_dir: Path) -> RunFile | None:
    """Where the stack of this data folder is; None where none runs, also where a dead one left its file."""
    try:
        run_file = RunFile.model_validate_json((data_dir / RUN_FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return run_file if _alive(run_file.pid) else None


def of_running(settings: Settings, running: RunFile) -> Settings:
    """The settings with the broker of a running stack, unless they name another one."""
    if settings.broker not in (None, running.broker):
        return settings
    quirks = "embedded" if running.embedded else "none"
    return settings.model_copy(update={"broker": running.broker, "broker_quirks": quirks})


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
