"""Names that others hold, indexed so that a company meets only those that may mean it.

The other way round of `CompanyIndex`: there a name asks for companies, here a company asks for names. Keys
are 64-bit hashes in sorted arrays, 12 bytes each, so that a million names fit. Arrays are merged like runs
of a log-structured merge tree: a look-up meets some ten of them, whatever the number of groups.

Where a name and a company share a pair of neighbouring characters alone, the index of companies makes them
candidates and this one does not; instead it holds every body of a name with one character less, which finds
the same slips and stays selective among a million names.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from giants.domain.names.english import form_keys
from giants.domain.names.normal import is_chinese
from giants.matching.chinese import SHORT_CORE_CHARACTERS
from giants.matching.index import OneCompany, keys_of_chinese
from giants.matching.latin import brand_prefixes, initials_of, latin_parts
from giants.matching.model import NAME_CHARACTERS_MAX, Query
from giants.matching.parts import ChineseParts, chinese_parts

# Names with a key beyond so many tell nobody apart; a whole name, a code and a trade name may have more.
POSTINGS_MAX: Final = 2_000
# An array is merged with the one before unless that is so many times as long.
RUN_RATIO: Final = 2
_HASH_MASK: Final = (1 << 64) - 1
# Eight million bytes tell of a million names which hashes are in no run, but for one in six.
_FILTER_BITS: Final = 26
_NUMBERS_MAX: Final = (1 << 32) - 1
# By the first letter of a key: what sharing it says (see `giants.matching.index`).
_WEIGHTS: Final = {"u": 16.0, "=": 8.0, "~": 8.0, "@": 8.0, "c": 4.0, "s": 3.0, "h": 3.0, "p": 3.0, "D": 2.0}
_UNLIMITED: Final = frozenset("u=~@")

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.uint32]
Run = tuple[Hashes, Numbers]


@dataclass(slots=True)
class Draft:
    """Names of a group while they are taken in; `EntryIndex.put` makes them count."""

    hashes: "array[int]" = field(default_factory=lambda: array("Q"))
    places: "array[int]" = field(default_factory=lambda: array("I"))
    names: int = 0

    def add(self, query: Query) -> None:
        """Take in the next name of the group."""
        keys = query_keys(query)
        self.hashes.extend(map(_hash_of, keys))
        self.places.extend([self.names] * len(keys))
        self.names += 1


class EntryIndex:
    """Groups of names; a group that is put again replaces itself."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        # Most keys of a company are in no run: one look here saves a search among millions in each.
        self._filter: NDArray[np.uint8] = np.zeros(1 << (_FILTER_BITS - 3), np.uint8)
        self._first: list[int] = []  # numbers of the first names of groups, ascending
        self._groups: list[str | None] = []
        self._slots: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self._next = 0

    def __len__(self) -> int:
        return sum(self._sizes.values())

    @property
    def size_bytes(self) -> int:
        """What the arrays take."""
        return self._filter.nbytes + sum(hashes.nbytes + numbers.nbytes for hashes, numbers in self._runs)

    def put(self, group: str, draft: Draft) -> None:
        """Make a draft the names of a group."""
        self.delete(group)
        if not draft.names:
            return
        if self._next + draft.names > _NUMBERS_MAX:
            self._renumber()
        self._slots[group], self._sizes[group] = len(self._groups), draft.names
        self._first.append(self._next)
        self._groups.append(group)
        hashes = np.frombuffer(draft.hashes, dtype=np.uint64)
        numbers = np.frombuffer(draft.places, dtype=np.uint32) + np.uint32(self._next)
        self._next += draft.names
        places, bits = _filter_places(hashes)
        np.bitwise_or.at(self._filter, places, bits)
        order = np.argsort(hashes, kind="stable")
        self._runs.append((hashes[order], numbers[order]))
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= RUN_RATIO * len(self._runs[-1][0]):
            self._merge_last()

    def delete(self, group: str) -> None:
        """Forget a group; one that is not there is no error."""
        slot = self._slots.pop(group, None)
        if slot is not None:
            self._groups[slot] = None
            del self._sizes[group]

    def candidates(self, company: OneCompany) -> Iterator[tuple[str, int]]:
        """Groups, and places of names in them, that may mean a company, those that share most first."""
        keys = sorted(company_keys(company), key=_hash_of)
        wanted = np.array([_hash_of(key) for key in keys], dtype=np.uint64)
        filter_places, bits = _filter_places(wanted)
        may_be_there = (self._filter[filter_places] & bits) != 0
        wanted = wanted[may_be_there]
        keys = list(compress(keys, may_be_there))
        # All keys are looked up in a run at once, in its order.
        spans = [
            (np.searchsorted(hashes, wanted, side="left"), np.searchsorted(hashes, wanted, side="right"))
            for hashes, _ in self._runs
        ]
        postings = sum((last - first for first, last in spans), np.zeros(len(keys), dtype=np.int64))
        is_rare = postings <= np.array(
            [_NUMBERS_MAX if key[0] in _UNLIMITED else POSTINGS_MAX for key in keys]
        )
        found: list[Numbers] = []
        weights: list[float] = []
        for (_, numbers), (first, last) in zip(self._runs, spans, strict=True):
            for place in np.flatnonzero(is_rare & (last > first)):
                found.append(numbers[first[place] : last[place]])
                weights.append(_WEIGHTS.get(keys[place][0], 1.0))
        if not found:
            return
        every = np.repeat(np.array(weights), [len(part) for part in found])
        numbers, where = np.unique(np.concatenate(found), return_inverse=True)
        scores = np.bincount(where, weights=every)
        for place in np.lexsort((numbers, -scores)):
            named = self._name_at(int(numbers[place]))
            if named is not None:
                yield named

    def _name_at(self, number: int) -> tuple[str, int] | None:
        slot = bisect_right(self._first, number) - 1
        group = self._groups[slot]
        return None if group is None else (group, number - self._first[slot])

    def _merge_last(self) -> None:
        self._runs[-2:] = [_merged(*map(self._alive, self._runs[-2:]))]

    def _alive(self, run: Run) -> Run:
        """A run without the names of groups that are gone."""
        if None not in self._groups:
            return run
        hashes, numbers = run
        slots = np.searchsorted(np.array(self._first, dtype=np.uint32), numbers, side="right") - 1
        alive = np.array([group is not None for group in self._groups])[slots]
        return run if alive.all() else (hashes[alive], numbers[alive])

    def _renumber(self) -> None:
        """Give the names that are left numbers from 0 on."""
        while len(self._runs) > 1:
            self._merge_last()
        kept = [(group, first) for group, first in zip(self._groups, self._first, strict=True) if group]
        shift: dict[int, int] = {}
        first_of: list[int] = []
        self._next = 0
        for group, first in kept:
            shift[first] = self._next
            first_of.append(self._next)
            self._next += self._sizes[group]
        if self._runs:
            hashes, numbers = self._runs[0]
            old = np.array([first for _, first in kept], dtype=np.int64)
            slots = np.searchsorted(old, numbers, side="right") - 1
            inside = numbers - old[slots] < np.array([self._sizes[group] for group, _ in kept])[slots]
            moved = numbers.astype(np.int64) - old[slots] + np.array(first_of, dtype=np.int64)[slots]
            self._runs = [(hashes[inside], moved[inside].astype(np.uint32))]
        self._first, self._groups = first_of, [group for group, _ in kept]
        self._slots = {group: slot for slot, (group, _) in enumerate(kept)}


