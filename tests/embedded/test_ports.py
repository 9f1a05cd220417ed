"""The API has a fixed port; who has it is named where it is taken."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.embedded import ports
from giants.embedded.errors import PortTakenError
from giants.embedded.ports import api_port, owner_of
from giants.settings import API_PORT, Settings


def refuse(text: str) -> None:
    raise AssertionError(text)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield listener.getsockname()[1]


def test_a_port_that_is_taken_is_refused_with_its_owner_and_another_choice(taken: int) -> None:
    with (
        pytest.raises(PortTakenError) as refused,
        api_port(Settings(api_port=taken), may_differ=True, report=refuse),
    ):
        pass
    assert f"port {taken} is taken by process {os.getpid()} (" in str(refused.value)
    assert f"GIANTS_API_PORT={taken + 1} giants up" in str(refused.value)


def test_the_fixed_port_is_used_where_nobody_chose_and_a_free_one_where_that_may_be(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "API_PORT", taken)
    notes: list[str] = []
    with pytest.raises(PortTakenError), api_port(Settings(), may_differ=False, report=refuse):
        pass
    with api_port(Settings(), may_differ=True, report=notes.append) as port:
        assert port not in {0, taken}
    assert len(notes) == 1
    assert notes[0].startswith(f"port {taken} is taken by process {os.getpid()}")
    assert Settings().api_port is None
    assert API_PORT == 8470


def test_two_stacks_that_start_at_once_do_not_take_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    monkeypatch.setattr(ports, "API_PORT", free)
    with api_port(Settings(), may_differ=True, report=refuse) as first:
        assert first == free
        with api_port(Settings(), may_differ=True, report=lambda _: None) as second:
            assert second not in {0, free}
    with api_port(Settings(), may_differ=False, report=refuse) as again:
        assert again == free


def test_nobody_owns_a_free_port() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert owner_of(bound.getsockname()[1]) is None


def test_giants_up_ends_at_once_where_its_port_is_taken(taken: int, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "giants.cli", "up"],
        env=os.environ | {"GIANTS_DATA_DIR": str(tmp_path / "data"), "GIANTS_API_PORT": str(taken)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"error: port {taken} is taken by process {os.getpid()} (")
    assert not (tmp_path / "data" / "logs").exists(), "nothing must have been started"
