"""A command that runs beside a test."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from giants.settings import Settings
from tests.chaos.run import environment
from tests.waiting import wait_for

COMMAND_SECONDS_MAX = 300.0


class Command:
    """The command; what it prints is in a file."""

    def __init__(self, settings: Settings, log_file: Path, *words: str, **more: str) -> None:
        self.log_file = log_file
        own = {name: value for name, value in os.environ.items() if not name.startswith("GIANTS_")}
        with log_file.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "giants.cli", *words],
                env=own | environment(settings) | {"NO_COLOR": "1", "COLUMNS": "200"} | more,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def wait_until(self, what: str, look: Callable[[], object]) -> None:
        """Wait for something that the command does; it must not have ended without it."""

        def seen_or_ended() -> bool:
            ended = self.process.poll() is not None
            return bool(look()) or ended

        wait_for(what, seen_or_ended, COMMAND_SECONDS_MAX)
        assert look(), self.log

    def wait_until_printed(self, text: str) -> None:
        self.wait_until(f"{text!r} to be printed", lambda: text in self.log)

    def wait_until_ended_well(self) -> None:
        assert self.process.wait(COMMAND_SECONDS_MAX) == 0, self.log
