"""Waiting for a condition, which is how tests wait: never by the clock alone."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.02


def wait_for(what: str, look: Callable[[], T | None], seconds_max: float = 60.0) -> T:
    """Return what `look` finds as soon as it finds something; fails, saying what was waited for."""
    deadline = time.monotonic() + seconds_max
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"after {seconds_max:.0f} s still waiting for {what}"
        time.sleep(POLL_SECONDS)
