"""What is kept of the portfolio: its families as they are written, in memory or on the local disk, and there
names as well.

A family is looked at when another version of it comes, which is seldom, and its entry is written once. So it
stays the bytes of its entry: they take less memory than what they say, and nothing is made of them when the
state is restored.
"""

from collections.abc import Iterator, MutableMapping
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec

from giants.decoding.frames import encode
from giants.domain.portfolio import Assignees, FamilyRecord
from streams.local_state import LocalStateStore

FAMILY: Final = b"f"
ASSIGNMENT: Final = b"a"
# No entry of the changelog: it follows from the families.
_CARRIED: Final = b"i"
_LENGTH_BYTES: Final = 4
# Names of a partition, those that are nobody's among them, that are looked up on the disk once.
_NAMES_CACHED: Final = 8_192
_decode: Final = msgspec.msgpack.Decoder(FamilyRecord).decode


class Entries(Protocol):
    """Entries by key, as `streams.local_state.LocalStateStore` has them."""

    def get(self, key: bytes) -> bytes | None:
        """The value of an entry."""

    def put(self, key: bytes, value: bytes | None) -> None:
        """Change an entry, None to delete it."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The entries whose key begins so."""


class EntriesInMemory(dict[bytes, bytes]):
    """Entries in a dictionary."""

    def put(self, key: bytes, value: bytes | None) -> None:
        """See `Entries`."""
        if value is None:
            self.pop(key, None)
        else:
            self[key] = value

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """See `Entries`."""
        return ((key, value) for key, value in self.items() if key.startswith(prefix))


class FamiliesState(MutableMapping[str, FamilyRecord]):
    """Families by id, made from their entries when they are asked for."""

    def __init__(self, entries: Entries) -> None:
        self.entries: Final = entries

    def get(self, family_id: str, default: Any = None) -> Any:
        """The record of a family: most that are asked for are new, and an error for each would cost more."""
        value = self.entries.get(FAMILY + family_id.encode())
        return default if value is None else _decode(value)

    def __getitem__(self, family_id: str) -> FamilyRecord:
        record: FamilyRecord | None = self.get(family_id)
        if record is None:
            raise KeyError(family_id)
        return record

    def __setitem__(self, family_id: str, record: FamilyRecord) -> None:
        self.entries.put(FAMILY + family_id.encode(), encode(record))

    def __delitem__(self, family_id: str) -> None:
        self.entries.put(FAMILY + family_id.encode(), None)

    def __iter__(self) -> Iterator[str]:
        return (key[len(FAMILY) :].decode() for key, _ in self.entries.scan(FAMILY))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def entry(self, key: bytes) -> bytes:
        """An entry of the changelog. Raises KeyError where it is not there."""
        value = self.entries.get(key)
        if value is None:
            raise KeyError(key)
        return value


class NamesOnDisk(MutableMapping[str, str]):
    """Companies by lookup key, read when they are asked for: there are as many in each partition."""

    def __init__(self, copy: LocalStateStore) -> None:
        self._copy: Final = copy
        self._company_of: Final = lru_cache(maxsize=_NAMES_CACHED)(self._read)

    def get(self, key: str, default: Any = None) -> Any:
        """The company of a key. Most are nobody's, and an error for each would cost more."""
        return self._company_of(key) or default

    def __getitem__(self, key: str) -> str:
        company_id = self._company_of(key)
        if not company_id:
            raise KeyError(key)
        return company_id

    def __setitem__(self, key: str, company_id: str) -> None:
        self._copy.put(ASSIGNMENT + key.encode(), company_id.encode())
        self._company_of.cache_clear()

    def __delitem__(self, key: str) -> None:
        self[key] = ""

    def __iter__(self) -> Iterator[str]:
        return (key[len(ASSIGNMENT) :].decode() for key, value in self._copy.scan(ASSIGNMENT) if value)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, key: str) -> str:
        """The company, nothing where there is none."""
        return (self._copy.get(ASSIGNMENT + key.encode()) or b"").decode()


class AssigneeIndexInMemory:
    """The families that carry a name, in memory; see `giants.domain.portfolio.AssigneeIndex`.

    A family is looked for by its names where one of them changes hands, which is seldom: it waits until
    somebody asks, which may be long after it came or was restored.
    """

    def __init__(self, families: FamiliesState) -> None:
        self._families: Final = families
        self._carried: dict[Assignees, set[str]] = {}  # a family is one entry, whatever names it carries
        self._by_key: dict[str, list[set[str]]] = {}
        self._waiting: list[str] = []
        self.is_made = False  # somebody asked, so that changes have to be followed; before, all families wait

    def carry(self, family_id: str, before: Assignees | None, after: Assignees) -> None:
        """Note the assignees of a family."""
        if not self.is_made:
            return
        if before in self._carried:
            self._carried[before].discard(family_id)
        self._waiting.append(family_id)

    def of(self, key: str) -> Iterator[str]:
        """The families that carry a key."""
        waiting = self._waiting if self.is_made else self._families
        self.is_made, self._waiting = True, []
        for family_id in waiting:
            self._index(family_id, self._families[family_id].assignees)
        return (family_id for carried in self._by_key.get(key, ()) for family_id in carried)

    def _index(self, family_id: str, assignees: Assignees) -> None:
        carried = self._carried.get(assignees)
        if carried is None:
            carried = self._carried[assignees] = set()
            for key in _keys(assignees):
                self._by_key.setdefault(key, []).append(carried)
        carried.add(family_id)


class AssigneeIndexOnDisk:
    """An entry for each lookup key of each family; see `giants.domain.portfolio.AssigneeIndex`."""

    is_made: Final = True

    def __init__(self, copy: LocalStateStore) -> None:
        self._copy: Final = copy

    def carry(self, family_id: str, before: Assignees | None, after: Assignees) -> None:
        """Note the assignees of a family."""
        name = family_id.encode()
        for key in _keys(before or ()):
            self._copy.put(_prefix(key) + name, None)
        for key in _keys(after):
            self._copy.put(_prefix(key) + name, b"")

    def of(self, key: str) -> Iterator[str]:
        """The families that carry a key."""
        prefix = _prefix(key)
        return (entry[len(prefix) :].decode() for entry, _ in self._copy.scan(prefix))


def decoded(value: bytes) -> FamilyRecord:
    """The record in an entry."""
    return _decode(value)


def _keys(assignees: Assignees) -> set[str]:
    return {key for keys in assignees for key in keys}


def _prefix(key: str) -> bytes:
    """Begins no entry of another key, whatever characters the keys have."""
    name = key.encode()
    return _CARRIED + len(name).to_bytes(_LENGTH_BYTES, "big") + name
