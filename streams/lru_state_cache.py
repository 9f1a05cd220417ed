"""Objects that are made from entries of a local store when they are needed.

The most recently used stay in memory. Those that changed stay until the disk has their entries.
"""

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Final, TypeVar

from streams.local_state import LocalStateStore

# In memory for one partition, once the disk has all entries.
OBJECTS_MAX: Final = 500

T = TypeVar("T")


class LruStateCache(MutableMapping[str, T]):
    """A mapping of objects by id, most of them on the disk.

    `load` makes an object from its entries, None where there are none; `ids` lists those on the disk. The
    entries of an object that is changed have to be put into the local store before its next write.
    """

    def __init__(
        self, local_store: LocalStateStore, load: Callable[[str], T | None], ids: Callable[[], Iterable[str]]
    ) -> None:
        self._load, self._ids = load, ids
        self._objects: dict[str, T] = {}  # those that were used last come last
        local_store.when_written(self._trim)

    def __getitem__(self, id_: str) -> T:
        found = self._objects.pop(id_, None)
        if found is None:
            found = self._load(id_)
            if found is None:
                raise KeyError(id_)
        self._objects[id_] = found
        return found

    def __setitem__(self, id_: str, one: T) -> None:
        self._objects[id_] = one

    def __delitem__(self, id_: str) -> None:
        self.drop(id_)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._ids(), *self._objects}))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def drop(self, id_: str) -> None:
        """Forget an object: it is made from its entries when it is next needed."""
        self._objects.pop(id_, None)

    def clear(self) -> None:
        """Forget all objects."""
        self._objects.clear()

    def _trim(self) -> None:
        if len(self._objects) > OBJECTS_MAX:
            for id_ in list(self._objects)[: len(self._objects) - OBJECTS_MAX // 2]:
                del self._objects[id_]
