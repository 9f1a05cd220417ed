"""One edge under atheris: `python -m tests.fuzz.target EDGE CORPUS [options of libFuzzer]`.

libFuzzer writes what breaks the edge to a file; the same command with that file in place of the corpus
repeats it.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import atheris

from tests.fuzz.edges import EDGES, HELD, Edge, load

# The packages whose branches guide the fuzzer.
_INSTRUMENTED = ("agents", "giants", "schemas", "streams", "openpyxl")


def _write_seeds(edge: Edge, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in edge.seeds():
        (folder / f"seed-{sha256(seed).hexdigest()[:16]}").write_bytes(seed)


def _mutator() -> Callable[[bytes, int, int], bytes]:
    """Half of the time a change of the JSON in the input, where there is some, otherwise of its bytes."""
    # Imported now: what it brings along has to be instrumented first.
    mutated: Callable[[bytes, int], bytes | None] = import_module("tests.fuzz.mutation").mutated

    def mutate(data: bytes, bytes_max: int, seed: int) -> bytes:
        changed = mutated(data, seed) if seed % 2 else None
        if changed is not None and len(changed) <= bytes_max:
            return changed
        of_bytes: bytes = atheris.Mutate(data, bytes_max)
        return of_bytes

    return mutate


def _leave(status: int, _: None) -> None:
    """Close what the edge holds, in the order that it wants.

    libFuzzer leaves by C's `exit`, which runs none of Python's `atexit` and takes an embedded database apart
    while its threads run.
    """
    HELD.close()
    os._exit(status)


_LEAVE = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p)(_leave)


def main() -> None:
    """Fuzz until told enough, or until something breaks."""
    name, place = sys.argv[1], Path(sys.argv[2])
    if name not in EDGES:
        raise SystemExit(f"no edge {name!r}: one of {', '.join(EDGES)}")
    with atheris.instrument_imports(include=list(_INSTRUMENTED)):
        edge = load(name)
    if not place.is_file():
        _write_seeds(edge, place)
    ctypes.CDLL(None).on_exit(_LEAVE, None)
    atheris.Setup([sys.argv[0], str(place), *sys.argv[3:]], edge.one_input, custom_mutator=_mutator())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
