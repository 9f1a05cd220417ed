"""Garbage in processes that hold many small objects and make hardly any cycles."""

import gc
from typing import Final

# Allocations before the youngest objects are looked at, and how often the older ones are.
_THRESHOLDS: Final = (50_000, 50, 100)


def look_for_garbage_seldom() -> None:
    """Look for cycles seldom: with the limits of the interpreter a tenth of the time of a worker, and of a
    store, goes into looking at the same millions of objects again and again (bench/pipeline.py), and as much
    of the time until a command begins, which makes modules.
    """
    gc.set_threshold(*_THRESHOLDS)


def pass_over_what_is_there() -> None:
    """Look no more at what a process made to begin with: modules, models, routes.

    To be called when it is ready. A look at all of that takes a quarter of a second, in which a server
    answers nobody.
    """
    gc.collect()
    gc.freeze()
