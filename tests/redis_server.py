"""A real Redis server on loopback, which can be killed and started again; it keeps nothing."""

import os
import shutil
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Final, Self

import pytest

from giants.embedded.broker import LOOPBACK, free_port
from giants.embedded.parent_watch import bound_to_parent
from tests.waiting import wait_for

PROGRAMS: Final = ("redis-server", "valkey-server")


class RedisServer:
    """Runs until the block ends; the test is skipped where there is no server, or no client of it."""

    def __init__(self, folder: Path) -> None:
        self._program: Final = next(filter(None, map(shutil.which, PROGRAMS)), "")
        if not self._program:
            pytest.skip(f"none of {', '.join(PROGRAMS)} is installed")
        if find_spec("redis") is None:
            pytest.skip("the extra `redis` is not installed")
        self._folder: Final = folder
        self._port: Final = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url: Final = f"redis://{LOOPBACK}:{self._port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [self._program, "--bind", LOOPBACK, "--port", str(self._port), "--save", ""]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                bound_to_parent([*command, "--dir", str(self._folder)], SIGKILL), stdout=log, stderr=log
            )
        wait_for("the Redis server", self._listens)

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Let it answer nothing."""
        self._signal(SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "redis.log").read_text()
        with socket.socket() as client:
            return client.connect_ex((LOOPBACK, self._port)) == 0
