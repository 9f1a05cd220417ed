"""State of the portfolio: families as the bytes of their entries, in memory or on the local disk, and names.

A family is decoded when another version of it comes, which is rare. Until then its bytes take less memory
than objects would, and nothing is decoded when the state is restored.
"""

from collections.abc import Iterator, MutableMapping
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec

from giants.decoding.frames import encode
from giants.domain.family_record import Assignees, FamilyRecord
from streams.local_state import LocalStateStore

FAMILY: Final = b"f"
ASSIGNMENT: Final = b"a"
# In the local store alone, not in the changelog: it follows from the families.
_CARRIED: Final = b"i"
_LENGTH_BYTES: Final = 4
# Looked-up names of one partition that stay in memory, also those that no company has.
_NAMES_CACHED: Final = 8_192
_decode: Final = msgspec.msgpack.Decoder(FamilyRecord).decode


class Entries(Protocol):
    """The part of `streams.local_state.LocalStateStore` that families need."""

    def get(self, key: bytes) -> bytes | None:
        """The value of an entry."""

    def put(self, key: bytes, value: bytes | None) -> None:
        """Change an entry, None to delete it."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The entries whose key begins with `prefix`."""


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
    """Families by id, decoded from their entries at each access."""

    def __init__(self, entries: Entries) -> None:
        self.entries: Final = entries

    def get(self, family_id: str, default: Any = None) -> Any:
        """The record of a family. Most are new when they are looked up, and a KeyError for each is slow."""
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
    """Companies by lookup key, on the disk: every partition holds all of them."""

    def __init__(self, store: LocalStateStore) -> None:
        self._store: Final = store
        self._company_of: Final = lru_cache(maxsize=_NAMES_CACHED)(self._read)

    def get(self, key: str, default: Any = None) -> Any:
        """The company of a key. Most keys have none, and a KeyError for each is slow."""
        return self._company_of(key) or default

    def __getitem__(self, key: str) -> str:
        company_id = self._company_of(key)
        if not company_id:
            raise KeyError(key)
        return company_id

    def __setitem__(self, key: str, company_id: str) -> None:
        self._store.put(ASSIGNMENT + key.encode(), company_id.encode())
        self._company_of.cache_clear()

    def __delitem__(self, key: str) -> None:
        self[key] = ""

    def __iter__(self) -> Iterator[str]:
        return (key[len(ASSIGNMENT) :].decode() for key, value in self._store.scan(ASSIGNMENT) if value)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, key: str) -> str:
        """The company; empty where there is none."""
        return (self._store.get(ASSIGNMENT + key.encode()) or b"").decode()


class AssigneeIndexInMemory:
    """The families that carry a name, in memory; see `giants.domain.portfolio.AssigneeIndex`.

    It is needed where a name passes to another company, which is rare, so it is built at the first look-up;
    before, and between look-ups, families that are new only wait.
    """

    def __init__(self, families: FamiliesState) -> None:
        self._families: Final = families
        self._carried: dict[Assignees, set[str]] = {}  # families by all the names that they carry
        self._by_key: dict[str, list[set[str]]] = {}
        self._waiting: list[str] = []
        self.is_made = False  # from the first look-up on; until then all families wait

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

    def __init__(self, store: LocalStateStore) -> None:
        self._store: Final = store

    def carry(self, family_id: str, before: Assignees | None, after: Assignees) -> None:
        """Note the assignees of a family."""
        name = family_id.encode()
        for key in _keys(before or ()):
            self._store.put(_prefix(key) + name, None)
        for key in _keys(after):
            self._store.put(_prefix(key) + name, b"")

    def of(self, key: str) -> Iterator[str]:
        """The families that carry a key."""
        prefix = _prefix(key)
        return (entry[len(prefix) :].decode() for entry, _ in self._store.scan(prefix))


def decoded(value: bytes) -> FamilyRecord:
    """The record in an entry."""
    return _decode(value)


def _keys(assignees: Assignees) -> set[str]:
    return {key for keys in assignees for key in keys}


def _prefix(key: str) -> bytes:
    """A prefix that begins the entries of no other key, whatever characters keys have."""
    name = key.encode()
    return _CARRIED + len(name).to_bytes(_LENGTH_BYTES, "big") + name
