"""Which modules of this installation are compiled: none where the source runs as it is.

`make wheel COMPILED=1` compiles those that pyproject.toml names (`tool.hatch…hooks.mypyc`).
"""

from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("agents", "giants", "schemas", "streams")
# That of this interpreter alone: what another one was compiled for is not loaded.
_SUFFIX: Final = EXTENSION_SUFFIXES[0]


def compiled_modules() -> list[str]:
    """The names of the modules that Python loads as machine code, sorted."""
    return sorted(_compiled_modules())


def _compiled_modules() -> Iterator[str]:
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            for file in Path(folder).rglob(f"*{_SUFFIX}"):
                parts = file.relative_to(Path(folder).parent).parts
                yield ".".join(parts).removesuffix(_SUFFIX)
