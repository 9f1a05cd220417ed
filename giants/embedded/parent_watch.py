"""Start a program that does not outlive the process that started it.

`python -m giants.embedded.parent_watch PARENT SIGNAL PROGRAM ARGUMENT…` asks the kernel to send SIGNAL
when the process PARENT ends, however it ends, and then becomes PROGRAM. Without this a killed
supervisor would leave a broker and an open ClickHouse behind. Only Linux offers it; elsewhere the program
simply starts.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def bound_to_parent(command: list[str], end_signal: signal.Signals) -> list[str]:
    """Return the command line that runs `command` bound_to_parent to the calling process."""
    return [sys.executable, "-m", __name__, str(os.getpid()), str(int(end_signal)), *command]


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the program."""
    parent, end_signal, *command = arguments
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, int(end_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
        if os.getppid() != int(parent):  # it ended before the kernel was asked
            sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
