"""All watchlists at once, indexed so that a change meets only those that it concerns.

Watchlists are grouped by *shape*: which of their conditions are not empty. Inside a shape every watchlist has
the same conditions, so a change matches the intersection of a few postings, smallest first, and a shape with
no watchlist for this company (or technology, authority, batch) is left after one look-up. There are 16 shapes
at most, whatever the number of watchlists. Postings are roaring bitmaps of watchlist numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from pyroaring import BitMap

from giants.domain.watch.conditions import (
    Change,
    Conditions,
    Tokens,
    asked_conditions,
    asked_occasions,
    offered_conditions,
    offered_occasion,
)
from giants.domain.watch.context import CompanyContext
from giants.domain.watch.errors import WatchFullError
from schemas.facts import Watchlist

WATCHLISTS_MAX = 500_000
# Keys of watched company names and ids, counted per watchlist: the only part that can grow large (some
# 330 bytes each, measured by bench/watch_match.py). A Chinese name has two keys.
COMPANY_POSTINGS_MAX = 3_000_000

_DIMENSIONS = tuple(field.name for field in fields(Conditions))


@dataclass(slots=True)
class _Postings:
    """Token -> numbers of the watchlists that ask for it. A lone number, the usual case, needs no bitmap."""

    numbers: dict[str, int | BitMap] = field(default_factory=dict)

    def add(self, tokens: Iterable[str], number: int) -> None:
        for token in tokens:
            held = self.numbers.get(token)
            if held is None:
                self.numbers[token] = number
            elif isinstance(held, int):
                self.numbers[token] = BitMap((held, number))
            else:
                held.add(number)

    def remove(self, tokens: Iterable[str], number: int) -> None:
        for token in tokens:
            held = self.numbers[token]
            if isinstance(held, BitMap) and len(held) > 1:
                held.remove(number)
            else:
                del self.numbers[token]

    def find(self, tokens: Iterable[str]) -> BitMap:
        """Watchlists that ask for one of the tokens; not to be changed by the caller."""
        found = [held for token in tokens if (held := self.numbers.get(token)) is not None]
        if len(found) == 1 and isinstance(found[0], BitMap):
            return found[0]
        union = BitMap([held for held in found if isinstance(held, int)])
        for held in found:
            if isinstance(held, BitMap):
                union |= held
        return union


@dataclass(slots=True)
class _Shape:
    """The watchlists that have the same conditions; `dimensions` names those."""

    dimensions: tuple[str, ...]
    occasions: _Postings = field(default_factory=_Postings)
    postings: dict[str, _Postings] = field(default_factory=dict)
    members: int = 0

    def add(self, entry: "_Entry") -> None:
        self.members += 1
        self.occasions.add(entry.occasions, entry.number)
        for dimension in self.dimensions:
            self.postings.setdefault(dimension, _Postings()).add(entry.tokens(dimension), entry.number)

    def remove(self, entry: "_Entry") -> None:
        self.members -= 1
        self.occasions.remove(entry.occasions, entry.number)
        for dimension in self.dimensions:
            self.postings[dimension].remove(entry.tokens(dimension), entry.number)

    def match(self, occasion: str, offered: Conditions) -> BitMap | None:
        """Numbers of the watchlists that the change meets; None for none. Not to be changed by the caller."""
        met = [self.occasions.find((occasion,))]
        for dimension in self.dimensions:
            tokens: Tokens | None = getattr(offered, dimension)
            if tokens is None:
                continue
            found = self.postings[dimension].find(tokens)
            if not found:
                return None
            met.append(found)
        met.sort(key=len)
        numbers = met[0]
        for posting in met[1:]:
            if not numbers:
                return None
            numbers = numbers & posting
        return numbers


@dataclass(frozen=True, slots=True)
class _Entry:
    """One watchlist, compiled."""

    watchlist: Watchlist
    number: int
    conditions: Conditions
    occasions: Tokens

    @property
    def shape(self) -> tuple[str, ...]:
        return tuple(name for name in _DIMENSIONS if getattr(self.conditions, name) is not None)

    @property
    def company_postings(self) -> int:
        return len(self.conditions.companies or ())

    def tokens(self, dimension: str) -> Tokens:
        tokens: Tokens = getattr(self.conditions, dimension)
        return tokens


@dataclass(slots=True)
class Watch:
    """A fold over `giants.watchlists.v1` that answers which watchlists a change concerns."""

    company_postings_max: int = COMPANY_POSTINGS_MAX
    watchlists_max: int = WATCHLISTS_MAX
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _ids: dict[int, str] = field(default_factory=dict)  # number -> watchlist_id
    _shapes: dict[tuple[str, ...], _Shape] = field(default_factory=dict)
    _backfill_too: BitMap = field(default_factory=BitMap)
    _free_numbers: list[int] = field(default_factory=list)
    _company_postings: int = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, watchlist_id: str) -> Watchlist | None:
        """The watchlist as it was put, or None."""
        entry = self._entries.get(watchlist_id)
        return None if entry is None else entry.watchlist

    def put(self, watchlist: Watchlist) -> None:
        """Take a watchlist in, in place of the one with its id.

        Raises `WatchFullError`, and leaves everything as it was, where `watchlists_max` or
        `company_postings_max` would be exceeded.
        """
        replaced = self._entries.get(watchlist.watchlist_id)
        conditions = asked_conditions(watchlist)
        self._require_capacity(watchlist.watchlist_id, len(conditions.companies or ()), replaced)
        if replaced is not None:
            self.delete(watchlist.watchlist_id)
        number = self._free_numbers.pop() if self._free_numbers else len(self._ids)
        entry = _Entry(watchlist, number, conditions, asked_occasions(watchlist))
        self._entries[watchlist.watchlist_id] = entry
        self._ids[number] = watchlist.watchlist_id
        self._company_postings += entry.company_postings
        self._shapes.setdefault(entry.shape, _Shape(entry.shape)).add(entry)
        if watchlist.include_backfill:
            self._backfill_too.add(number)

    def delete(self, watchlist_id: str) -> None:
        """Forget a watchlist; one that is not known is no error, since deletions are sent again too."""
        entry = self._entries.pop(watchlist_id, None)
        if entry is None:
            return
        shape = self._shapes[entry.shape]
        shape.remove(entry)
        if not shape.members:
            del self._shapes[entry.shape]
        del self._ids[entry.number]
        self._free_numbers.append(entry.number)
        self._company_postings -= entry.company_postings
        self._backfill_too.discard(entry.number)

    def match(self, change: Change, context: CompanyContext) -> list[str]:
        """Ids of the watchlists that the change concerns, sorted.

        A change that is `replayed` concerns nobody (design invariant 8); one of a `backfill` only those who
        asked for it.
        """
        if change.replayed:
            return []
        offered, occasion = offered_conditions(change, context), offered_occasion(change)
        matched: list[str] = []
        for shape in self._shapes.values():
            numbers = shape.match(occasion, offered)
            if numbers and change.backfill:
                numbers = numbers & self._backfill_too
            if numbers:
                matched.extend(map(self._ids.__getitem__, numbers))
        matched.sort()
        return matched

    def _require_capacity(self, watchlist_id: str, company_postings: int, replaced: _Entry | None) -> None:
        watchlists = len(self._entries) + (replaced is None)
        if watchlists > self.watchlists_max:
            raise WatchFullError(watchlist_id, "watchlists", watchlists, self.watchlists_max)
        postings = self._company_postings + company_postings - (replaced.company_postings if replaced else 0)
        if postings > self.company_postings_max:
            raise WatchFullError(watchlist_id, "watched company keys", postings, self.company_postings_max)
