"""An end that comes for sure.

A library that waits for ever while it says goodbye, as Faust's consumer was seen to beside a coordinator that
had just died, must not keep a process from ending. What a worker holds is durable or comes again, so it may
end at any moment; whoever told it to would otherwise have to kill it.
"""

import os
import sys
import threading


def end_within(seconds: float) -> None:
    """Let this process end so many seconds from now at the latest."""
    timer = threading.Timer(seconds, _end, (seconds,))
    timer.daemon = True
    timer.start()


def _end(seconds: float) -> None:
    sys.stderr.write(f"could not say goodbye within {seconds:g} s: ending without; nothing is lost\n")
    sys.stderr.flush()
    os._exit(0)
