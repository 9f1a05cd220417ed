"""Waiting for a condition, never for a time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DEADLINE_SECONDS = 60.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {DEADLINE_SECONDS:.0f} seconds for {what}")
        pause.wait(0.02)


@contextmanager
def running(target: Callable[[threading.Event], None]) -> Iterator[threading.Event]:
    """Run something in a thread until the block ends; what it raises is raised here."""
    stop, errors = threading.Event(), []

    def body() -> None:
        try:
            target(stop)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive(), "it did not stop"
    if errors:
        raise errors[0]
