"""How fast this machine is just now: seconds of different days and machines compare by it.

python -m bench.yardstick
"""

import time
from statistics import median
from typing import Final

_LOOPS: Final = 200_000
_RUNS: Final = 21


def yardstick_ms() -> float:
    """Processor milliseconds of a fixed loop of Python, the median of some runs."""
    return round(median(_loop() for _ in range(_RUNS)) * 1000, 1)


def _loop() -> float:
    began = time.process_time()
    counts: dict[int, int] = {}
    for number in range(_LOOPS):
        counts[number & 1023] = counts.get(number & 1023, 0) + 1
    return time.process_time() - began


if __name__ == "__main__":
    print(f"{yardstick_ms()} ms")
