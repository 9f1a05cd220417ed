"""The last changes of the feed in the order in which they came, whichever source brought them.

Changes come from the output topics and, while these are away, from ClickHouse: each is known by its place
(topic and partition) and offset, so that none is taken twice. For each place the window holds everything from
one offset on. A reader that has had everything that is stored goes on here where the store covers those
offsets. All methods are for one event loop.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from giants.store.queries.feed import FeedItem, Position
from giants.store.queries.feed_ends import StoredEnds

ITEMS_MAX: Final = 10_000
BYTES_MAX: Final = 32_000_000
_EPOCH_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


class LiveWindow:
    """A ring of changes, numbered in their order; `epoch` is None while nobody fills it."""

    def __init__(self, items_max: int = ITEMS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self.epoch: int | None = None
        self.first = 0  # the number of the oldest change that is here
        self.next = 0  # the number after the newest
        self._bytes_max: Final = bytes_max
        self._bytes = 0
        self._ring: Final[list[FeedItem | None]] = [None] * items_max
        self._ids: Final[set[str]] = set()
        self._starts: dict[str, int] = {}
        self._reached: dict[str, int] = {}
        self.since = _EPOCH_START  # what is not here yet was stored after this instant, or is not stored

    def begin(self, ends: StoredEnds) -> None:
        """Begin anew after what is stored of an epoch. Whoever reads here has to come by the store again."""
        self.close()
        self.epoch, self.since = ends.epoch, ends.newest
        self._starts = dict(ends.offsets)
        self._reached = dict(ends.offsets)

    def close(self) -> None:
        """Hold nothing, until the next beginning."""
        while self.first < self.next:
            self._drop_oldest()
        self.first = self.next = self.next + 1  # nobody is at this number: nobody reads on over the break
        self.epoch = None

    def take(self, items: Iterable[FeedItem]) -> bool:
        """Add changes of the epoch that are new here; whether there were any.

        A change that its agent sent again comes at another offset: who follows has seen the first copy.
        """
        before = self.next
        for item in items:
            if item.offset < self._reached.get(item.place, 0):
                continue
            self._reached[item.place] = item.offset + 1
            self.since = max(self.since, item.stored_at)
            if item.id not in self._ids:
                self._add(item)
        return self.next > before

    def confirm(self, ends: StoredEnds) -> None:
        """Note what is stored: where all of it is here, what comes was stored later."""
        if ends.epoch == self.epoch and self.has(ends.offsets):
            self.since = max(self.since, ends.newest)

    def has(self, offsets: Mapping[str, int]) -> bool:
        """Whether everything before some offsets came by here, or was stored before the window began."""
        return all(self._reached.get(place, 0) >= offset for place, offset in offsets.items())

    def follows(self, offsets: Mapping[str, int]) -> bool:
        """Whether the window and what is before some offsets are everything together."""
        return all(offsets.get(place, 0) >= start for place, start in self._starts.items())

    def holds(self, number: int) -> bool:
        """Whether all changes from a number on are here."""
        return self.first <= number <= self.next

    def after(self, number: int, items_max: int) -> list[FeedItem]:
        """The next changes from a number that is held."""
        numbers = range(number, min(self.next, number + items_max))
        return [item for one in numbers if (item := self._ring[one % len(self._ring)]) is not None]

    @property
    def starts(self) -> dict[str, int]:
        """The offset of each place from which on everything is here."""
        return dict(self._starts)

    @property
    def position(self) -> Position:
        """The position after the newest change."""
        since_us = (self.since - _EPOCH_START) // timedelta(microseconds=1)
        return Position(self.epoch or 0, since_us, dict(self._reached))

    def _add(self, item: FeedItem) -> None:
        if self.next - self.first == len(self._ring):
            self._drop_oldest()
        self._ring[self.next % len(self._ring)] = item
        self._ids.add(item.id)
        self._bytes += len(item.body)
        self.next += 1
        while self._bytes > self._bytes_max:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        slot = self.first % len(self._ring)
        item, self._ring[slot] = self._ring[slot], None
        self.first += 1
        if item is not None:
            self._starts[item.place] = item.offset + 1
            self._ids.discard(item.id)
            self._bytes -= len(item.body)
