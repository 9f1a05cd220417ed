"""Objects of which the disk holds most."""

import pytest

from streams import lru_state_cache
from streams.local_state import Checkpoint, LocalStateStore, StateDirectory
from streams.lru_state_cache import LruStateCache
from tests.streams.disk import MemoryDisk

_STANDING = Checkpoint(1, "id", 1, 0, 0, 0, b"", [])


def counts(local_store: LocalStateStore, loaded: list[str]) -> LruStateCache[list[int]]:
    def load(id_: str) -> list[int] | None:
        value = local_store.get(id_.encode())
        if value is not None:
            loaded.append(id_)
        return None if value is None else [int(value)]

    return LruStateCache(local_store, load, lambda: (key.decode() for key, _ in local_store.scan(b"n")))


def test_an_object_is_loaded_once_and_stays_while_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lru_state_cache, "OBJECTS_MAX", 2)
    local_store = StateDirectory(MemoryDisk()).of("state", 0)
    loaded: list[str] = []
    mapping = counts(local_store, loaded)
    for number in range(4):
        local_store.put(b"n%d" % number, b"%d" % number)
    assert [mapping[f"n{number}"] for number in range(4)] == [[0], [1], [2], [3]]
    mapping["n0"].append(7)
    assert loaded == ["n0", "n1", "n2", "n3"], "nothing is let go before the disk has it"
    local_store.write(_STANDING)
    assert mapping["n0"] == [0, 7], "the one that was asked for last stays"
    assert mapping["n3"] == [3]
    assert loaded[4:] == ["n3"]


def test_it_lists_what_is_on_the_disk_and_what_is_new() -> None:
    local_store = StateDirectory(MemoryDisk()).of("state", 0)
    mapping = counts(local_store, [])
    local_store.put(b"n1", b"1")
    mapping["n2"] = [2]
    assert dict(mapping) == {"n1": [1], "n2": [2]}
    assert len(mapping) == 2
    assert "n3" not in mapping
    mapping.drop("n2")
    local_store.put(b"n1", b"5")
    assert mapping["n1"] == [1]
    mapping.clear()
    assert dict(mapping) == {"n1": [5]}
    del mapping["n1"]
    assert mapping["n1"] == [5]
