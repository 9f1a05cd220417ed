"""Adapters from files to facts: lists, name records, patent families, taxonomies, watchlists.

    with open_source("families", Path("lens-export.csv.gz")) as reading:
        for row in reading:
            ...

Every reader works in bounded memory, refuses what it cannot understand with one clear line, and gives
the same facts each time it reads the same file.
"""

from giants.sources.base import Column, Kind, Options, Row, Source, Understanding, kind_of
from giants.sources.catalogue import SOURCES, Reading, open_source
from giants.sources.errors import (
    ContradictionError,
    MissingDetailError,
    SourceError,
    TemporaryStoreError,
    TooLargeError,
    UnknownKindError,
    UnreadableFileError,
    WrongKindError,
)

__all__ = [
    "SOURCES",
    "Column",
    "ContradictionError",
    "Kind",
    "MissingDetailError",
    "Options",
    "Reading",
    "Row",
    "Source",
    "SourceError",
    "TemporaryStoreError",
    "TooLargeError",
    "Understanding",
    "UnknownKindError",
    "UnreadableFileError",
    "WrongKindError",
    "kind_of",
    "open_source",
]
