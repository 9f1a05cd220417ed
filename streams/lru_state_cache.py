"""Objects that are made from entries on the local disk when they are asked for.

Those that were asked for last stay in memory. All that changed stay until the disk has them.
"""

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Final, TypeVar

from streams.local_state import LocalStateStore

# Of one partition, once the disk has everything.
HELD_MAX: Final = 500

T = TypeVar("T")


class LruStateCache(MutableMapping[str, T]):
    """A mapping of which the disk holds most.

    `load` makes an object from its entries, None where there are none; `ids` lists what is on the disk. Who
    changes an object has to put its entries into the copy before the next write.
    """

    def __init__(
        self, local_store: LocalStateStore, load: Callable[[str], T | None], ids: Callable[[], Iterable[str]]
    ) -> None:
        self._load, self._ids = load, ids
        self._held: dict[str, T] = {}  # those that were asked for last come last
        local_store.when_written(self._trim)

    def __getitem__(self, id_: str) -> T:
        held = self._held.pop(id_, None)
        if held is None:
            held = self._load(id_)
            if held is None:
                raise KeyError(id_)
        self._held[id_] = held
        return held

    def __setitem__(self, id_: str, one: T) -> None:
        self._held[id_] = one

    def __delitem__(self, id_: str) -> None:
        self.drop(id_)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._ids(), *self._held}))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def drop(self, id_: str) -> None:
        """Let the next who asks get what the entries say."""
        self._held.pop(id_, None)

    def clear(self) -> None:
        """Let whoever asks for anything get what the entries say."""
        self._held.clear()

    def _trim(self) -> None:
        if len(self._held) > HELD_MAX:
            for id_ in list(self._held)[: len(self._held) - HELD_MAX // 2]:
                del self._held[id_]
