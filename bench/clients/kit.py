"""What all clients are given, and how they tell what they took."""

import json
import sys
import time
from dataclasses import dataclass
from typing import Final

VALUE: Final = b"x" * 300
RECORDS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Order:
    """Send so many records to the partitions of a topic, then read them."""

    broker: str
    topic: str
    records: int
    partitions: int
    interface: str


def given_order() -> Order:
    """The order on the command line."""
    broker, topic, records, partitions, interface = sys.argv[1:]
    return Order(broker, topic, int(records), int(partitions), interface)


class Clock:
    """Time of a processor, in microseconds a record."""

    def __init__(self, records: int) -> None:
        self._records = records
        self._began = time.process_time()
        self._figures: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Note what it took since the last lap."""
        now = time.process_time()
        self._figures[name] = (now - self._began) / self._records * 1e6
        self._began = time.process_time()

    def tell(self) -> None:
        """Print the figures for the program that asked."""
        sys.stdout.write(json.dumps(self._figures) + "\n")
