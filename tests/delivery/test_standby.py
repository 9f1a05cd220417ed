"""The lock that says which delivery is active."""

import threading
from pathlib import Path

from giants.delivery.standby import active_alone
from tests.waiting import wait_for


def test_the_next_is_active_once_the_first_is_gone(tmp_path: Path) -> None:
    stop, took_over = threading.Event(), threading.Event()

    def second() -> None:
        with active_alone(tmp_path, stop) as is_active:
            if is_active:
                took_over.set()

    with active_alone(tmp_path, stop) as is_active:
        assert is_active
        thread = threading.Thread(target=second)
        thread.start()
        assert not took_over.is_set()
    wait_for("the second", took_over.is_set)
    thread.join()


def test_who_is_told_to_end_while_it_stands_by_was_never_active(tmp_path: Path) -> None:
    stop = threading.Event()
    with active_alone(tmp_path, threading.Event()):
        stop.set()
        with active_alone(tmp_path, stop) as is_active:
            assert not is_active
