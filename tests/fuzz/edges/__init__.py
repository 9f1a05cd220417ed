"""One module an edge: what to begin with (`seeds`), and what must hold of any bytes (`one_input`).

`one_input` raises where something does not: every exception that leaves it is a finding. No edge
knows the fuzzer: the tests run them without it.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from importlib import import_module
from typing import Final, Protocol, cast

# Each with its share of the inputs of a run: what is slow has less. A PDF is read by a process of its own.
EDGES: Final[Mapping[str, float]] = {
    "topics": 0.4,
    "folds": 0.01,
    "files": 0.02,
    "archives": 0.0018,
    "pdfs": 0.0002,
    "taxonomies": 0.15,
    "watchlists": 0.12,
    "webhooks": 0.1,
    "cursors": 0.195,
    "http": 0.003,
}

# What edges hold open from their first input on. Whoever is done with an edge closes it: an embedded
# database that stays open keeps every other out of the process.
HELD: Final = ExitStack()


class Edge(Protocol):
    """What every module here has."""

    seeds: Callable[[], Iterable[bytes]]
    one_input: Callable[[bytes], None]


def load(name: str) -> Edge:
    """The module of an edge; importing it imports what it fuzzes."""
    return cast("Edge", import_module(f"{__name__}.{name}"))
