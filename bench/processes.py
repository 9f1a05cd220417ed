"""Processes that are measured: started, frozen, ended by their own ids; their processor time and memory."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from giants.embedded.parent_watch import bound_to_parent

STOP_SECONDS_MAX: Final = 30.0
_TAIL_CHARACTERS: Final = 2_000
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


class EndedError(Exception):
    """A process that is measured ended by itself."""

    def __init__(self, name: str, status: int, log_tail: str) -> None:
        super().__init__(f"{name} ended by itself with status {status}; the end of its log:\n{log_tail}")


class Measured:
    """A process under measurement; a context manager that ends it. It does not outlive this program."""

    def __init__(
        self, name: str, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name, self.log_file = name, folder / f"{name}.log"
        self._command, self._environment = [str(word) for word in command], {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, or start it again."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                bound_to_parent(self._command, signal.SIGKILL),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """Ask it to end, then kill it."""
        process = self._running
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait(self) -> None:
        """Wait until it has done its work and ended. Raises `EndedError` where it failed."""
        status = self._running.wait()
        if status != 0:
            raise EndedError(self.name, status, self.log_tail)

    def kill(self) -> None:
        """Kill it with SIGKILL, and wait until it is gone."""
        self._running.kill()
        self._running.wait()

    def freeze(self) -> None:
        """Stop it where it stands, so that a load can be laid out for it."""
        self._running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._running.send_signal(signal.SIGCONT)

    def check(self) -> None:
        """Raise `EndedError` where it is gone."""
        status = self._running.poll()
        if status is not None:
            raise EndedError(self.name, status, self.log_tail)

    @property
    def log_tail(self) -> str:
        """The end of what it printed."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")[-_TAIL_CHARACTERS:]

    @property
    def processor_seconds(self) -> float:
        """Processor time so far, of user and system."""
        return processor_seconds(self._running.pid)

    @property
    def memory_mb(self) -> int:
        """The most memory it held so far."""
        return memory_mb(self._running.pid)

    @property
    def pid(self) -> int:
        """Its id."""
        return self._running.pid

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"{self.name} was never started"
        return self._process


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took: seconds by the clock, processor seconds, and the most memory it held."""

    seconds: float
    processor_seconds: float
    memory_mb: int


def run_measured(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run a command to its end, its output thrown away. Raises `CalledProcessError` where it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Spent(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def processor_seconds(pid: int) -> float:
    """Processor time of a process so far, of user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def memory_mb(pid: int, *, peak: bool = True) -> int:
    """Resident memory of a process in megabytes: the most it held, or what it holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    field = "VmHWM:" if peak else "VmRSS:"
    return int(status.partition(field)[2].split()[0]) // 1024
