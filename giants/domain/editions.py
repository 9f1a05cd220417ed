"""The editions of CPC that were imported: titles in explanations, and which symbols are retired or unknown.

CPC changes several times a year, and old records keep old symbols (C-01). A symbol of the newest edition is
current, one of an older edition only is retired, any other is unknown.
"""

import re
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from giants.domain.scheme import Scheme, SchemeError
from giants.domain.scheme_file import read_scheme

EDITIONS_MAX = 50
EDITIONS_FOLDER = "cpc"  # in the data folder of an installation
_EDITION = re.compile(r"20[0-9]{2}\.(0[1-9]|1[0-2])")
_SUFFIX = ".zip"
_MEMBER = "titles.txt"


class SymbolStatus(StrEnum):
    """What the imported editions say of a symbol."""

    CURRENT = "current"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class _Edition:
    """One edition, read when it is first asked."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path

    @cached_property
    def scheme(self) -> Scheme:
        return read_scheme(self._path)


class Editions:
    """The imported editions of a folder, newest first. Asking reads them, 25 MB and two seconds each."""

    def __init__(self, editions: Iterable[tuple[str, Path]]) -> None:
        self._editions = [_Edition(name, path) for name, path in sorted(editions, reverse=True)]

    @property
    def names(self) -> tuple[str, ...]:
        """The editions, newest first, such as `2025.05`."""
        return tuple(edition.name for edition in self._editions)

    @property
    def newest(self) -> Scheme | None:
        """The newest edition; None where none was imported."""
        return self._editions[0].scheme if self._editions else None

    @property
    def oldest(self) -> Scheme | None:
        """The oldest edition, where there is one besides the newest."""
        return self._editions[-1].scheme if len(self._editions) > 1 else None

    def scheme(self, name: str) -> Scheme | None:
        """Give the edition of a name; None where it was not imported."""
        return next((edition.scheme for edition in self._editions if edition.name == name), None)

    def title_path(self, symbol: str) -> tuple[tuple[str, str], ...]:
        """Give (symbol, title) from the section down, of the newest edition that has the symbol; else ()."""
        found = self._with(symbol)
        return () if found is None else found.scheme.title_path(symbol)

    def edition_of(self, symbol: str) -> str | None:
        """Give the newest edition that has a symbol; None where none has."""
        found = self._with(symbol)
        return None if found is None else found.name

    def standing(self, symbol: str) -> SymbolStatus:
        """Say whether a symbol is current, retired, or unknown to all editions."""
        found = self._with(symbol)
        if found is None:
            return SymbolStatus.UNKNOWN
        return SymbolStatus.CURRENT if found is self._editions[0] else SymbolStatus.RETIRED

    def count(self, tallies: Mapping[str, int]) -> dict[SymbolStatus, int]:
        """Count the instances of a portfolio by standing; `tallies` gives families by symbol."""
        counts = dict.fromkeys(SymbolStatus, 0)
        for symbol, families in tallies.items():
            counts[self.standing(symbol)] += families
        return counts

    def _with(self, symbol: str) -> _Edition | None:
        return next((edition for edition in self._editions if edition.scheme.exists(symbol)), None)


def editions_in(folder: Path) -> Editions:
    """Find the editions that `keep_edition` put into a folder; none where the folder is absent."""
    found = [
        path for path in folder.glob(f"*{_SUFFIX}") if _EDITION.fullmatch(path.name.removesuffix(_SUFFIX))
    ]
    return Editions((path.name.removesuffix(_SUFFIX), path) for path in found)


def keep_edition(folder: Path, edition: str, scheme: Scheme) -> Path:
    """Write an edition (`2025.05`) into a folder as a title list, in place of the one of that name.

    Raises `SchemeError` where the name is no edition, or too many are kept.
    """
    if not _EDITION.fullmatch(edition):
        raise SchemeError(f"got the edition {edition!r}, expected year and month such as '2025.05'")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{edition}{_SUFFIX}"
    if not path.exists() and len(editions_in(folder).names) >= EDITIONS_MAX:
        raise SchemeError(f"{folder} holds {EDITIONS_MAX} editions already, the most that are kept")
    unfinished = path.with_suffix(".part")  # a crash must not leave half an edition under its name
    try:
        with (
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open(_MEMBER, "w") as file,
        ):
            for row in scheme.rows():
                file.write("\t".join(row).encode() + b"\n")
        return unfinished.replace(path)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
