"""One real broker for all tests of a session; topics of different tests are told apart by their prefix."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from giants.embedded.broker import start_broker


@contextmanager
def running_broker(folder: Path) -> Iterator[str]:
    """Run the embedded broker; yields host:port."""
    broker = start_broker(folder / "broker.log")
    try:
        yield broker.address
    finally:
        broker.stop()
