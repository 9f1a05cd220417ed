"""A deadline for the shutdown of a process.

A library that waits without end while it disconnects must not hold up the shutdown; Faust's consumer was
seen to, with a coordinator that had just died. What a worker holds is durable or is delivered again, so it
may end at any moment.
"""

import os
import sys
import threading


def end_within(seconds: float) -> None:
    """End this process after so many seconds, unless it has ended by then."""
    timer = threading.Timer(seconds, _end, (seconds,))
    timer.daemon = True
    timer.start()


def _end(seconds: float) -> None:
    sys.stderr.write(f"shutdown took more than {seconds:g} s: ending now; nothing is lost\n")
    sys.stderr.flush()
    os._exit(0)
