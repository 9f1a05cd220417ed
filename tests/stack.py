"""A whole stack of real processes, and the commands run against it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import wait_for

STOP_SECONDS_MAX = 90.0
COMMAND_SECONDS_MAX = 120.0
PARTITIONS = "2"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack; `ready` is the line that it printed."""

    process: subprocess.Popen[str]
    ready: dict[str, str]
    data_dir: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def giants(self, *arguments: str) -> Ran:
        """Run a command against this stack."""
        return giants(*arguments, data_dir=self.data_dir, **self.environment)

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at a path of the API, below `/api/v1`."""
        return self._answer(path, **parameters).json()

    def rows(self, table: str) -> list[Any]:
        """A whole table, as `giants export` writes it, without a process for each."""
        return [json.loads(line) for line in self._answer(f"/export/{table}").text.splitlines()]

    def child(self, name: str) -> int:
        """Process id of a child by what stands in its command line."""
        return wait_for(f"the process {name}", lambda: _child(self.process.pid, name))

    def stop(self) -> int:
        """End it as a service manager would; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS_MAX)

    def _answer(self, path: str, **parameters: Any) -> httpx.Response:
        key = self.environment.get("GIANTS_API_KEY")
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        url = f"{self.ready['api']}/api/v1{path}"
        return httpx.get(url, params=parameters, headers=headers, timeout=60).raise_for_status()


def giants(*arguments: str, data_dir: Path, **environment: str) -> Ran:
    """Run a command on a data folder."""
    done = subprocess.run(
        [sys.executable, "-m", "giants.cli", *arguments],
        env=_environment(data_dir) | environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS_MAX,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@contextmanager
def running_stack(data_dir: Path, **environment: str) -> Iterator[Stack]:
    """Run `giants up --json` until the block ends."""
    log = data_dir.with_suffix(".up.log")
    with (
        log.open("a") as err,
        subprocess.Popen(
            [sys.executable, "-m", "giants.cli", "up", "--json"],
            env=_environment(data_dir) | environment,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"the stack did not start:\n{log.read_text()}"
            yield Stack(process, json.loads(line), data_dir, environment)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS_MAX)
                except subprocess.TimeoutExpired:
                    process.kill()


def children(pid: int) -> list[int]:
    """Process ids of the children of a process."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def _child(pid: int, name: str) -> int | None:
    for child in children(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # one that ended meanwhile
            if name in Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0"):
                return child
    return None


def _environment(data_dir: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIANTS_")}
    return own | {
        "GIANTS_DATA_DIR": str(data_dir),
        "GIANTS_CLOCK": "false",
        "GIANTS_PARTITIONS": PARTITIONS,
        "NO_COLOR": "1",
    }
