"""Every edge in a short form: what its corpus begins with, and changes to that under fixed seeds."""

from collections.abc import Iterator

import pytest

from tests.fuzz.edges import EDGES, HELD, load
from tests.fuzz.mutation import mutated
from tests.sources.test_hostile_files import damaged

CHANGED_EACH = 6
# Each starts a process or a database.
SLOW = {"pdfs": 1, "http": 1, "archives": 2}


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    yield
    HELD.close()


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_holds_against_its_seeds_and_what_becomes_of_them(name: str) -> None:
    edge = load(name)
    seeds = list(edge.seeds())
    assert seeds
    edge.one_input(b"")
    for number, seed in enumerate(seeds):
        edge.one_input(seed)
        for change in range(SLOW.get(name, CHANGED_EACH)):
            draw = 1_000 * number + change
            edge.one_input(mutated(seed, draw) or damaged(seed, draw))
            edge.one_input(damaged(seed, draw))


def test_the_shares_of_the_edges_are_one_whole() -> None:
    assert sum(EDGES.values()) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(50))
def test_a_change_of_json_leaves_json(seed: int) -> None:
    changed = mutated(b'\x00{"a": ["x", {"b": 1}], "c": null}', seed)
    assert changed is not None
    assert changed.startswith(b"\x00")
    assert mutated(b"no document", seed) is None
