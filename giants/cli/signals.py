"""Interrupts: the first asks for an orderly end, the second ends at once."""

import signal
import threading
from types import FrameType


def stop_on_signals(stop: threading.Event) -> None:
    """Set `stop` on SIGINT and SIGTERM; after that they have their usual force again."""

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
