"""A disk in memory for tests of local copies."""

from collections.abc import Iterator, Mapping


class MemoryDisk:
    """See `streams.local_state.Disk`."""

    def __init__(self) -> None:
        self.contents: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.contents.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter([(key, self.contents[key]) for key in sorted(self.contents) if key.startswith(prefix)])

    def write(self, entries: Mapping[bytes, bytes | None]) -> None:
        for key, value in entries.items():
            if value is None:
                self.contents.pop(key, None)
            else:
                self.contents[key] = value

    def clear(self, prefix: bytes) -> None:
        for key in [key for key in self.contents if key.startswith(prefix)]:
            del self.contents[key]
