"""What a killed supervisor left behind is ended; what merely has the same number is left alone."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.embedded import orphans
from giants.embedded.orphans import end_orphans, note
from giants.embedded.process import Child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are told apart by /proc")

WELL_BEHAVED = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WELL_BEHAVED}"


class Left:
    """Processes that were started and noted, and that nobody waits for until the end of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[str]] = []

    def leave(self, name: str, code: str) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        self.processes.append(process)
        note(self.folder / f"{name}.pid", process.pid)
        return process


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Left]:
    with_processes = Left(tmp_path)
    yield with_processes
    for process in with_processes.processes:
        process.kill()
        process.communicate()


def test_what_was_left_is_asked_to_end_and_its_note_goes(left: Left) -> None:
    process = left.leave("serve", WELL_BEHAVED)
    told: list[str] = []
    end_orphans(left.folder, told.append)
    assert process.wait(10) == -signal.SIGTERM
    assert told == ["serve of a stack that was killed is still running: ending it"]
    assert list(left.folder.iterdir()) == []


def test_what_does_not_end_is_killed(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "END_SECONDS_MAX", 0.1)
    process = left.leave("worker-1", STUBBORN)
    end_orphans(left.folder, lambda _: None)
    assert process.wait(10) == -signal.SIGKILL


def test_a_process_that_got_the_number_later_is_left_alone(left: Left) -> None:
    process = left.leave("serve", WELL_BEHAVED)
    (left.folder / "serve.pid").write_text(f"{process.pid} 1\n")
    told: list[str] = []
    end_orphans(left.folder, told.append)
    assert process.poll() is None
    assert told == []


@pytest.mark.parametrize("text", ["", "x y", "4194305 12\n", "\n\n"])
def test_a_note_that_says_nothing_of_use_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "serve.pid").write_text(text)
    end_orphans(tmp_path, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_child_is_noted_while_it_runs_and_no_longer(tmp_path: Path) -> None:
    child = Child("child", [sys.executable, "-c", WELL_BEHAVED], {}, tmp_path / "child.log")
    child.start()
    pid = (tmp_path / "child.pid").read_text().split()[0]
    assert int(pid) == child.pid
    child.stop(seconds_max=10)
    assert not (tmp_path / "child.pid").exists()
