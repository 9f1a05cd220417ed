"""A process whose shutdown hangs ends all the same."""

import subprocess
import sys


def run(program: str) -> "subprocess.CompletedProcess[str]":
    program = f"from streams.shutdown_deadline import end_within\n{program}"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_process_that_waits_for_ever_ends() -> None:
    ended = run("import threading\nend_within(0.1)\nthreading.Event().wait()")
    assert ended.returncode == 0
    assert "ending now" in ended.stderr


def test_a_process_that_ends_by_itself_is_not_delayed() -> None:
    ended = run("end_within(1_000)\nraise SystemExit(3)")
    assert (ended.returncode, ended.stderr) == (3, "")
