"""The stack of the demo: `giants up` in a process of its own, on a data folder of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from giants.embedded.runfile import LOCK_FILE, claimed
from giants.errors import GiantsError
from giants.settings import Settings

STOP_SECONDS_MAX: Final = 90.0


class DemoError(GiantsError):
    """The demo can't go on."""


def clean(folder: Path) -> None:
    """Remove what an earlier demo left; refuses a folder that is no stack's. Raises `AlreadyRunningError`."""
    if not folder.exists():
        return
    if any(folder.iterdir()) and not (folder / LOCK_FILE).exists():
        raise DemoError(f"{folder} holds something else than a demo: name another folder with --folder")
    with claimed(folder):
        pass
    shutil.rmtree(folder)


@contextmanager
def stack(folder: Path) -> Iterator[Settings]:
    """Run the embedded stack on a folder; yields settings that reach it. Days are given by the demo."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIANTS_")}
    port = {name: value for name, value in os.environ.items() if name == "GIANTS_API_PORT"}
    environment = kept | port
    environment |= {"GIANTS_DATA_DIR": str(folder), "GIANTS_CLOCK": "false"}
    with subprocess.Popen(
        [sys.executable, "-m", "giants.cli", "up", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            ready = process.stdout.readline() if process.stdout is not None else ""
            if not ready:
                raise DemoError(f"the stack did not start; its logs are in {folder / 'logs'}")
            addresses = json.loads(ready)
            yield Settings(
                broker=addresses["broker"],
                broker_quirks="embedded",
                api_url=addresses["api"],
                data_dir=folder,
                clock=False,
            )
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
