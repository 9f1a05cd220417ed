"""The tutorial, command by command as it is printed, up to the message that a channel gets."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from docs.generate import FOLDER
from tests.delivery.receivers import Receiver, receiving
from tests.docs.fenced import Example, examples
from tests.stack import PARTITIONS, Stack, running_stack
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(600)
COMMAND_SECONDS_MAX = 120
WAIT_SECONDS_MAX = 120.0
ADDRESS = "https://hooks.slack.com/services/YOUR/OWN/ADDRESS"
TUTORIAL: list[Example] = [one for one in examples() if one.page == "docs/tutorial.md"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """What `giants up` of the tutorial starts; here a webhook may be on this machine."""
    folder = tmp_path_factory.mktemp("tutorial")
    with running_stack(folder / "data", GIANTS_WEBHOOK_ALLOW_PRIVATE="true") as running:
        yield running


def test_the_tutorial_ends_in_a_message_about_each_list(stack: Stack) -> None:
    folder = stack.data_dir.parent
    giants = folder / "bin" / "giants"
    giants.parent.mkdir()
    giants.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m giants.cli "$@"\n')
    giants.chmod(0o755)
    environment = dict(os.environ) | {
        "PATH": f"{giants.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join((str(FOLDER.parent), os.environ.get("PYTHONPATH", ""))),
        "GIANTS_DATA_DIR": str(stack.data_dir),
        "GIANTS_PARTITIONS": PARTITIONS,
        "NO_COLOR": "1",
    }
    with receiving() as channel:
        commands = [command for one in TUTORIAL if one.language == "sh" for command in one.commands]
        assert commands.count("giants up") == 1
        for command in commands:
            if command == "giants up":
                _write_watchlist(folder, channel.url)
                continue
            if command.startswith("giants deliveries"):
                wait_for("messages about both lists", lambda: len(_texts(channel)) >= 2, WAIT_SECONDS_MAX)
            ran = subprocess.run(
                ["/bin/bash", "-ec", command],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=COMMAND_SECONDS_MAX,
                check=False,
            )
            assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        told = "\n".join(_texts(channel))
    assert "40 companies (40 designated)" in told
    assert "decertified" in told
    assert "delivered" in ran.stdout


def _write_watchlist(folder: Path, address: str) -> None:
    """The printed watchlist, but for the address, which stands for the reader's own."""
    (example,) = [one for one in TUTORIAL if one.language == "json"]
    assert ADDRESS in example.text
    (folder / "watch.jsonl").write_text(example.text.replace(ADDRESS, address), encoding="utf-8")


def _texts(channel: Receiver) -> list[str]:
    """What each message says; all are of Slack's shape."""
    bodies = [orjson.loads(one.body) for one in channel.received]
    return ["\n".join(one["text"]["text"] for one in body["blocks"] if "text" in one) for body in bodies]
