"""How large an installation is, and so what the image holds: `python -m deploy.sizes` where it is installed.

What an installation needs follows from the requirements of the packages in this environment; their files are
counted as they lie here, compiled ones aside, which the interpreter makes.
"""

import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "little-giants-stream"
EXTRAS = ((), ("otel",), ("embedded",))


def needed(project: str, extras: Iterable[str]) -> dict[str, Distribution]:
    """The packages that an installation has, by name, the project itself among them."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(project), extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{name} is needed and not installed: run this where all extras are") from None
        for requirement in map(Requirement, found[name].requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(requirement.name), one) for one in ("", *requirement.extras)]
    return found


def size_bytes(package: Distribution) -> int:
    """Bytes of a package's files; those of one that is installed from a checkout are not counted."""
    files = (package.locate_file(file) for file in package.files or () if file.suffix != ".pyc")
    return sum(file.stat().st_size for file in map(_path, files) if file.is_file())


def _path(file: object) -> Path:
    return Path(str(file))


def main() -> None:
    """Print a line for each kind of installation."""
    for extras in EXTRAS:
        packages = needed(PROJECT, extras)
        total = sum(map(size_bytes, packages.values()))
        name = f"[{','.join(extras)}]" if extras else "lean"
        sys.stdout.write(f"{name:<12} {total / 1e6:8,.0f} MB in {len(packages)} packages\n")


if __name__ == "__main__":
    main()
