"""What a killed supervisor left behind: ended before the next stack begins on the same folder.

Each child is noted beside its log, with the moment of its start: a process that got the same number later is
never taken for it. The kernel has signalled the children already (giants.embedded.parent_watch); one that
holds ClickHouse open or still talks to the broker's port must be gone before another takes its place.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import Final

SUFFIX: Final = ".pid"
END_SECONDS_MAX: Final = 40.0
_POLL_SECONDS: Final = 0.05
_STATE, _STARTED_AT = 0, 19  # fields of /proc/PID/stat behind the name


def note(file: Path, pid: int) -> None:
    """Note a child that was started; on systems without /proc nothing can be noted safely."""
    started = _started(pid)
    if started is not None:
        file.write_text(f"{pid} {started}\n", encoding="ascii")


def end_orphans(folder: Path, report: Callable[[str], None]) -> None:
    """End what the notes of a folder name and what still runs: asked first, killed where it does not end."""
    notes = {file: pid for file in sorted(folder.glob(f"*{SUFFIX}")) if (pid := _noted(file)) is not None}
    for file in notes:
        report(f"{file.stem} of a stack that was killed is still running: ending it")
    _signal(notes, SIGTERM)
    deadline = time.monotonic() + END_SECONDS_MAX
    while any(_noted(file) for file in notes) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    _signal(notes, SIGKILL)
    while any(_noted(file) for file in notes):
        time.sleep(_POLL_SECONDS)
    for file in folder.glob(f"*{SUFFIX}"):
        file.unlink()


def _signal(notes: dict[Path, int], number: Signals) -> None:
    for file, pid in notes.items():
        if _noted(file) is not None:
            with suppress(ProcessLookupError):  # it ended just now
                os.kill(pid, number)


def _noted(file: Path) -> int | None:
    """The process of a note; None where it has ended."""
    pid, _, started = file.read_text(encoding="ascii").strip().partition(" ")
    if not pid.isdigit() or _started(int(pid)) != started:
        return None
    return int(pid)


def _started(pid: int) -> str | None:
    """When a process started, in ticks since the machine did; None where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    except OSError:
        return None
    words = fields.split()
    return None if words[_STATE] in {"Z", "X"} else words[_STARTED_AT]
