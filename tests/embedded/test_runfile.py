"""The run file tells where a stack is, and its lock keeps a second one away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from giants.embedded.errors import AlreadyRunningError
from giants.embedded.runfile import RUN_FILE, RunFile, claimed, read_run_file, write_run_file


def run_file(data_dir: Path, pid: int) -> RunFile:
    return RunFile(pid=pid, broker="127.0.0.1:1", api="http://127.0.0.1:2", data=str(data_dir), epoch=3)


def test_a_running_stack_is_found_by_its_run_file_and_gone_after_its_end(tmp_path: Path) -> None:
    with claimed(tmp_path):
        assert read_run_file(tmp_path) is None
        write_run_file(tmp_path, run_file(tmp_path, os.getpid()))
        assert read_run_file(tmp_path) == run_file(tmp_path, os.getpid())
    assert not (tmp_path / RUN_FILE).exists()


def test_the_run_file_of_a_dead_stack_is_recognised(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    write_run_file(tmp_path, run_file(tmp_path, ended.pid))
    assert read_run_file(tmp_path) is None
    with claimed(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b'{"pid": 1}', b"\xff\xfe"])
def test_a_damaged_run_file_is_no_stack(content: bytes, tmp_path: Path) -> None:
    (tmp_path / RUN_FILE).write_bytes(content)
    assert read_run_file(tmp_path) is None


def test_a_second_stack_on_the_same_folder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with claimed(tmp_path):
        with pytest.raises(AlreadyRunningError, match="it is still starting"), claimed(tmp_path):
            pass
        write_run_file(tmp_path, run_file(tmp_path, os.getpid()))
        with pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}, API http"), claimed(tmp_path):
            pass
        assert read_run_file(tmp_path) is not None, "the refused one must leave the run file alone"
    with claimed(tmp_path):
        pass
