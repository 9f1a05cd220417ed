"""Garbage collection of processes that hold many small objects and make hardly any cycles."""

import gc
from typing import Final

# Allocations before the youngest generation is collected, and how often the older ones are.
_THRESHOLDS: Final = (50_000, 50, 100)


def look_for_garbage_seldom() -> None:
    """Collect rarely: with the interpreter's thresholds a tenth of the time of a worker or store goes into
    visiting the same millions of objects (bench/pipeline.py), and as much of the start of a command.
    """
    gc.set_threshold(*_THRESHOLDS)


def pass_over_what_is_there() -> None:
    """Never visit again what a process made at its start: modules, models, routes.

    To be called when it is ready. A full collection takes a quarter of a second, in which a server does not
    answer.
    """
    gc.collect()
    gc.freeze()
