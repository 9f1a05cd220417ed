"""The delivery in a process that a test can kill: `python -m tests.delivery.process`, set by environment."""

import threading

from giants.delivery.consumer import run_delivery
from giants.settings import Settings

if __name__ == "__main__":
    run_delivery(Settings(), threading.Event())