def _filter_places(hashes: Hashes) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Byte and bit of each hash in the filter."""
    bits = (hashes >> np.uint64(64 - _FILTER_BITS)).astype(np.int64)
    return bits >> 3, np.left_shift(np.uint8(1), (bits & 7).astype(np.uint8))


def _merged(older: Run, newer: Run) -> Run:
    """Two runs as one, the older first where hashes are the same; no more is held than these and it."""
    (a, a_numbers), (b, b_numbers) = older, newer
    places = np.searchsorted(a, b, side="right") + np.arange(len(b))
    is_older = np.ones(len(a) + len(b), dtype=np.bool_)
    is_older[places] = False
    hashes, numbers = np.empty(len(is_older), np.uint64), np.empty(len(is_older), np.uint32)
    hashes[places], numbers[places] = b, b_numbers
    hashes[is_older], numbers[is_older] = a, a_numbers
    return hashes, numbers


def query_keys(query: Query) -> set[str]:
    """The keys of a name that is looked for: those that the index of companies would be asked."""
    keys = {f"u{query.uscc}"} if query.uscc else set()
    for name in query.names:
        text = name[:NAME_CHARACTERS_MAX]
        keys.update(_chinese_keys(chinese_parts(text)) if is_chinese(text) else _latin_keys(text))
    return keys


def company_keys(alone: OneCompany) -> set[str]:
    """The keys of a company under all its names."""
    company = alone.company
    keys = {key for key in alone.name_keys() if key[0] != "b"}
    if company.uscc:
        keys.add(f"u{company.uscc}")
    for name in company.names:
        if is_chinese(name):
            keys.update(_body_keys(chinese_parts(name)))
    return {key for key in keys if len(key) > 1}


def _chinese_keys(parts: ChineseParts) -> Iterator[str]:
    yield from (key for key in keys_of_chinese(parts) if key[0] != "b" and len(key) > 1)
    yield from _body_keys(parts)


def _body_keys(parts: ChineseParts) -> Iterator[str]:
    """The body, and the body with a character less.

    Another character in a trade name of two is a slip for a person to look at only where the places are the
    same (0.72, times at most 0.93 elsewhere), so there the places are part of the key; characters of like
    shape or sound have keys of their own. Among a million names that leaves a tenth to compare.
    """
    body, places = parts.body, "".join(sorted(parts.bases))
    is_short = len(parts.core) <= SHORT_CORE_CHARACTERS and body.startswith(parts.core)
    bound = len(parts.core) if is_short else 0
    yield f"D{body}"
    for place in range(len(body)):
        rest = f"{body[:place]}{body[place + 1 :]}"
        yield f"D{places}|{rest}" if place < bound else f"D{rest}"


def _latin_keys(name: str) -> Iterator[str]:
    parts = latin_parts(name)
    yield f"@{parts.key}"
    yield from (f"e{key}" for key in form_keys(parts.form))
    yield from (f"e{prefix}" for prefix in brand_prefixes(parts.form))
    yield f"p{parts.letters}"
    initials = initials_of(name)
    if initials is not None:
        yield f"i{initials}"


def _hash_of(key: str) -> int:
    return hash(key) & _HASH_MASK
