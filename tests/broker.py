"""One real broker for all tests of a session; topics of different tests are told apart by their prefix."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from giants.embedded.broker import start_broker
from giants.settings import Settings


@contextmanager
def running_broker(folder: Path) -> Iterator[str]:
    """Run the embedded broker; yields host:port."""
    broker = start_broker(folder / "broker.log")
    try:
        yield broker.address
    finally:
        broker.stop()


def embedded(broker: str, **others: Any) -> Settings:
    """Settings as the processes of `giants up` have them: they know that the broker is the embedded one."""
    return Settings.model_validate({"broker": broker, "broker_quirks": "embedded"} | others)
