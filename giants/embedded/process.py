"""A child process of the stack: started, watched, ended, and started again when it dies."""

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Final

from giants.embedded import orphans
from giants.embedded.parent_watch import bound_to_parent
from giants.retry import Backoff

LOG_BYTES_MAX: Final = 50_000_000
BACKOFF_SECONDS_MIN: Final = 0.5
BACKOFF_SECONDS_MAX: Final = 30.0
FAILURES_MAX: Final = 8  # in a row, before anything was ready


@dataclass(slots=True)
class Child:
    """One process of the stack; what it writes goes to its log file."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log_file: Path
    end_signal: Signals = SIGTERM  # what the kernel sends it where the supervisor is killed
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _backoff: Backoff = field(default_factory=lambda: Backoff(BACKOFF_SECONDS_MIN, BACKOFF_SECONDS_MAX))
    _restart_at: float | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def failures(self) -> int:
        """How often it ended in a row, each time soon after it was started."""
        return self._backoff.failures

    @property
    def _note_file(self) -> Path:
        return self.log_file.with_suffix(orphans.SUFFIX)

    def start(self) -> None:
        """Start the process, away from the terminal's signals: they are for the supervisor to pass on."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        turn_over(self.log_file)
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                bound_to_parent(self.command, self.end_signal),
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        orphans.note(self._note_file, self._process.pid)
        self._restart_at = None

    def revive(self) -> str | None:
        """Start the process again if it died and its pause is over; returns what happened, for a person."""
        if self.running or self._process is None:
            return None
        now = time.monotonic()
        if self._restart_at is None:
            pause = self._backoff.next_seconds()
            self._restart_at = now + pause
            status = self._process.returncode
            return f"{self.name} ended with status {status}, again in {pause:.3g} s; see {self.log_file}"
        if now >= self._restart_at:
            self.start()
            return f"{self.name} started again"
        return None

    def stop(self, seconds_max: float) -> bool:
        """Ask the process to end and wait; returns whether it did so by itself."""
        process, self._process = self._process, None
        self._note_file.unlink(missing_ok=True)
        if process is None or process.poll() is not None:
            return True
        process.terminate()
        try:
            process.wait(seconds_max)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
        return True


def turn_over(log_file: Path) -> None:
    """Keep a log bounded: a large one becomes the old one."""
    if log_file.exists() and log_file.stat().st_size > LOG_BYTES_MAX:
        log_file.replace(log_file.with_suffix(f"{log_file.suffix}.old"))
