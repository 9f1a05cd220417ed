"""The troupe: the processes of the product, started, killed by their own ids, frozen, asked to go."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Final, Self

from giants.embedded.process import Child
from tests.waiting import wait_for

STOP_SECONDS_MAX: Final = 60.0


class ProcessGroup:
    """The processes, by name; a context manager that leaves none behind."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._environment = folder, dict(environment)
        self._children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children.values():
            if child.pid is not None:
                os.kill(child.pid, SIGCONT)
                os.kill(child.pid, SIGKILL)
            child.stop(STOP_SECONDS_MAX)

    def add(self, name: str, command: str, **environment: str) -> None:
        """Start `giants COMMAND` under a name."""
        self._children[name] = Child(
            name,
            [sys.executable, "-m", "giants.cli", command],
            self._environment | environment,
            self._folder / "logs" / f"{name}.log",
        )
        self._children[name].start()

    def log_file(self, name: str) -> Path:
        """Where a process writes its log."""
        return self._children[name].log_file

    def pid(self, name: str) -> int:
        """The id of a process; it has to run: one that ended by itself is a defect."""
        pid = self._children[name].pid
        assert pid is not None, f"{name} ended by itself; see {self.log_file(name)}"
        return pid

    def kill(self, name: str) -> None:
        """Kill a process, and wait until it is gone."""
        os.kill(self.pid(name), SIGKILL)
        wait_for(f"{name} to be gone", lambda: not self._children[name].running)

    def freeze(self, name: str) -> None:
        """Stop a process where it stands."""
        os.kill(self.pid(name), SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen process go on."""
        os.kill(self.pid(name), SIGCONT)

    def leave(self, name: str) -> None:
        """Ask a process to end, and wait until it has; it has to end by itself."""
        self.pid(name)
        assert self._children[name].stop(STOP_SECONDS_MAX), f"{name} had to be killed; {self.log_file(name)}"

    def start(self, name: str) -> None:
        """Start a process again."""
        self._children[name].start()

    def is_running(self, name: str) -> bool:
        """Whether a process is alive, be it frozen."""
        return self._children[name].running

    def leave_all(self) -> None:
        """Ask all that run to end, one after the other."""
        for name, child in self._children.items():
            if child.running:
                self.leave(name)
