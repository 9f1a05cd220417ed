"""The local disk of a simulated worker: writes take effect wholly or not at all, and it may end in between.

What a worker finds on it when it starts is whatever the world did meanwhile: its copies as they were left,
those of some time ago, those of another worker, none, or those of another cluster.
"""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import msgspec

from streams.local_state import Checkpoint
from tests.simulation.broker import Crash, SimulatedLog

_STANDING_SUFFIX = b"\x00standing"


class SimulatedDisk:
    """A mapping in memory; `history` holds what was on it after each write."""

    def __init__(self, random: Random, log: SimulatedLog, contents: Mapping[bytes, bytes]) -> None:
        self._random, self._log = random, log
        self._contents = dict(contents)
        self._history: list[dict[bytes, bytes]] = []

    @property
    def contents(self) -> dict[bytes, bytes]:
        """What is on it now."""
        return dict(self._contents)

    def earlier(self) -> dict[bytes, bytes]:
        """What was on it at some time."""
        return self._random.choice([*self._history, self.contents])

    def get(self, key: bytes) -> bytes | None:
        """See `streams.local_state.Disk`."""
        return self._contents.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """See `streams.local_state.Disk`."""
        return iter([(key, self._contents[key]) for key in sorted(self._contents) if key.startswith(prefix)])

    def write(self, entries: Mapping[bytes, bytes | None]) -> None:
        """See `streams.local_state.Disk`; the worker may end before or after it takes effect."""
        self._may_crash()
        if self._random.random() < 0.05:
            self._history.append(self.contents)
        for key, value in entries.items():
            if value is None:
                self._contents.pop(key, None)
            else:
                self._contents[key] = value
        self._may_crash()

    def clear(self, prefix: bytes) -> None:
        """See `streams.local_state.Disk`."""
        self._may_crash()
        for key in [key for key in self._contents if key.startswith(prefix)]:
            del self._contents[key]

    def _may_crash(self) -> None:
        if self._random.random() < self._log.faults.crash:
            self._log.is_dead = True
        if self._log.is_dead:
            raise Crash


def of_another_cluster(contents: Mapping[bytes, bytes], random: Random) -> dict[bytes, bytes]:
    """Copies that look as if they belonged here, but for one thing each; whoever used them would be wrong."""
    return {
        key: _misleading(value, random) if key.endswith(_STANDING_SUFFIX) else value[:-1] + b"\x7f"
        for key, value in contents.items()
        if value
    }


def _misleading(value: bytes, random: Random) -> bytes:
    checkpoint = msgspec.msgpack.decode(value, type=Checkpoint)
    changes: list[dict[str, Any]] = [
        {"topic_id": "of another topic of the same name"},
        {"topic_id": ""},
        {"next_offset": checkpoint.next_offset + 1_000_000},  # the changelog lost what it had
        {"format": checkpoint.format + 1},
    ]
    return msgspec.msgpack.encode(msgspec.structs.replace(checkpoint, **random.choice(changes)))
