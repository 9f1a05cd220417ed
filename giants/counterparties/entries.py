"""The entries of a list in force, packed: a million of them are in memory."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from giants.matching import Query
from schemas.portfolios import Counterparty


class PackedEntry(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What matching and alerts need of an entry."""

    entry_id: str
    name: str
    place: str | None = None
    uscc: str | None = None
    other_names: tuple[str, ...] = ()
    reference: str | None = None

    @classmethod
    def of(cls, entry: Counterparty) -> "PackedEntry":
        """What counts of an entry of the contract."""
        others = ((entry.name_en,) if entry.name_en else ()) + entry.former_names
        return cls(entry.entry_id, entry.name, entry.place, entry.uscc, others, entry.reference)

    @property
    def query(self) -> Query:
        """The entry as the matcher is asked for it."""
        return Query(self.name, self.place, self.uscc, self.other_names)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PackedEntry).decode
FirstSeen = Mapping[str, tuple[int, int]]


class EntryTable:
    """Entries in the order of their ids, each with the instant from which on it is in the list as it is."""

    def __init__(self, entries: Iterable[PackedEntry], seen_ms: int, before: FirstSeen) -> None:
        """`before` has the signature and instant of entries that were in the list already."""
        packed = bytearray()
        self._ends = array("I")
        self._signatures = array("q")
        self._first_seen = array("q")
        for entry in sorted(entries, key=lambda one: one.entry_id):
            packed += _encode(entry)
            signature = hash((entry.name, entry.place, entry.uscc, entry.other_names))
            known = before.get(entry.entry_id)
            self._ends.append(len(packed))
            self._signatures.append(signature)
            self._first_seen.append(known[1] if known is not None and known[0] == signature else seen_ms)
        self._packed = bytes(packed)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, place: int) -> PackedEntry:
        begin = self._ends[place - 1] if place else 0
        return _decode(memoryview(self._packed)[begin : self._ends[place]])

    def __iter__(self) -> Iterator[PackedEntry]:
        return (self[place] for place in range(len(self)))

    def first_seen_ms(self, place: int) -> int:
        """From when on the entry is in the list with these names."""
        return self._first_seen[place]

    def place_of(self, entry_id: str) -> int | None:
        """Where an entry stands; None where there is none of this id."""
        place = bisect_left(range(len(self)), entry_id, key=lambda at: self[at].entry_id)
        return place if place < len(self) and self[place].entry_id == entry_id else None

    def first_seen(self) -> FirstSeen:
        """Signature and instant of each entry, for the list that replaces this one."""
        return {
            entry.entry_id: (self._signatures[place], self._first_seen[place])
            for place, entry in enumerate(self)
        }
