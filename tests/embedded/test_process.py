"""Child processes are bound_to_parent, ended, and started again when they die."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from giants import retry
from giants.embedded import process
from giants.embedded.process import Child, turn_over
from tests.waiting import wait_for

SLEEPER = "import signal, sys; print('up', flush=True); signal.pause()"
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True:
    signal.pause()
"""


def child(tmp_path: Path, code: str) -> Child:
    return Child(
        "child", [sys.executable, "-c", code], {"GIANTS_TOLD": "yes"}, tmp_path / "logs" / "child.log"
    )


def log_of(one: Child) -> str:
    return one.log_file.read_text() if one.log_file.exists() else ""


def test_a_child_hears_the_environment_writes_its_log_and_ends_when_asked(tmp_path: Path) -> None:
    one = child(tmp_path, f"import os; print(os.environ['GIANTS_TOLD'], flush=True); {SLEEPER}")
    one.start()
    wait_for("the child", lambda: "up" in log_of(one))
    assert log_of(one).startswith("yes")
    assert one.pid is not None
    assert one.stop(seconds_max=10)
    assert not one.running
    assert one.pid is None


def test_a_child_that_ignores_the_request_is_killed_and_that_is_said(tmp_path: Path) -> None:
    one = child(tmp_path, STUBBORN)
    one.start()
    wait_for("the child", lambda: "up" in log_of(one))
    assert not one.stop(seconds_max=0.2)
    assert not one.running


def test_a_child_that_died_is_started_again_after_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "BACKOFF_SECONDS_MIN", 0.01)
    one = child(tmp_path, SLEEPER)
    one.start()
    first = one.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    news = wait_for("news of the death", one.revive)
    assert "child ended with status -9" in news
    assert str(one.log_file) in news
    assert wait_for("the child again", one.revive) == "child started again"
    assert one.pid not in {None, first}
    assert one.failures == 1
    one.stop(seconds_max=10)
    assert one.revive() is None, "a child that was stopped stays stopped"


def test_pauses_grow_with_each_failure_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BACKOFF_SECONDS_MIN", 0.001)
    monkeypatch.setattr(process, "BACKOFF_SECONDS_MAX", 0.004)
    monkeypatch.setattr(retry, "JITTER", 0.0)
    one = child(tmp_path, "")
    one.start()
    pauses: list[str] = []
    while len(pauses) < 4:
        news = wait_for("news", one.revive)
        if "again in" in news:
            pauses.append(news.partition("again in ")[2].partition(" s;")[0])
    assert pauses == ["0.001", "0.002", "0.004", "0.004"]
    assert one.failures == 4
    one.stop(seconds_max=10)


def test_a_large_log_becomes_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOG_BYTES_MAX", 10)
    log = tmp_path / "a.log"
    log.write_text("short")
    turn_over(log)
    assert log.exists()
    log.write_text("longer than that")
    turn_over(log)
    assert not log.exists()
    assert (tmp_path / "a.log.old").read_text() == "longer than that"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent ended")
def test_a_tethered_program_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    report = tmp_path / "pid"
    inner = f"import os, signal; open({str(report)!r}, 'w').write(f'{{os.getpid()}} '); signal.pause()"
    outer = (
        "import subprocess, sys, signal\n"
        "from giants.embedded.parent_watch import bound_to_parent\n"
        f"subprocess.Popen(bound_to_parent([sys.executable, '-c', {inner!r}], signal.SIGKILL))\n"
        "signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", outer]) as parent:
        wait_for("the bound_to_parent program", lambda: report.exists() and report.read_text().endswith(" "))
        pid = int(report.read_text())
        parent.kill()
        parent.wait()
        wait_for("its end", lambda: _has_ended(pid))


def _has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
